import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type EgressRule, limits, parseEgressRule } from './domain/index.ts'

/** Variables by name. One that is empty counts as absent. */
export type Environment = Readonly<Record<string, string | undefined>>

/** How a setting is written: the words for it, and its parser, which answers `undefined` for what does not fit. */
interface Kind<T> {
  readonly accepts: string
  parse(text: string): T | undefined
}

/** One setting: where it is read from, what it accepts, what holds without it, and why one would change it. */
export interface Setting<T> extends Kind<T> {
  readonly variable: string
  /** The same setting as a flag; none for a secret, since every user of the machine can read a command line. */
  readonly flag?: string
  readonly default: T
  /** The default in words. */
  readonly defaultText: string
  readonly sentence: string
}

const integer = ({ min, max }: { readonly min: number; readonly max: number }): Kind<number> => ({
  accepts: `an integer from ${min} to ${max}`,
  parse: (text) => (/^-?\d+$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
})

const choice = <T extends string>(...values: readonly T[]): Kind<T> => ({
  accepts: `one of ${values.join(', ')}`,
  parse: (text) => values.find((value) => value === text),
})

const onOff: Kind<boolean> = {
  accepts: 'on or off',
  parse: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
}

const path: Kind<string> = {
  accepts: 'a path, relative to the working directory',
  parse: (text) => (text.includes('\0') ? undefined : text),
}

const hostName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i
const listenAddresses: Kind<readonly string[]> = {
  accepts: 'IP addresses or host names, separated by commas',
  parse(text) {
    const hosts = text.split(',').map((host) => host.trim())
    return hosts.every((host) => isIP(host) !== 0 || hostName.test(host)) ? hosts : undefined
  },
}

const hostWithPort = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:\d+)?$/
const issuerHost: Kind<string> = {
  accepts: 'host[:port] in lower case, without a scheme and without a path',
  parse(text) {
    const url = hostWithPort.test(text) ? URL.parse(`https://${text}/`) : null
    // The issuer is compared byte by byte: only the one way to write a host is accepted, so ":443" is not.
    return url?.host === text ? text : undefined
  },
}

const tenantName: Kind<string> = {
  accepts: '1 to 63 letters, digits, dots, hyphens and underscores, beginning with a letter or a digit',
  parse: (text) => (/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(text) ? text : undefined),
}

const keyBytes: Kind<Uint8Array> = {
  accepts: '32 bytes as hexadecimal, base64 or base64url text',
  parse(text) {
    if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
    return /^([\w-]{43}|[A-Za-z0-9+/]{43})=?$/.test(text) ? Buffer.from(text, 'base64url') : undefined
  },
}

const registryAddress: Kind<string> = {
  accepts: 'an http or https address without credentials, such as https://npm.example.com/',
  parse(text) {
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
    return url.search === '' && url.hash === '' ? url.href : undefined
  },
}

const egress: Kind<EgressRule> = {
  accepts:
    'open, public, none, or hosts such as api.example.com,10.0.0.5:5432,[2001:db8::1]:443, without scheme and path',
  parse: parseEgressRule,
}

function setting<T>(variable: string, kind: Kind<T>, value: NoInfer<T>, sentence: string): Setting<T> {
  const defaultText = Array.isArray(value)
    ? value.join(',')
    : typeof value === 'boolean'
      ? value
        ? 'on'
        : 'off'
      : value
  return { ...kind, variable, flag: flagOf(variable), default: value, defaultText: String(defaultText), sentence }
}

/** A setting without a value of its own to fall back on; `without` says what holds then. */
function optional<T>(variable: string, kind: Kind<T>, without: string, sentence: string): Setting<T | undefined> {
  return { ...kind, variable, flag: flagOf(variable), default: undefined, defaultText: without, sentence }
}

/** An optional setting that is never a flag and never repeated in a message. */
function secret<T>(variable: string, kind: Kind<T>, without: string, sentence: string): Setting<T | undefined> {
  return { ...kind, variable, default: undefined, defaultText: without, sentence }
}

function flagOf(variable: string): string {
  return `--${variable.toLowerCase().replaceAll('_', '-')}`
}

