import { type ActionCase, folderOfCases, shown } from '../authoring/index.ts'
import { watchTenantFolder } from '../tenant-folder/index.ts'
import { exitStatus } from './exit.ts'
import { stopSignal } from './running.ts'
import { couldNotRun, type Round, readSelected, runRound } from './test-round.ts'

/**
 * Runs the cases, and those again that concern what changed, until it is told to stop. Resolves with the exit status of the last run, or, where
 * none has ended, that of cases that could not be run. Mistakes are told, and waited out.
 */
export async function watchCases(given: Round): Promise<number> {
  let isStopped = false
  const stopped = stopSignal().then(() => {
    isStopped = true
  })
  // A run that is under way then ends with its sandbox, and has nothing to tell.
  const round: Round = { ...given, print: (line) => (isStopped ? undefined : given.print(line)) }
  let status: number = exitStatus.couldNotRun
  let known: ReadonlySet<string> = new Set()
  const changes = new Set<string>()
  const run = async (changed: ReadonlySet<string>): Promise<void> => {
    try {
      const cases = await readSelected(round)
      const concerned = cases.filter(
        (each) => !known.has(printOf(each)) || each.files.some((file) => changed.has(file)),
      )
      known = new Set(cases.map(printOf))
      if (concerned.length === 0) return
      if (changed.size > 0 && round.flags.json !== true) round.print(`\n${changeLine(changed, concerned, cases)}\n`)
      status = await runRound(round, concerned)
    } catch (error) {
      if (!isStopped) status = couldNotRun(error)
    }
  }
  let wake: () => void = () => undefined
  const folder = await folderOfCases(round.path)
  // What is saved while the first run is under way is seen.
  const stopWatching = await watchTenantFolder(folder, {
    onChange: (changed) => {
      for (const path of changed) changes.add(path)
      wake()
    },
    onError: (error) => process.stderr.write(`symbolon: the folder cannot be watched: ${String(error)}\n`),
  })
  try {
    await round.opening
    await Promise.race([run(new Set()), stopped])
    if (round.flags.json !== true) round.print(`\nwatching ${shown(folder)}; Ctrl-C ends`)
    while (!isStopped) {
      const changed = new Set(changes)
      changes.clear()
      const next = changed.size > 0 ? run(changed) : new Promise<void>((resolve) => (wake = resolve))
      await Promise.race([next, stopped])
    }
  } finally {
    await stopWatching()
  }
  return status
}

/** Two cases of the same print come to the same. */
function printOf({ name, skip, plan, expect }: ActionCase): string {
  const { cacheAt, actions, ...rest } = plan
  return JSON.stringify([name, skip, expect, rest, cacheAt(0), actions.map(({ action }) => action)])
}

function changeLine(changed: ReadonlySet<string>, concerned: readonly unknown[], all: readonly unknown[]): string {
  const [first = '', ...others] = [...changed].map(shown)
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return `${first}${more} changed: ${concerned.length} of ${all.length} cases`
}
