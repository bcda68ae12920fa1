import { execFile } from 'node:child_process'
import { constants, existsSync } from 'node:fs'
import { access, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { foreignAmong, openRunner } from '../compose.ts'
import { type Config, ConfigFault, type Environment, readConfig, readSealingKey } from '../config.ts'
import { createObserver } from '../observe.ts'
import { exitStatus } from './exit.ts'
import { patiently } from './patience.ts'

/** One thing that was looked at. `fail`: a server would not start, or would do less than it says. `warn`: worth knowing. */
export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was found, and, unless it is well, the way out. */
  readonly message: string
}

const npmDeadlineMs = 20_000
const registryDeadlineMs = 5_000
const require = createRequire(import.meta.url)

/**
 * `symbolon doctor`: looks at what a server with these settings would find here, changing nothing, and prints a line for each. Resolves
 * with the exit status: done when nothing failed.
 */
export async function doctor(environment: Environment, flags: Environment, asJson: boolean): Promise<number> {
  const { print } = createObserver({ level: 'silent' })
  const checks = await patiently(examine(environment, flags), () => 'trying what this machine can do')
  if (asJson) print(JSON.stringify({ checks }))
  else for (const { name, status, message } of checks) print(`${status.padEnd(4)}  ${name}: ${message}`)
  return checks.some(({ status }) => status === 'fail') ? exitStatus.failed : exitStatus.done
}

async function examine(environment: Environment, flags: Environment): Promise<readonly Check[]> {
  const { config, checks } = checkSettings(environment, flags)
  const parts = await Promise.all([
    [checkNode(process.versions.node)],
    checkHardening(config),
    checkDataFolder(config),
    [checkSealingKey(config)],
    checkPorts(config),
    checkNpm(config),
  ])
  return [...checks, ...parts.flat()]
}

/** The settings, with their faults as checks; what else is looked at then goes by the defaults. */
function checkSettings(environment: Environment, flags: Environment): { config: Config; checks: readonly Check[] } {
  try {
    return { config: readConfig(environment, flags), checks: [ok('settings', 'every setting that is given is valid')] }
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error
    return { config: readConfig({}), checks: error.faults.map((fault) => fail('settings', fault)) }
  }
}

/** Whether this Node runs the server, and actions as well. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isAtLeast = (least: number) => major > 22 || (major === 22 && minor >= least)
  if (!isAtLeast(18)) return fail('Node', `${version} is too old: install Node 22.23 or newer, or run it through npm`)
  if (!isAtLeast(23)) return warn('Node', `${version} runs the server; actions are to run on 22.23 or newer: update it`)
  return ok('Node', version)
}

const kernelLayers = [
  'noNewPrivileges',
  'landlockFiles',
  'landlockPorts',
  'landlockSignals',
  'seccomp',
  'resourceLimits',
  'parentDeath',
] as const

/** The layers around the sandbox, and the user of the actions. */
async function checkHardening(config: Config): Promise<readonly Check[]> {
  const { buildPrograms, demandHardening, layerTitle, probeHardening } = await openRunner()
  const { runnerHardening: mode, runnerUid } = config
  const programsFolder = await mkdtemp(join(tmpdir(), 'symbolon-doctor-'))
  try {
    const { launcher } = await buildPrograms(programsFolder)
    const found = await probeHardening({
      node: process.execPath,
      launcher,
      folder: runnerFolder(config),
      ...(runnerUid === undefined ? {} : { uid: runnerUid }),
    })
    const layers = kernelLayers.map((name) => {
      const layer = found.layers[name]
      const title = `hardening, ${layerTitle(name)}`
      return layer.active ? ok(title, 'works here') : warn(title, layer.why)
    })
    const demanded = checkDemand(mode, () => demandHardening(mode, found))
    return [checkKoffi(), ...layers, demanded, checkUser(config, found)]
  } finally {
    await rm(programsFolder, { recursive: true, force: true })
  }
}

function checkKoffi(): Check {
  return isInstalled('koffi')
    ? ok('koffi', 'installed')
    : warn('koffi', 'not installed, so that no layer of the kernel can be set: npm install koffi')
}

function checkDemand(mode: Config['runnerHardening'], demand: () => unknown): Check {
  const name = 'RUNNER_HARDENING'
  try {
    demand()
  } catch (error) {
    return fail(name, error instanceof Error ? error.message : String(error))
  }
  return mode === 'off' ? warn(name, 'off: none of these layers is used; auto uses those that work') : ok(name, mode)
}

type Found = Awaited<ReturnType<Awaited<ReturnType<typeof openRunner>>['probeHardening']>>

function checkUser({ runnerHardening, runnerUid }: Config, { layers, uid }: Found): Check {
  const name = 'user of the actions'
  if (process.getuid?.() !== 0) {
    return runnerUid === undefined || runnerUid === process.getuid?.()
      ? ok(name, "the server's own")
      : fail(name, `RUNNER_UID=${runnerUid} cannot be kept, since the server is not started as root: unset it`)
  }
  if (!layers.ownUser.active) return fail(name, `actions would run as root, as the server does: ${layers.ownUser.why}`)
  if (runnerHardening === 'off' && runnerUid === undefined) {
    return fail(name, 'actions would run as root, as the server does: set RUNNER_UID, or RUNNER_HARDENING=auto')
  }
  return ok(name, `${uid}, changed to from root`)
}

/** The folder actions must be able to read. A server opens its own folder to their user: before that, the way to it counts. */
function runnerFolder({ dataDir }: Config): string {
  const data = resolve(dataDir)
  const probed = join(data, 'runner', 'probe')
  return existsSync(probed) ? probed : join(dirname(data), `${basename(data)} is not there yet`)
}