/** Every setting, in the order the documentation lists them. A name here is the variable in camelCase, which is how flags arrive. */
export const settings = {
  port: setting('PORT', integer({ min: 0, max: 65_535 }), 4_400, 'Port the server listens on; 0 takes any free one.'),
  host: setting(
    'HOST',
    listenAddresses,
    ['127.0.0.1', '::1'],
    'Addresses the server listens on. The default answers this machine alone.',
  ),
  tlsPort: setting(
    'TLS_PORT',
    integer({ min: 1, max: 65_535 }),
    4_443,
    'Port that the issuer of `dev` names. This version does not serve HTTPS; its tokens keep their issuer when a later one does.',
  ),
  domain: optional(
    'DOMAIN',
    issuerHost,
    'localhost:TLS_PORT',
    'The issuer is `https://DOMAIN/`, whatever address a request came in by.',
  ),
  tenant: optional(
    'TENANT',
    tenantName,
    'the base name of the tenant folder',
    "The tenant's name, which actions read as `event.tenant.id`.",
  ),
  dataDir: setting('DATA_DIR', path, '.symbolon', 'Folder of everything the server keeps; it is made when absent.'),
  sealingKey: secret(
    'SEALING_KEY',
    keyBytes,
    'SEALING_KEY_FILE',
    'The key that closes stored secrets. Without the same key again, nothing that was sealed can be opened.',
  ),
  sealingKeyFile: optional(
    'SEALING_KEY_FILE',
    path,
    'a key made in DATA_DIR by `dev`',
    'File that holds the sealing key, as text or as 32 raw bytes. Give this or SEALING_KEY.',
  ),
  logDurability: setting(
    'LOG_DURABILITY',
    choice('commit', 'fsync', 'async'),
    'commit',
    'What a log entry has survived before its token is sent: `commit` a killed process, `fsync` a power loss too, `async` nothing.',
  ),
  scopeNarrowing: setting(
    'SCOPE_NARROWING',
    onOff,
    false,
    'Whether a token carries only the scopes that were requested. Off, as at Auth0, it carries all of the client grant.',
  ),
  errorDetail: optional(
    'ERROR_DETAIL',
    onOff,
    'on in `dev`, off otherwise',
    'Whether the answer to an exchange that failed says why. The log always does.',
  ),
  executionDeadlineMs: setting(
    'EXECUTION_DEADLINE_MS',
    integer({ min: 100, max: 60_000 }),
    limits.executionDeadlineMs,
    'Longest time one execution of a trigger may take in milliseconds, all its actions together. Auth0: 20 s.',
  ),
  runnerUid: optional(
    'RUNNER_UID',
    integer({ min: 1, max: 4_294_967_294 }),
    "the server's own user",
    'System user that actions run as. Only a server started as root can change to another.',
  ),
  runnerIsolation: setting(
    'RUNNER_ISOLATION',
    choice('trigger', 'action'),
    'trigger',
    'Which actions share a process: `trigger` all that are bound (one administrator chose them), `action` none, for actions that must not trust each other.',
  ),
  runnerEgress: optional(
    'RUNNER_EGRESS',
    egress,
    'open in `dev`, public otherwise',
    'Where actions may connect to: `open` anywhere, `public` no loopback, private, link-local or metadata address, `none` nowhere, or hosts with or without a port, separated by commas.',
  ),
  runnerHardening: setting(
    'RUNNER_HARDENING',
    choice('auto', 'required', 'off'),
    'auto',
    'Layers of the system around the processes that run actions (Linux): `auto` those there are, `required` refuses to start without them, `off` none.',
  ),
  runnerMaxProcesses: optional(
    'RUNNER_MAX_PROCESSES',
    integer({ min: 1, max: 256 }),
    'the number of cores',
    'Processes that actions sharing one may take up while exchanges wait for it.',
  ),
  runnerHeapMib: setting(
    'RUNNER_HEAP_MIB',
    integer({ min: 32, max: 4_096 }),
    128,
    'Largest JavaScript heap of a process that runs actions, in MiB.',
  ),
  runnerMemoryMib: setting(
    'RUNNER_MEMORY_MIB',
    integer({ min: 96, max: 16_384 }),
    256,
    'Largest resident size of a process that runs actions, in MiB. It is killed beyond that.',
  ),
  runnerInFlight: setting(
    'RUNNER_IN_FLIGHT',
    integer({ min: 1, max: 1_024 }),
    64,
    'Executions one process may hold at once.',
  ),
  runnerQueue: setting(
    'RUNNER_QUEUE',
    integer({ min: 0, max: 100_000 }),
    1_000,
    'Executions that may wait for a process. Beyond it the answer is 503.',
  ),
  runnerStuckMs: setting(
    'RUNNER_STUCK_MS',
    integer({ min: 200, max: 60_000 }),
    1_500,
    'Longest time a process that runs actions may give no sign of life in milliseconds. It is killed beyond that.',
  ),
  actionsRegistry: optional(
    'ACTIONS_REGISTRY',
    registryAddress,
    "npm's configured registry",
    'Registry that the npm packages of actions come from. Nothing else of its configuration is taken over, a credential neither.',
  ),
  nodeExtraCaCerts: optional(
    'NODE_EXTRA_CA_CERTS',
    path,
    'those that Node brings',
    "Node's own variable: a file of certificates, PEM, to trust beside its own. Builds of npm packages trust their registry by them too.",
  ),
  buildDeadlineMs: setting(
    'BUILD_DEADLINE_MS',
    integer({ min: 1_000, max: 3_600_000 }),
    180_000,
    'Longest time one build of npm packages may take in milliseconds. It has failed beyond that.',
  ),
  buildTreeMib: setting(
    'BUILD_TREE_MIB',
    integer({ min: 1, max: 4_096 }),
    256,
    'Largest size of the npm packages of one action or module, installed, in MiB.',
  ),
  signing: setting(
    'SIGNING',
    choice('auto', 'direct', 'pool'),
    'auto',
    'Where signatures are computed: `direct` on the main thread (least CPU), `pool` on several (most tokens), `auto` by the number of cores.',
  ),
  signingQueue: setting(
    'SIGNING_QUEUE',
    integer({ min: 1, max: 100_000 }),
    1_000,
    'Signatures that may be pending on the thread pool. Beyond it the answer is 503.',
  ),
  bodyLimitBytes: setting(
    'BODY_LIMIT_BYTES',
    integer({ min: 1_024, max: 131_072 }),
    65_536,
    'Largest request body in bytes. Beyond it the answer is 413.',
  ),
  requestTimeoutMs: setting(
    'REQUEST_TIMEOUT_MS',
    integer({ min: 1_000, max: 300_000 }),
    30_000,
    'Longest time one request may take to arrive in milliseconds. Beyond it the answer is 408.',
  ),
  shutdownDeadlineMs: setting(
    'SHUTDOWN_DEADLINE_MS',
    integer({ min: 0, max: 600_000 }),
    25_000,
    'Longest time requests in flight may take to end once the server is told to stop, in milliseconds.',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    choice('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    "Least severity of the server's own log lines. Tenant logs are not affected.",
  ),
} as const

type Settings = typeof settings
type ValueOf<S> = S extends Setting<infer T> ? T : never

/** What every setting is set to. `sealingKey` is what either of its two variables said. */
export type Config = { readonly [K in Exclude<keyof Settings, 'sealingKeyFile'>]: ValueOf<Settings[K]> }

/** Settings that are wrong or contradict each other. Whoever starts the server catches it and prints the lines. */
export class ConfigFault extends Error {
  /** One line a fault: the setting, the rule, the way out. */
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigFault'
    this.faults = faults
  }
}

