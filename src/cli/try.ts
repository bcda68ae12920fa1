import { assignment, type FoundAction, findAction, givenEvent, reportOf } from '../authoring/index.ts'
import { openTries, type TryEnd } from '../compose-try.ts'
import { type Environment, readConfig } from '../config.ts'
import { createObserver } from '../observe.ts'
import { CommandFault, exitStatus } from './exit.ts'
import { textOf, tryStatus } from './try-text.ts'

/** What `symbolon try` was told beside the file. */
export interface TryFlags {
  /** A JSON or YAML file of parts of the event. */
  readonly event?: string
  /** `path=value` each, in order. */
  readonly set?: readonly string[]
  /** `NAME=value` each. */
  readonly secret?: readonly string[]
  readonly json?: true
}

/** Milliseconds after which whoever waits is told what for. */
const patienceMs = 1_000

/**
 * `symbolon try`: runs one action once in the sandbox against an event, and prints what came of it; no value of a secret is printed. Resolves
 * with the exit status: issued, denied, or the action failed.
 */
export async function tryFile(path: string, environment: Environment, flags: TryFlags): Promise<number> {
  const config = readConfig(environment)
  const observer = createObserver({ level: 'silent' })
  const named = (flags.secret ?? []).map((each) => assignment(each, '--secret', 'NAME=value'))
  const { event, secrets } = await givenEvent(flags.event, flags.set ?? [])
  const given = { ...secrets, ...Object.fromEntries(named.map(({ name, value }) => [name, value])) }
  // While the sandbox is being opened, the action is read.
  const opening = openTries({ config, observer })
  // It is told of when it is waited for.
  opening.catch(() => undefined)
  try {
    const found = await findAction(path, given, environment)
    const end = await patiently(found, async () => {
      const tenant = config.tenant ?? found.tenant ?? 'example'
      return (await opening).run({ tenant, action: found.action, event })
    })
    const report = reportOf(end, found, event)
    observer.print(flags.json === true ? JSON.stringify(report) : textOf(report))
    return tryStatus(report, exitStatus)
  } finally {
    await opening.then(
      (tries) => tries.close(),
      () => undefined,
    )
  }
}

/** Says what whoever tries an action should know, and what is waited for if that takes long. */
async function patiently({ action, warnings }: FoundAction, run: () => Promise<TryEnd>): Promise<TryEnd> {
  for (const warning of warnings) process.stderr.write(`symbolon: warning: ${warning}\n`)
  const packages = [action, ...action.modules].flatMap(({ dependencies }) => dependencies.map(({ name }) => name))
  const waiting = setTimeout(() => {
    if (packages.length > 0) process.stderr.write(`symbolon: building the packages: ${packages.join(', ')}\n`)
  }, patienceMs)
  try {
    return await run()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandFault(`the Action cannot be run here: ${reason}; \`symbolon doctor\` says what to mend`, {
      cause: error,
    })
  } finally {
    clearTimeout(waiting)
  }
}
