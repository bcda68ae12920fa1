import {
  type ActionCase,
  AuthoringFault,
  type CaseResult,
  CoverageTally,
  type FileCoverage,
  FormFault,
  loadCases,
} from '../authoring/index.ts'
import type { Tries } from '../compose-try.ts'
import type { Environment } from '../config.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import { patiently } from './patience.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'
import type { TestFlags } from './test.ts'
import { writeJunit } from './test-junit.ts'
import { caseText, coverageText, type TestTotals, totalsText } from './test-text.ts'

/** What each run of cases works with. */
export interface Round {
  readonly path: string
  readonly environment: Environment
  readonly flags: TestFlags
  readonly opening: Promise<Tries>
  readonly terminal: Terminal
  readonly print: (line: string) => void
  readonly withCoverage: boolean
  readonly least?: number
  readonly tenant?: string
}

/** Says why cases could not be run, one line for each reason. What is bad usage, or a defect of ours, is thrown on. */
export function couldNotRun(error: unknown): number {
  const isKnown = error instanceof AuthoringFault || error instanceof CommandFault
  if (!isKnown || error instanceof FormFault || error instanceof UsageFault) throw error
  for (const line of error.message.split('\n')) process.stderr.write(`symbolon: ${line}\n`)
  return exitStatus.couldNotRun
}

/** Throws, in one sentence, that no process for the cases can be had here. */
export function cannotRun(error: unknown): never {
  if (error instanceof CommandFault) throw error
  const reason = error instanceof Error ? error.message : String(error)
  throw new CommandFault(`the cases cannot be run here: ${reason}; \`symbolon doctor\` says what to mend`, {
    cause: error,
  })
}

/** The cases of the place whose name the filter is in. Refuses a place with mistakes, and a filter that leaves none. */
export async function readSelected({ path, environment, flags }: Round): Promise<readonly ActionCase[]> {
  const { readCaseFiles } = await loadCases()
  const { cases, warnings } = await readCaseFiles(path, environment)
  for (const warning of warnings) process.stderr.write(`symbolon: warning: ${warning}\n`)
  const { filter } = flags
  const selected = filter === undefined ? cases : cases.filter(({ name }) => name.includes(filter))
  if (selected.length === 0)
    throw new CommandFault(`no name of the ${cases.length} cases in ${path} contains ${JSON.stringify(filter)}`)
  return selected
}

/** Runs cases and prints what came of them. Resolves with the exit status. */
export async function runRound(round: Round, cases: readonly ActionCase[]): Promise<number> {
  const { flags, opening, print, least, tenant } = round
  const { runCases } = await loadCases()
  const startedAt = performance.now()
  const tally = new CoverageTally()
  let told = 0
  let before: CaseResult | undefined
  const onResult = (result: CaseResult): void => {
    told += 1
    tally.add(result.coverage, result.of.plan.actions)
    if (flags.json === true) return
    const isFirst = result.of.action !== before?.of.action
    // What a case that failed is told with stands apart from the next one.
    if (before !== undefined && (isFirst || before.status === 'failed')) print('')
    if (isFirst) print(printable(result.of.action))
    before = result
    print(caseText(result, round.terminal))
  }
  const running = opening.then((tries) =>
    runCases(cases, { tries, coverage: round.withCoverage, ...(tenant !== undefined && { tenant }) }, onResult),
  )
  let toldBefore = 0
  const results = await patiently(running, () => {
    // Whoever was told of a case since then is waiting for none.
    const isWaiting = told === toldBefore
    toldBefore = told
    return isWaiting ? waitingNote(cases, told) : undefined
  }).catch(cannotRun)
  const of = (status: CaseResult['status']) => results.filter((result) => result.status === status).length
  const totals: TestTotals = {
    ...{ passed: of('passed'), failed: of('failed'), skipped: of('skipped') },
    ms: Math.round(performance.now() - startedAt),
  }
  const files = round.withCoverage ? tally.files() : []
  const short = least === undefined ? [] : files.filter(({ percent }) => percent < least)
  if (flags.json === true) print(JSON.stringify(jsonOf(results, totals, round.withCoverage ? files : undefined)))
  else {
    if (files.length > 0) print(`\n${coverageText(files)}`)
    print(`\n${totalsText(totals, round.terminal)}`)
  }
  for (const { file, percent } of short)
    process.stderr.write(`symbolon: ${file}: ${percent} % of its lines ran, and --min-coverage asks for ${least} %\n`)
  const untold = round.withCoverage ? tally.untold() : []
  for (const file of untold)
    process.stderr.write(
      `symbolon: ${file}: no run told which of its lines ran: none was made, or its process ended before\n`,
    )
  if (flags.junit !== undefined) await writeJunit(flags.junit, results, totals)
  const isShort = short.length > 0 || (least !== undefined && least > 0 && untold.length > 0)
  return totals.failed > 0 || isShort ? exitStatus.failed : exitStatus.done
}

/** What is waited for where no case has been told of: packages that are being built, or a case that takes long. */
function waitingNote(cases: readonly ActionCase[], told: number): string | undefined {
  const next = cases[told]
  if (next === undefined) return undefined
  const codes = next.plan.actions.flatMap(({ action }) => [action, ...action.modules])
  const packages = [...new Set(codes.flatMap(({ dependencies }) => dependencies.map(({ name }) => name)))]
  const building = packages.length === 0 ? '' : `, with the packages ${packages.join(', ')}`
  return `waiting for ${JSON.stringify(next.name)} of ${next.action}${building}`
}

/** The results for machines: the names are the contract of `symbolon test --json`. */
function jsonOf(results: readonly CaseResult[], totals: TestTotals, coverage: readonly FileCoverage[] | undefined) {
  return {
    ...totals,
    cases: results.map(({ of, status, ms, mismatches, report, requests }) => ({
      ...{ action: of.action, name: of.name, file: of.file, line: of.line, status, ms, skip: of.skip },
      ...(report !== undefined && { mismatches, run: { ...report, requests } }),
    })),
    ...(coverage !== undefined && { coverage }),
  }
}