/** The environment of this process, as it stands now. The only place that reads it. */
export function environment(): Environment {
  return { ...process.env }
}

/**
 * Reads every setting: from `flags` (by the names of {@link settings}), else from the environment, else its default. Other names in either are
 * not looked at. Reads the file that `SEALING_KEY_FILE` names.
 *
 * Throws one {@link ConfigFault} with all that is wrong.
 */
export function readConfig(environment: Environment, flags: Environment = {}): Config {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(settings)) {
    const flag = each.flag === undefined ? undefined : flags[name] || undefined
    const text = flag ?? (environment[each.variable] || undefined)
    values[name] = text === undefined ? each.default : each.parse(text)
    if (text === undefined || values[name] !== undefined) continue
    const source = flag === undefined ? each.variable : (each.flag ?? each.variable)
    const seen = each.flag === undefined ? 'malformed' : JSON.stringify(text.slice(0, 80))
    faults.push(`${source} is ${seen}; it must be ${each.accepts} (without it: ${each.defaultText})`)
  }
  const { sealingKeyFile, ...others } = values as { readonly [K in keyof Settings]: ValueOf<Settings[K]> }
  const config = { ...others, sealingKey: others.sealingKey ?? keyFromFile(sealingKeyFile, faults) }
  faults.push(...contradictions(config, sealingKeyFile !== undefined && others.sealingKey !== undefined))
  if (faults.length > 0) throw new ConfigFault(faults)
  return config
}

function keyFromFile(file: string | undefined, faults: string[]): Uint8Array | undefined {
  if (file === undefined) return undefined
  try {
    return readSealingKey(file)
  } catch (error) {
    faults.push(`SEALING_KEY_FILE: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** The sealing key a file holds: 32 raw bytes, or text as in `SEALING_KEY`. Throws, naming the file and never its content, when it holds none. */
export function readSealingKey(file: string): Uint8Array {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new Error(`${file} cannot be read (${code}); give a file this user may read`, { cause })
  }
  // Text of 32 characters is half a key in hexadecimal, or a password; random bytes never look like that.
  const isRaw = bytes.length === 32 && bytes.some((byte) => byte < 0x20 || byte > 0x7e)
  const key = isRaw ? bytes : keyBytes.parse(bytes.toString('latin1').trim())
  if (key === undefined) throw new Error(`${file} does not hold a sealing key; it must be ${keyBytes.accepts}`)
  return key
}

function contradictions(config: Config, hasTwoSealingKeys: boolean): readonly string[] {
  const faults: string[] = []
  if (hasTwoSealingKeys) faults.push('SEALING_KEY and SEALING_KEY_FILE are both given; give one of them')
  if (config.runnerHeapMib >= config.runnerMemoryMib) {
    faults.push(
      `RUNNER_HEAP_MIB (${config.runnerHeapMib}) must be less than RUNNER_MEMORY_MIB (${config.runnerMemoryMib}): the heap is part of the memory`,
    )
  }
  return faults
}
