import { causeLines } from './places.ts'
import type { TryReport } from './report.ts'

/** How an action failed: where, the line with a caret where it is known, and what caused it. */
export function failureLines({
  message,
  place,
  kind,
  stack = '',
}: NonNullable<TryReport['failure']>): readonly string[] {
  const said = kind === 'timed-out' ? `${message} (EXECUTION_DEADLINE_MS)` : message
  if (place === undefined) return said.split('\n')
  const { file, line, column, excerpt } = place
  const where = [file, line, column].filter((part) => part !== undefined).join(':')
  return [
    `${where}: ${said}`,
    ...(excerpt === undefined ? [] : excerpt.split('\n').map((each) => `  ${each}`)),
    ...causeLines(stack),
  ].flatMap((each) => each.split('\n'))
}

/** What a run dropped, with the rule, and printed, under a heading each; nothing where it did neither. */
export function saidLines({ dropped, console }: Pick<TryReport, 'dropped' | 'console'>): readonly string[] {
  const drops = dropped.map(
    (drop) => `    ${drop.kind} ${JSON.stringify(drop.name)}: ${drop.explanation} (${drop.rule})`,
  )
  const printed = console.flatMap((text) => text.split('\n')).map((text) => `    │ ${text}`)
  return [
    ...(drops.length > 0 ? ['', '  dropped', ...drops] : []),
    ...(printed.length > 0 ? ['', '  console', ...printed] : []),
  ]
}
