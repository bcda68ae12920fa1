import { type CaseResult, caseLines, type FileCoverage } from '../authoring/index.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** What all cases came to. */
export interface TestTotals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Milliseconds, from the first case to the last. */
  readonly ms: number
}

const signs = { passed: '✓', failed: '✗', skipped: '-' } as const
const styles = { passed: 'green', failed: 'red', skipped: 'yellow', expected: 'red', came: 'green' } as const

/** One case in a line and, where it failed, what did not come and all that its run said below. */
export function caseText(result: CaseResult, { paint }: Terminal): string {
  const { of, status, ms } = result
  const more = of.skip === undefined ? `${ms} ms` : `skipped: ${of.skip}`
  const head = `  ${paint(signs[status], styles[status])} ${printable(of.name)}  ${printable(more)}`
  const below = status === 'failed' ? caseLines(result) : []
  return [
    head,
    ...below.map(({ text, side }) => (text === '' ? '' : `      ${paint(printable(text), side && styles[side])}`)),
  ].join('\n')
}

/** How many cases came to what, and how long they took. */
export function totalsText({ passed, failed, skipped, ms }: TestTotals, { paint }: Terminal): string {
  const parts = [
    paint(`${passed} passed`, passed > 0 ? 'green' : undefined),
    ...(failed > 0 ? [paint(`${failed} failed`, 'red')] : []),
    ...(skipped > 0 ? [paint(`${skipped} skipped`, 'yellow')] : []),
  ]
  return `${parts.join(', ')}  ${(ms / 1_000).toFixed(1)} s`
}

/** The lines of each file that never ran, next to each other as a range. */
export function coverageText(files: readonly FileCoverage[]): string {
  const width = Math.max(...files.map(({ file }) => file.length))
  const lines = files.map(({ file, percent, never_ran }) => {
    const never = never_ran.length === 0 ? '' : `  never ran: ${rangesOf(never_ran).join(', ')}`
    return `  ${file.padEnd(width)}  ${`${percent}`.padStart(3)} %${never}`
  })
  return ['coverage', ...lines].map(printable).join('\n')
}

function rangesOf(lines: readonly number[]): readonly string[] {
  const ranges: [number, number][] = []
  for (const line of lines) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === line - 1) last[1] = line
    else ranges.push([line, line])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
}
