import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DevFile } from '../../src/cli/dev-file.ts'
import { freePort } from './free-port.ts'
import { openPublished } from './published.ts'

/** The command line of this clone, which runs its sources as they stand. */
const clone = fileURLToPath(new URL('../../bin/symbolon.cjs', import.meta.url))
const published = await openPublished()
const quickstart = fileURLToPath(new URL('../../examples/quickstart', import.meta.url))
/** Longest wait for anything a process is to do, in milliseconds: a test that reaches it has failed. */
const patienceMs = 20_000

const running = new Set<ChildProcess>()
const folders: string[] = []

/** Ends what is left of the programs that were started here, and removes their folders. Called after the tests of each file. */
export async function endPrograms(): Promise<void> {
  await Promise.all(
    Array.from(running, (child) => {
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      return closed
    }),
  )
  // Only now: a server that lives on would write into them.
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })))
}

/** How a command ended, and what it printed. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A `symbolon dev` that says it is ready. It is killed, at the latest, when the file's tests are done. */
export interface DevProcess {
  readonly url: string
  readonly dataDir: string
  /** What `dev.json` says now. */
  devFile(): Promise<DevFile>
  /** Everything printed so far, standard error after standard output. */
  output(): string
  /** Resolves with the output once it holds something, from `from` characters on. */
  printed(what: string | RegExp, from?: number): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
  readonly ended: Promise<Ended>
}

/** Environment variables beside those every command gets. */
export type Variables = Readonly<Record<string, string>>

/** A fresh folder, gone when the file's tests are done and its processes with them. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-dev-'))
  folders.push(folder)
  return folder
}

/** A copy of the quickstart to change at will, its files written over where `changes` names them. */
export async function quickstartCopy(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const root = join(await freshFolder(), 'quickstart')
  await cp(quickstart, root, { recursive: true })
  for (const [file, content] of Object.entries(changes)) await save(root, file, content)
  return root
}

/** Writes a file of a tenant folder; what is no text as JSON. */
export function save(root: string, file: string, content: unknown): Promise<void> {
  return writeFile(join(root, file), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
}

/** Runs the command line to its end. */
export function symbolon(args: readonly string[], variables: Variables = {}): Promise<Ended> {
  return spawnProgram(args, variables).ended
}

/**
 * Starts `symbolon dev` on a free port and waits until it is ready. Throws, with what was printed, when it ends instead. `ofClone` runs the
 * sources as they stand, which bundle the programs that run beside the server.
 */
export async function startDev(
  dir: string,
  options: {
    readonly dataDir?: string
    readonly variables?: Variables
    readonly args?: readonly string[]
    readonly ofClone?: boolean
  } = {},
): Promise<DevProcess> {
  const dataDir = options.dataDir ?? join(await freshFolder(), 'data')
  const program = options.ofClone === true ? clone : published.program
  if (program !== clone) await layProgramsIfNew(dataDir)
  const file = join(dataDir, 'dev.json')
  // A server that was killed left its own.
  const stale = await modifiedAt(file)
  const variables = { PORT: '0', TLS_PORT: String(await freePort()), DATA_DIR: dataDir, ...options.variables }
  const { child, ended, printed } = spawnProgram(['dev', dir, ...(options.args ?? [])], variables, { program })
  const devFile = async (): Promise<DevFile> => JSON.parse(await readFile(file, 'utf8'))
  const isReady = async () => {
    if ((await modifiedAt(file)) === stale) return false
    return fetch(`${(await devFile()).http_url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    )
  }
  const output = () => printed.stdout + printed.stderr
  await until(isReady, () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${output()}`)
    return `no readiness: ${output()}`
  })
  return {
    url: (await devFile()).http_url,
    dataDir,
    devFile,
    output,
    printed: (what, from) => printedBy(output, what, from),
    kill: (signal) => void child.kill(signal),
    stop: (signal = 'SIGINT') => {
      child.kill(signal)
      return ended
    },
    ended,
  }
}

/** Starts a command that goes on until it is told to stop. */
export function startCommand(
  args: readonly string[],
  variables: Variables = {},
): Pick<DevProcess, 'output' | 'printed' | 'stop'> {
  const { child, ended, printed } = spawnProgram(args, variables)
  const output = () => printed.stdout + printed.stderr
  return {
    output,
    printed: (what, from) => printedBy(output, what, from),
    stop: (signal = 'SIGINT') => {
      child.kill(signal)
      return ended
    },
  }
}

/** Starts `symbolon serve` and waits until it says that it serves. Throws, with what was printed, when it ends instead. */
export async function startServe(
  variables: Variables,
  { longestMs }: { readonly longestMs?: number } = {},
): Promise<Pick<DevProcess, 'url' | 'stop' | 'output'>> {
  if (variables.DATA_DIR !== undefined) await layProgramsIfNew(variables.DATA_DIR)
  const { child, ended, printed } = spawnProgram(['serve'], variables, { longestMs })
  const output = () => printed.stdout + printed.stderr
  const port = () => /"(?:port|tlsPort)":(\d+),.*Symbolon serves/.exec(printed.stdout)?.[1]
  await until(
    async () => port() !== undefined,
    () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${output()}`)
      return `it does not serve: ${output()}`
    },
  )
  return {
    url: `http://localhost:${port()}`,
    output,
    stop: (signal = 'SIGINT') => {
      child.kill(signal)
      return ended
    },
  }
}

/** Asks for a token with a client of `dev.json`. */
export function askForToken(
  url: string,
  client: DevFile['clients'][number] | undefined,
  more: Variables = {},
): Promise<Response> {
  if (client === undefined) throw new Error('dev.json names no such client')
  const { client_id, client_secret, audiences } = client
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id,
    client_secret,
    audience: audiences[0] ?? '',
    ...more,
  })
  return fetch(`${url}/oauth/token`, { method: 'POST', body, signal: AbortSignal.timeout(patienceMs) })
}

async function printedBy(output: () => string, what: string | RegExp, from = 0): Promise<string> {
  const holds = () => {
    const text = output().slice(from)
    return typeof what === 'string' ? text.includes(what) : what.test(text)
  }
  await until(
    async () => holds(),
    () => `"${what}" was not printed: ${output().slice(from)}`,
  )
  return output().slice(from)
}

/** Polls until something holds; fails with what `orElse` says. */
export async function until(holds: () => Promise<boolean>, orElse: () => string): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await holds())) {
    const otherwise = orElse()
    if (performance.now() > deadline) throw new Error(otherwise)
    await passed(20)
  }
}

/** Killed after `longestMs`: no test waits so long for one process. */
function spawnProgram(
  args: readonly string[],
  variables: Variables,
  {
    longestMs = 60_000,
    program = published.program,
  }: { readonly longestMs?: number | undefined; readonly program?: string } = {},
) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    // Nothing of the environment of the tests: a setting there would be the server's.
    env: { PATH, HOME, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text
  })
  const impatience = setTimeout(() => child.kill('SIGKILL'), longestMs)
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exitCode, signal) => {
      clearTimeout(impatience)
      running.delete(child)
      resolve({ exitCode, signal, ...printed })
    })
  })
  return { child, ended, printed }
}

async function layProgramsIfNew(dataDir: string): Promise<void> {
  if ((await modifiedAt(dataDir)) === undefined) await published.layPrograms(dataDir)
}

async function modifiedAt(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
}
