import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Hardening, type LaunchOptions, type Layers, launchCommand } from '../../src/runner/hardening/hardening.ts'
import { findBarrier } from '../../src/runner/hardening/reach.ts'
import { isProcessor } from '../../src/runner/hardening/syscalls.ts'

/** A user no account of this machine has, and that is not the one actions get as root. */
export const strangerUser = 64_001

/** Where a hardened process of a test lives, and what it is started with. */
export interface Yard {
  /** The folder it may read; everyone on this machine may. `open` within it may be written to by everyone. */
  readonly folder: string
  readonly hardening: Hardening
  /** The user that spawns it; the tests' own when absent. */
  readonly uid?: number
  /** The user it runs as. */
  readonly runsAs: number
}

const env = { TZ: 'UTC', NODE_ENV: 'production' }
const execFileText = promisify(execFile)

/** A folder under the system's temporary one that every user can read, with `koffi` in it: scripts can call the kernel themselves. */
export async function openYardFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-yard-'))
  await chmod(folder, 0o755)
  const modules = findModules()
  for (const name of modules === undefined ? [] : ['koffi', '@koromix']) {
    await cp(join(modules ?? '', name), join(folder, 'node_modules', name), { recursive: true })
  }
  await mkdir(join(folder, 'open'))
  await chmod(join(folder, 'open'), 0o777)
  return folder
}

/** Why scripts of this user cannot be run behind the launcher here; `undefined` when they can. */
export async function whyNoScripts(runsAs: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return `these layers are Linux's, and this is ${process.platform}`
  if (!isProcessor(process.arch)) return `the system calls of ${process.arch} are not known`
  if (findModules() === undefined) return 'the optional package koffi is not installed'
  return findBarrier(process.execPath, runsAs, 'Node')
}

/** The folder that `koffi` is installed in. */
function findModules(): string | undefined {
  try {
    const koffi = createRequire(import.meta.url).resolve('koffi')
    return koffi.slice(0, koffi.lastIndexOf(`${sep}koffi${sep}`))
  } catch {
    return undefined
  }
}

/**
 * What hardening a server of this user finds. It probes in a process of its own, with that user's eyes.
 */
export async function probeAs(uid: number | undefined, folder: string, launcher: string): Promise<Hardening> {
  const source = fileURLToPath(new URL('../../src/runner/hardening/hardening.ts', import.meta.url))
  const options = JSON.stringify({ node: process.execPath, folder, launcher })
  const code = `import { probeHardening } from ${JSON.stringify(source)}
    console.log(JSON.stringify(await probeHardening(${options})))`
  const user = uid === undefined ? {} : { uid, gid: uid }
  const args = ['--input-type=module', '--eval', code]
  const { stdout } = await execFileText(process.execPath, args, { env, cwd: '/', ...user })
  const found: Hardening = JSON.parse(stdout)
  return found
}

/** The same hardening with some layers not found. */
export function without(hardening: Hardening, ...names: readonly (keyof Layers)[]): Hardening {
  const gone = names.map((name) => [name, { active: false, why: 'left out by a test' }] as const)
  return { ...hardening, layers: { ...hardening.layers, ...Object.fromEntries(gone) } }
}

/** How a script ended: its value, or its exit. */
export interface ScriptEnd {
  readonly value: unknown
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly complaint: string
}

export type ScriptOptions = Partial<Pick<LaunchOptions, 'connectPorts' | 'dataBytes' | 'nodeFlags' | 'parent'>> & {
  /** More descriptors, numbered from 4, as `spawn` takes them. */
  readonly descriptors?: readonly number[]
  /** Without the launcher: what the same script can do then. */
  readonly bare?: boolean
}

/**
 * Runs the body of an async function in a Node behind the launcher and without Node's own permission model; `given` is its one argument.
 * It has `call(number, ...registers)`: a system call's result, negated error included. Its value comes back over descriptor 3.
 */
export async function runScript(
  yard: Yard,
  body: string,
  given: unknown = {},
  options: ScriptOptions = {},
): Promise<ScriptEnd> {
  const program = join(yard.folder, `script-${crypto.randomUUID()}.cjs`)
  await writeFile(program, scriptAround(body, given))
  const { bare, descriptors = [], ...overrides } = options
  const launch = {
    node: process.execPath,
    nodeFlags: [],
    program,
    folder: yard.folder,
    env,
    connectPorts: 'all',
  } as const
  const command = launchCommand(bare === true ? undefined : yard.hardening, { ...launch, ...overrides })
  const uid = bare === true ? yard.runsAs : (command.uid ?? yard.uid)
  const child = spawn(command.file, command.args, {
    cwd: yard.folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...descriptors],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  return readEnd(child)
}

async function readEnd(child: ChildProcess): Promise<ScriptEnd> {
  const [value, complaint] = [gather(child.stdio[3]), gather(child.stderr)]
  const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve([code, signal]))
  })
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000)
  try {
    const [code, signal] = await ended
    const text = await value
    return { value: text === '' ? undefined : JSON.parse(text), code, signal, complaint: await complaint }
  } finally {
    clearTimeout(deadline)
  }
}

async function gather(stream: unknown): Promise<string> {
  if (!isIterable(stream)) return ''
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  } catch {
    // One that was killed resets its socket: what came before counts.
  }
  return Buffer.concat(chunks).toString()
}

function isIterable(stream: unknown): stream is AsyncIterable<Uint8Array> {
  return typeof stream === 'object' && stream !== null && Symbol.asyncIterator in stream
}

function scriptAround(body: string, given: unknown): string {
  return `'use strict'
const koffi = require('koffi')
const raw = koffi.load(null).func('int64_t syscall(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t)')
const call = (number, ...registers) => {
  const values = Array.from({ length: 6 }, (_, index) => registers[index] ?? 0)
  const result = Number(raw(number, ...values.map((each) => (ArrayBuffer.isView(each) ? koffi.address(each) : each))))
  return result === -1 ? -koffi.errno() : result
}
const run = async (given) => {${body}
}
const answer = (value) => require('fs').writeSync(3, JSON.stringify(value ?? null))
run(${JSON.stringify(given)}).then(
  (value) => { answer(value); process.exit(0) },
  (error) => { answer({ failed: String(error.stack) }); process.exit(1) },
)
`
}

/** Removes what a test laid down. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

/** Whether a process is there and not merely waiting to be buried. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return status !== undefined && !/^\d+ \(.*\) [ZX]/.test(status)
}
