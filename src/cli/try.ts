import { assignment, type FoundAction, findAction, givenEvent, reportOf } from '../authoring/index.ts'
import { openTries } from '../compose-try.ts'
import { type Environment, type RemoteFlags, readConfig } from '../config.ts'
import { createObserver } from '../observe.ts'
import { CommandFault, exitStatus } from './exit.ts'
import { patiently } from './patience.ts'
import { textOf, tryStatus } from './try-text.ts'

/** What `symbolon try` was told beside the file. */
export interface TryFlags extends RemoteFlags {
  /** The id of a log entry of a running server: its exchange's event stands in the place of the example. */
  readonly fromLog?: string
  /** A JSON or YAML file of parts of the event. */
  readonly event?: string
  /** `path=value` each, in order. */
  readonly set?: readonly string[]
  /** `NAME=value` each. */
  readonly secret?: readonly string[]
  readonly json?: true
}

/**
 * `symbolon try`: runs one action once in the sandbox against an event, and prints what came of it; no value of a secret is printed. Resolves
 * with the exit status: issued, denied, or the action failed.
 */
export async function tryFile(path: string, environment: Environment, flags: TryFlags): Promise<number> {
  const config = readConfig(environment)
  const observer = createObserver({ level: 'silent' })
  const named = (flags.secret ?? []).map((each) => assignment(each, '--secret', 'NAME=value'))
  const past = await pastExchange(environment, flags)
  const { event, secrets } = await givenEvent(flags.event, flags.set ?? [], past)
  const given = { ...secrets, ...Object.fromEntries(named.map(({ name, value }) => [name, value])) }
  // While the sandbox is being opened, the action is read.
  const opening = openTries({ config, observer })
  // It is told of when it is waited for.
  opening.catch(() => undefined)
  try {
    const found = await findAction(path, given, environment)
    for (const note of [...found.warnings.map((warning) => `warning: ${warning}`), ...(past?.notes ?? [])])
      process.stderr.write(`symbolon: ${note}\n`)
    const tenant = config.tenant ?? found.tenant ?? 'example'
    const trying = opening.then((tries) => tries.run({ tenant, actions: [found.action], event }))
    const end = await patiently(trying, () => buildNote(found)).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      throw new CommandFault(`the Action cannot be run here: ${reason}; \`symbolon doctor\` says what to mend`, {
        cause: error,
      })
    })
    const report = reportOf(end, [found], event)
    observer.print(flags.json === true ? JSON.stringify(report) : textOf(report))
    return tryStatus(report, exitStatus)
  } finally {
    await opening.then(
      (tries) => tries.close(),
      () => undefined,
    )
  }
}

async function pastExchange(environment: Environment, { fromLog, ...flags }: TryFlags) {
  if (fromLog === undefined) return undefined
  // What calls a server is loaded for it alone.
  const { findPastExchange } = await import('./past-exchange.ts')
  return patiently(findPastExchange(fromLog, environment, flags), () => 'waiting for the server to find the exchange')
}

/** What is waited for when the run of an action takes long before it begins. */
function buildNote({ action }: FoundAction): string | undefined {
  const packages = [action, ...action.modules].flatMap(({ dependencies }) => dependencies.map(({ name }) => name))
  return packages.length === 0 ? undefined : `building the packages: ${packages.join(', ')}`
}