/** Whether this user can keep what a server keeps. */
async function checkDataFolder({ dataDir }: Config): Promise<readonly Check[]> {
  const data = resolve(dataDir)
  const isThere = existsSync(data)
  const tried = isThere ? data : nearestExisting(data)
  try {
    if (!(await stat(tried)).isDirectory()) return [fail('DATA_DIR', `${tried} is no folder: give another`)]
    await access(tried, constants.R_OK | constants.W_OK | constants.X_OK)
    const foreign = isThere ? foreignAmong(await readdir(data)) : undefined
    if (foreign !== undefined)
      return [fail('DATA_DIR', `${data} holds "${foreign}", which is not ours: give an empty or new folder`)]
    return [ok('DATA_DIR', isThere ? `${data} can be written to` : `${data} is not there yet and can be made`)]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return [fail('DATA_DIR', `${tried} cannot be written to (${code}): give a folder this user may write`)]
  }
}

function nearestExisting(path: string): string {
  const parent = dirname(path)
  return existsSync(parent) || parent === path ? parent : nearestExisting(parent)
}

/** Whether there is a key for stored secrets, and one that closed what is there. */
function checkSealingKey({ dataDir, sealingKey }: Config): Check {
  const name = 'sealing key'
  if (sealingKey !== undefined) return ok(name, 'given by the settings')
  const file = join(resolve(dataDir), 'sealing.key')
  if (existsSync(file)) {
    try {
      readSealingKey(file)
      return ok(name, `${file}, which \`dev\` made`)
    } catch (error) {
      return fail(name, error instanceof Error ? error.message : String(error))
    }
  }
  return existsSync(join(resolve(dataDir), 'config.db'))
    ? fail(
        name,
        'DATA_DIR has records but no sealing.key: put it back, or give the key they were sealed with as SEALING_KEY',
      )
    : warn(name, 'none yet: `dev` makes one in DATA_DIR, `serve` needs SEALING_KEY or SEALING_KEY_FILE')
}

/** Whether the ports are free; a server that has the data folder is taken to be the one that has them. */
function checkPorts(config: Config): Promise<readonly Check[]> {
  const isRunning = existsSync(join(resolve(config.dataDir), 'server.lock'))
  const ports = [
    ['PORT', config.port, config.plainHttp],
    ['TLS_PORT', config.tlsPort, true],
  ] as const
  return Promise.all(
    ports.map(async ([name, port, isUsed]) => {
      if (!isUsed) return ok(name, `${port} is not listened on: PLAIN_HTTP is off`)
      const fault = await findPortFault(config.host, port)
      if (fault === undefined) return ok(name, port === 0 ? 'any free one' : `${port} is free`)
      return isRunning
        ? warn(name, `${fault}; a server that runs on this DATA_DIR may have it`)
        : fail(name, `${fault}: stop what has it, or set ${name}`)
    }),
  )
}

/** What keeps a port from being had on every address; an address family that this machine lacks is left out, as by a server. */
async function findPortFault(hosts: readonly string[], port: number): Promise<string | undefined> {
  for (const host of hosts) {
    const code = await new Promise<string | undefined>((done) => {
      const server = createServer()
      server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
      server.listen({ host, port }, () => server.close(() => done(undefined)))
    })
    if (code === 'EADDRINUSE') return `${port} is taken on ${host}`
    if (code === 'EACCES') return `${port} on ${host} is not for this user`
    if (code !== undefined && code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') return `${port} on ${host}: ${code}`
  }
  return undefined
}

/** Whether packages of actions can be built: npm comes with the server and is run by this Node, and its registry answers. */
async function checkNpm({ actionsRegistry }: Config): Promise<readonly Check[]> {
  if (!isInstalled('npm/package.json')) return [fail('npm', 'not installed: npm install in the folder of the server')]
  const program = join(dirname(require.resolve('npm/package.json')), 'bin', 'npm-cli.js')
  const { version }: { readonly version: string } = require('npm/package.json')
  try {
    // As a build asks for it.
    const asked = promisify(execFile)(process.execPath, [program, 'config', 'get', 'registry'], {
      timeout: npmDeadlineMs,
    })
    const { stdout } = await asked
    const registry = await checkRegistry(actionsRegistry ?? stdout.trim())
    return [ok('npm', `${version}, for the packages of actions`), registry]
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    return [fail('npm', `does not run, so actions with packages cannot be built: ${reason}`)]
  }
}

async function checkRegistry(given: string): Promise<Check> {
  const name = 'registry'
  const address = URL.parse(given)
  if (address === null) return warn(name, 'npm is configured with none that is an address: set ACTIONS_REGISTRY')
  // Without a credential, which builds do not take over either.
  const registry = `${address.origin}${address.pathname}`
  const wayOut = 'actions with npm packages cannot be built; check the network, or set ACTIONS_REGISTRY'
  const answer = await fetch(registry, { signal: AbortSignal.timeout(registryDeadlineMs) }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    if (!(cause instanceof Error)) return String(cause)
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  })
  if (typeof answer === 'string') return warn(name, `${registry} does not answer (${answer}): ${wayOut}`)
  await answer.body?.cancel()
  return answer.status >= 500
    ? warn(name, `${registry} answers ${answer.status}: ${wayOut}`)
    : ok(name, `${registry} answers`)
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}

function ok(name: string, message: string): Check {
  return { name, status: 'ok', message }
}

function warn(name: string, message: string): Check {
  return { name, status: 'warn', message }
}

function fail(name: string, message: string): Check {
  return { name, status: 'fail', message }
}
