import { loadCases } from '../authoring/index.ts'
import { openTries } from '../compose-try.ts'
import { type Environment, readConfig } from '../config.ts'
import { createObserver } from '../observe.ts'
import { UsageFault } from './exit.ts'
import { terminal } from './terminal.ts'
import { demandFolderOf } from './test-junit.ts'
import { cannotRun, couldNotRun, type Round, readSelected, runRound } from './test-round.ts'

/** What `symbolon test` was told beside the place of the cases. */
export interface TestFlags {
  readonly json?: true
  /** A file that JUnit XML is written to. */
  readonly junit?: string
  /** Only cases whose name contains it are run. */
  readonly filter?: string
  readonly watch?: true
  readonly coverage?: true
  /** Least percent of the lines of each file that must have run. */
  readonly minCoverage?: string
}

/**
 * `symbolon test`: runs the cases of a tenant folder, of an action or of a file, each in a fresh sandbox, and prints which hold and what did not
 * come of the others; no value of a secret is printed. Resolves with the exit status: all hold, one failed, or they could not be run.
 */
export async function testCases(path: string, environment: Environment, flags: TestFlags): Promise<number> {
  const config = readConfig(environment)
  const least = leastCoverage(flags)
  if (flags.junit !== undefined) await demandFolderOf(flags.junit)
  const observer = createObserver({ level: 'silent' })
  // While the sandbox is being opened, the cases are read.
  const opening = openTries({ config, observer }).catch(cannotRun)
  // It is told of when it is waited for.
  opening.catch(() => undefined)
  const round: Round = {
    ...{ path, environment, flags, opening, terminal: terminal(), print: observer.print },
    withCoverage: flags.coverage === true || least !== undefined,
    ...(least !== undefined && { least }),
    ...(config.tenant !== undefined && { tenant: config.tenant }),
  }
  try {
    const { prepareOutbound } = await loadCases()
    prepareOutbound()
    if (flags.watch === true) {
      // What watches is loaded for it alone.
      const { watchCases } = await import('./test-watch.ts')
      return await watchCases(round)
    }
    return await runRound(round, await readSelected(round))
  } catch (error) {
    return couldNotRun(error)
  } finally {
    await opening.then(
      (tries) => tries.close(),
      () => undefined,
    )
  }
}

function leastCoverage({ minCoverage }: TestFlags): number | undefined {
  if (minCoverage === undefined) return undefined
  const percent = minCoverage.trim() === '' ? Number.NaN : Number(minCoverage)
  if (!(percent >= 0 && percent <= 100)) throw new UsageFault('--min-coverage takes a percentage from 0 to 100')
  return percent
}
