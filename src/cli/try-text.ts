import { styleText } from 'node:util'
import { failureLines, saidLines, type TryReport } from '../authoring/index.ts'
import { printable } from './printable.ts'

type Claims = TryReport['claims']['before']

/** The exit status that goes with a report. */
export function tryStatus(
  { result }: TryReport,
  statuses: { readonly done: number; readonly denied: number; readonly actionFailed: number },
): number {
  if (result === 'issued') return statuses.done
  return result === 'denied' ? statuses.denied : statuses.actionFailed
}

/** A report for people: what became of the token, what the action changed, dropped and printed, and how long it took. */
export function textOf(report: TryReport): string {
  const { result, action, claims, scopes, denial, failure, timings } = report
  const lines = [headline(report, action)]
  if (denial !== undefined) lines.push(`  ${denial.error}: ${denial.reason}`)
  if (failure !== undefined) lines.push(...failureLines(failure).map((line) => `  ${line}`))
  if (result === 'issued') {
    lines.push('', '  claims', ...changes(claims.before, claims.after ?? {}))
    lines.push('', '  scopes', ...scopeChanges(scopes.before, scopes.after ?? []))
  }
  lines.push(...saidLines(report))
  if (timings !== undefined) {
    const built = timings.build_ms > 0 ? `, ${timings.build_ms} ms to build its packages` : ''
    lines.push(
      '',
      `  ${timings.action_ms} ms in the Action, ${timings.boot_ms} ms to start its process${built}, ${timings.total_ms} ms in all`,
    )
  }
  return lines.map(printable).map(coloured).join('\n')
}

function headline({ result }: TryReport, action: string): string {
  if (result === 'issued') return `token issued  ${action}`
  return result === 'denied' ? `denied  ${action}` : `the Action failed  ${action}`
}

function changes(before: Claims, after: Claims): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  if (names.length === 0) return ['      (none)']
  return names.map((name) => {
    const [was, is] = [JSON.stringify(before[name]), JSON.stringify(after[name])]
    if (was === undefined) return `    + ${name} = ${is}`
    return was === is ? `      ${name} = ${is}` : `    ~ ${name} = ${was} → ${is}`
  })
}

function scopeChanges(before: readonly string[], after: readonly string[]): readonly string[] {
  const scopes = [...new Set([...before, ...after])]
  if (scopes.length === 0) return ['      (none)']
  return scopes.map((scope) => {
    if (!before.includes(scope)) return `    + ${scope}`
    return after.includes(scope) ? `      ${scope}` : `    - ${scope}`
  })
}

/** Colours where a terminal takes them. */
function coloured(line: string): string {
  const paint = (colour: Parameters<typeof styleText>[0]) => styleText(colour, line, { stream: process.stdout })
  if (line.startsWith('token issued') || line.startsWith('    + ')) return paint('green')
  if (line.startsWith('denied') || line.startsWith('the Action failed') || line.startsWith('    - '))
    return paint('red')
  return line.startsWith('    ~ ') ? paint('yellow') : line
}
