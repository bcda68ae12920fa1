import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../compose-try.ts'
import type { Mismatch } from './judge.ts'
import { failureLines, saidLines } from './report-lines.ts'
import type { CaseResult } from './run-case.ts'

/** A line of what is said of a case, and whose side of a mismatch it shows. */
export interface CaseLine {
  readonly text: string
  readonly side?: 'expected' | 'came'
}

/** What is said of a case that failed: where it stands, what did not come member by member, and all that its run said. */
export function caseLines({ of, mismatches, report, requests }: CaseResult): readonly CaseLine[] {
  const { denial, failure } = report ?? {}
  const said = [
    ...(denial === undefined ? [] : [`denied: ${denial.error}: ${denial.reason}`]),
    ...(failure === undefined ? [] : failureLines(failure)),
    ...(report === undefined ? [] : saidLines(report).map((line) => line.replace(/^ {2}/, ''))),
    ...(requests.length === 0 ? [] : ['', 'requests', ...requests.map((request) => `  ${request}`)]),
  ]
  return [
    { text: of.line === undefined ? of.file : `${of.file}:${of.line}` },
    ...mismatches.flatMap(mismatchLines),
    ...said.map((text) => ({ text })),
  ]
}

/** A member that did not come: `-` what was expected, `+` what came. Of two lists, what both have stands between. */
function mismatchLines({ member, expected, came, note }: Mismatch): readonly CaseLine[] {
  const isWhole = !Array.isArray(expected) && !Array.isArray(came)
  const parted = isWhole ? [] : listSides(listOf(expected), listOf(came), Array.isArray(expected))
  // Of lists that differ in their order alone, nothing stands on one side.
  const lines = parted.some(({ side }) => side !== undefined) ? parted : sides(expected, came)
  return [
    { text: note === undefined ? member : `${member}: ${note}` },
    ...lines.map(({ text, ...side }) => ({ text: `  ${text}`, ...side })),
  ]
}

function sides(expected: Json | undefined, came: Json | undefined): readonly CaseLine[] {
  return [
    ...(expected === undefined ? [] : [{ text: `- ${JSON.stringify(expected)}`, side: 'expected' } as const]),
    ...(came === undefined ? [] : [{ text: `+ ${JSON.stringify(came)}`, side: 'came' } as const]),
  ]
}

function listSides(expected: readonly Json[], came: readonly Json[], isNothingExpected: boolean): readonly CaseLine[] {
  const left = [...came]
  const lines = expected.map((value): CaseLine => {
    const at = left.findIndex((each) => isDeepStrictEqual(each, value))
    if (at === -1) return { text: `- ${JSON.stringify(value)}`, side: 'expected' }
    left.splice(at, 1)
    return { text: `  ${JSON.stringify(value)}` }
  })
  return [
    ...(isNothingExpected && expected.length === 0 ? [{ text: '- nothing', side: 'expected' } as const] : []),
    ...lines,
    ...left.map((value): CaseLine => ({ text: `+ ${JSON.stringify(value)}`, side: 'came' })),
  ]
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
