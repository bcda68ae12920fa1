import { readFileSync } from 'node:fs'
import {
  choice,
  egress,
  headerText,
  integer,
  issuerHost,
  keyBytes,
  listenAddresses,
  onOff,
  path,
  registryAddress,
  tenantName,
} from './config-kinds.ts'
import { givenClient, type ManagementClientSetting, managementSettings } from './config-management.ts'
import { clientSecretText, remoteSettings } from './config-remote.ts'
import { optional, type Setting, secret, setting } from './config-setting.ts'
import { transportContradictions, transportSettings } from './config-transport.ts'
import { limits } from './domain/index.ts'

export { remoteSettings } from './config-remote.ts'
export type { Setting } from './config-setting.ts'

/** Variables by name. One that is empty counts as absent. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Every setting, in the order the documentation lists them. A name here is the variable in camelCase, which is how flags arrive. */
export const settings = {
  port: setting('PORT', integer({ min: 0, max: 65_535 }), 4_400, 'Port the server listens on; 0 takes any free one.'),
  host: setting(
    'HOST',
    listenAddresses,
    ['127.0.0.1', '::1'],
    'Addresses the server listens on. The default answers this machine alone.',
  ),
  ...transportSettings,
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
  errorProfile: setting(
    'ERROR_PROFILE',
    choice('auth0', 'strict'),
    'auth0',
    "Statuses and codes of the token endpoint's refusals: `auth0` those its clients match on, `strict` those of the RFCs.",
  ),
  clientAssertionAudience: setting(
    'CLIENT_ASSERTION_AUDIENCE',
    choice('lenient', 'issuer'),
    'lenient',
    "What a client's own assertion may be for: `lenient`, as at Auth0, the issuer with or without its last slash and the address of the token endpoint; `issuer` the issuer as it is written alone.",
  ),
  issuerKeysOverHttp: setting(
    'ISSUER_KEYS_OVER_HTTP',
    onOff,
    false,
    "Whether the keys of a client's external issuer may be fetched over plain HTTP where that is an address of this machine itself. For development.",
  ),
  errorDetail: optional(
    'ERROR_DETAIL',
    onOff,
    'on in `dev`, off otherwise',
    'Whether the answer to an exchange that failed says why. The log always does.',
  ),
  recordEvents: optional(
    'RECORD_EVENTS',
    onOff,
    'on in `dev`, off otherwise',
    'Whether the log entries of an exchange keep the event that its actions saw, without credentials, for `try --from-log`. It goes wherever the log goes, log streams too.',
  ),
  rateLimitPerSecond: setting(
    'RATE_LIMIT_PER_SECOND',
    integer({ min: 0, max: 1_000_000 }),
    0,
    'Token requests a second that this server takes, on average; 0 is no limit. Beyond it the answer is 429.',
  ),
  rateLimitBurst: optional(
    'RATE_LIMIT_BURST',
    integer({ min: 1, max: 1_000_000 }),
    'RATE_LIMIT_PER_SECOND',
    'Token requests this server takes at once after a rest, when there is a RATE_LIMIT_PER_SECOND.',
  ),
  ...managementSettings,
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

/** Settings that come together to something else. */
type Joined = 'sealingKeyFile' | 'managementClientId' | 'managementClientSecret' | 'managementClientSecretFile'

/** What every setting is set to. `sealingKey` is what either of its two variables said. */
export type Config = { readonly [K in Exclude<keyof Settings, Joined>]: ValueOf<Settings[K]> } & {
  readonly managementClient: ManagementClientSetting | undefined
}

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
  const { sealingKeyFile, managementClientId, managementClientSecret, managementClientSecretFile, ...others } =
    readSettings(settings, environment, flags, faults)
  const managed = {
    client_id: managementClientId,
    secretText: managementClientSecret,
    file: managementClientSecretFile,
  }
  const config = {
    ...others,
    sealingKey: others.sealingKey ?? keyFromFile(sealingKeyFile, faults),
    // Of what could not be read nobody can say what it contradicts.
    managementClient:
      faults.length > 0 ? undefined : givenClient(managed, { prefix: 'MANAGEMENT_', secretKind: headerText }, faults),
  }
  faults.push(...contradictions(config, sealingKeyFile !== undefined && others.sealingKey !== undefined))
  if (faults.length > 0) throw new ConfigFault(faults)
  return config
}

/** What each setting of a table is set to. What is not accepted is added to `faults`, a line each. */
function readSettings<S extends Readonly<Record<string, Setting<unknown>>>>(
  table: S,
  environment: Environment,
  flags: Environment,
  faults: string[],
): { readonly [K in keyof S]: ValueOf<S[K]> } {
  const values: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(table)) {
    const flag = each.flag === undefined ? undefined : flags[name] || undefined
    const text = flag ?? (environment[each.variable] || undefined)
    values[name] = text === undefined ? each.default : each.parse(text)
    if (text === undefined || values[name] !== undefined) continue
    const source = flag === undefined ? each.variable : (each.flag ?? each.variable)
    const seen = each.flag === undefined ? 'malformed' : JSON.stringify(text.slice(0, 80))
    faults.push(`${source} is ${seen}; it must be ${each.accepts} (without it: ${each.defaultText})`)
  }
  return values as { readonly [K in keyof S]: ValueOf<S[K]> }
}

/** Settings of {@link readRemoteConfig} as flags. */
export type RemoteFlags = { readonly [K in keyof typeof remoteSettings | 'dataDir']?: string }

/** How a command reaches a running server. */
export interface RemoteConfig {
  readonly dataDir: string
  readonly url: string | undefined
  readonly caFile: string | undefined
  readonly client: { readonly client_id: string; readonly client_secret: string } | undefined
}

/** Reads {@link remoteSettings} and DATA_DIR, as {@link readConfig} reads every setting; no other is looked at. Reads the file that `SYMBOLON_CLIENT_SECRET_FILE` names. */
export function readRemoteConfig(environment: Environment, flags: RemoteFlags = {}): RemoteConfig {
  const faults: string[] = []
  const { dataDir } = settings
  const { clientId, clientSecret, clientSecretFile, ...others } = readSettings(
    { ...remoteSettings, dataDir },
    environment,
    flags,
    faults,
  )
  const given = { client_id: clientId, secretText: clientSecret, file: clientSecretFile }
  const client =
    faults.length > 0 ? undefined : givenClient(given, { prefix: 'SYMBOLON_', secretKind: clientSecretText }, faults)
  if (faults.length > 0) throw new ConfigFault(faults)
  return { ...others, client }
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
  if (config.rateLimitBurst !== undefined && config.rateLimitPerSecond === 0)
    faults.push('RATE_LIMIT_BURST is given without RATE_LIMIT_PER_SECOND: nothing is limited; give both or none')
  faults.push(...transportContradictions(config))
  if (config.runnerHeapMib >= config.runnerMemoryMib) {
    faults.push(
      `RUNNER_HEAP_MIB (${config.runnerHeapMib}) must be less than RUNNER_MEMORY_MIB (${config.runnerMemoryMib}): the heap is part of the memory`,
    )
  }
  return faults
}
