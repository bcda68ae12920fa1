import {
  type BoundVersion,
  type Client,
  type Clock,
  type Exchange,
  type Geoip,
  isForServedTrigger,
  type JsonObject,
  type ResourceServer,
  type TenantSnapshot,
  triggerIdOf,
} from '../domain/index.ts'
import {
  type CacheRecord,
  type Command,
  type Decision,
  type Drop,
  dropRules,
  execute,
  type Invocation,
  type Outcome,
  type Runner,
  SharedTriggerCache,
} from '../engine/index.ts'
import { demandAction } from './actions.ts'
import type { DraftBuilds } from './draft-builds.ts'
import { openVersion, type VersionContent } from './open-version.ts'
import type { DeploymentPorts } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** Code opened for the runner, under the names it is reported by. */
export type TriedContent = VersionContent & Pick<BoundVersion, 'version_id' | 'action_name'>

/** What the actions of a try run under, where that is other than an exchange's. */
export interface TryConditions {
  /** The trigger's cache before the first action runs; empty when absent. */
  readonly cache?: Readonly<Record<string, CacheRecord>>
  /** What `Date` tells inside, in milliseconds since the epoch; the real time when absent. */
  readonly clockMs?: number
  /** The loopback port where every outbound connection ends, instead of where it was meant for, and in PEM whom to trust beside Node's own. */
  readonly outbound?: { readonly port: number; readonly certificates: string }
  /** Whether to count which parts of the actions' own code ran. */
  readonly coverage?: boolean
}

/** V8's ranges over a code as its author has it: in order, each next to the other, and the runs that V8 counted. */
export type CodeRanges = readonly { readonly start: number; readonly end: number; readonly count: number }[]

/** Which parts ran of an action's code, or of a module's that it pins: by their places in what was run. */
export interface TriedRanges {
  readonly action: number
  readonly module?: number
  readonly ranges: CodeRanges
}

/** How one run of code that no trigger is bound to ended, and the milliseconds that its process took: to stand ready, and from then on. */
export interface TriedRun {
  readonly outcomes: readonly Outcome[]
  readonly bootMs: number
  readonly runMs: number
  /** Where it was asked for, and the process told. */
  readonly coverage?: readonly TriedRanges[]
}

/** What runs code that no trigger is bound to: once, in a process of its own. */
export interface TryRunner {
  readonly runOnce: (
    contents: readonly TriedContent[],
    invocation: Omit<Invocation, 'versions'>,
    conditions: Omit<TryConditions, 'cache'> & { readonly cache: SharedTriggerCache },
  ) => Promise<TriedRun>
  /** Milliseconds the code may take. */
  readonly deadlineMs: number
}

/** The event that a draft is tried with, as far as it is given; the rest is empty. What Auth0 does not document is not looked at. */
export interface GivenEvent {
  readonly accessToken?: { readonly customClaims?: JsonObject; readonly scope?: readonly string[] }
  readonly client?: {
    readonly client_id?: string
    readonly name?: string
    readonly metadata?: Readonly<Record<string, string>>
  }
  readonly custom_domain?: { readonly domain: string; readonly domain_metadata?: Readonly<Record<string, string>> }
  readonly organization?: {
    readonly id?: string
    readonly name: string
    readonly display_name?: string
    readonly metadata?: Readonly<Record<string, string>>
  }
  readonly request?: {
    readonly body?: JsonObject
    readonly geoip?: Geoip
    readonly hostname?: string
    readonly ip?: string
    readonly language?: string
    readonly method?: string
    readonly user_agent?: string
  }
  readonly resource_server?: { readonly identifier?: string }
  readonly tenant?: { readonly id?: string }
  readonly transaction?: {
    readonly correlation_id?: string
    readonly requested_scopes?: readonly string[]
    readonly target_scopes?: readonly string[]
  }
}

/** What a try asked for in vain, which action did, and the rule it fell under, in a word and in a sentence. */
export type TriedDrop = Drop & { readonly explanation: string }

/** One action's part in a try. */
export interface ActionTried {
  readonly action_name: string
  readonly kind: Outcome['kind']
  /** Milliseconds that it took. */
  readonly ms: number
  /** What it printed, one text a line. */
  readonly logs: readonly string[]
}

/** What became of a try. */
export interface Tried {
  /** How code that came to no decision of its own ended. */
  readonly failure?: Extract<Decision, { readonly kind: 'failed' }>['failure']
  /** Why no decision of the code's own came about. */
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string }
  /** Each action that was begun, in order. */
  readonly runs: readonly ActionTried[]
  /** What all of them printed, one text a line. */
  readonly logs: readonly string[]
  readonly commands: readonly Command[]
  /** The decision as an exchange would have it. `by`: the name of the action that it is of. */
  readonly result: { readonly dropped: readonly TriedDrop[] } & (
    | { readonly kind: 'granted'; readonly claims: JsonObject; readonly scopes: readonly string[] }
    | { readonly kind: 'denied'; readonly error: string; readonly reason: string; readonly by: string }
    | { readonly kind: 'failed'; readonly by?: string }
  )
  /** The trigger's cache, as the next execution would find it. */
  readonly cache: Readonly<Record<string, CacheRecord>>
  /** Which parts of the actions' code ran: where it was asked for, and the process told. */
  readonly coverage?: readonly TriedRanges[]
  /** Milliseconds: until its process stood ready, that the code took, that its process had the event, and all together. */
  readonly bootMs: number
  readonly actionMs: number
  readonly runMs: number
  readonly totalMs: number
}

/** What a try works with. */
export type TryPorts = Pick<DeploymentPorts, 'store' | 'sealer' | 'bundler' | 'clock'> & {
  readonly builds: Pick<DraftBuilds, 'demandBuilt'>
  readonly tries: TryRunner
  readonly clock: Clock
  readonly tenant: string
  readonly snapshot: () => TenantSnapshot
}

/** What running opened code once works with. */
export interface TryContentPorts {
  readonly tries: TryRunner
  /** Takes how long it was. What the try is dated by is its own clock, where it has one. */
  readonly clock: Clock
  readonly tenant: string
  /** Whether an API is one of the server's own, whose tokens take no custom claims. */
  readonly isSystemApi: (identifier: string) => boolean
}

/**
 * Runs the draft of an action once, in the sandbox and with its own secrets, against a given event. The scopes that the event names stand for
 * the client grant, its cache is empty, and nothing is stored: no log entry, no cache entry, no token. Refuses an action that does not exist
 * or is for a trigger that is not run, a draft whose packages cannot be built, and one more where too many wait to be run.
 *
 * @see Auth0 Docs, "Test Actions"
 */
export async function tryDraft(action_id: string, event: GivenEvent, ports: TryPorts): Promise<Tried> {
  const { store, builds } = ports
  const saved = await demandAction(action_id, store)
  if (!isForServedTrigger(saved))
    throw new DeploymentRefusal('trigger-not-served', { name: saved.name, id: triggerIdOf(saved) })
  // Without packages there is nothing to build, and what is saved can be run as it is.
  const { id, name, code, secrets, modules, build } =
    saved.dependencies.length === 0 ? { ...saved, build: undefined } : await builds.demandBuilt(action_id)
  const draft = {
    ...{ id, code, secrets },
    ...(modules !== undefined && { modules }),
    ...(build?.bundle !== undefined && { bundle: build.bundle }),
  }
  const content = { version_id: id, action_name: name, ...(await openVersion(draft, ports)) }
  const isSystemApi = (identifier: string) => ports.snapshot().resourceServers.get(identifier)?.is_system === true
  const { tries, clock, tenant } = ports
  const tried = await tryContents([content], event, { tries, clock, tenant, isSystemApi })
  if (tried.failure === 'overloaded') throw new DeploymentRefusal('too-many-tries', { name })
  return tried
}

/** Runs opened code once, in order, as the bound versions of a trigger run. Nothing is stored. Throws when `cache` is more than one holds. */
export async function tryContents(
  contents: readonly TriedContent[],
  event: GivenEvent,
  ports: TryContentPorts,
  conditions: TryConditions = {},
): Promise<Tried> {
  const { clock: timer, tries } = ports
  const { clockMs } = conditions
  // Two clocks: what the actions are told and their cache is reckoned by, and how long it all takes.
  const clock = clockMs === undefined ? timer : () => clockMs
  const bound = contents.map(({ version_id, action_name }) => ({
    ...{ binding_id: version_id, action_id: version_id, action_name, version_id, number: 0 },
  }))
  const cache = openCache(conditions.cache ?? {}, clock())
  const prior = Object.entries(event.accessToken?.customClaims ?? {}).map(
    ([claim, value]): Command => ({ type: 'set-claim', name: claim, value }),
  )
  const startedAt = timer()
  let run: TriedRun | undefined
  const runner: Runner = {
    invoke: async ({ fixed, varying, deadlineMs }) => {
      run = await tries.runOnce(contents, { fixed, varying, deadlineMs, prior }, { ...conditions, cache })
      return run.outcomes
    },
  }
  const exchange = exchangeOf(event, { ...ports, clock }, bound)
  const decision = await execute(exchange, { runner, cache, clock, deadlineMs: tries.deadlineMs })
  const totalMs = timer() - startedAt
  const last = run?.outcomes.at(-1)
  if (run === undefined || last === undefined) throw new Error('nothing was run')
  const runs = run.outcomes.map((outcome, index) => ({
    action_name: contents[index]?.action_name ?? '',
    kind: outcome.kind,
    ms: outcome.endedAt - outcome.startedAt,
    logs: outcome.console,
  }))
  return {
    ...(decision.kind === 'failed' && { failure: decision.failure, error: errorOf(last, decision.detail) }),
    runs,
    logs: runs.flatMap(({ logs }) => logs),
    commands: run.outcomes.flatMap((outcome) => (outcome.kind === 'completed' ? outcome.commands : [])),
    result: { ...resultOf(decision), dropped: decision.dropped.map(explained) },
    cache: Object.fromEntries([...cache.entries].filter(([, { expires_at }]) => expires_at >= clock())),
    ...(run.coverage !== undefined && { coverage: run.coverage }),
    bootMs: run.bootMs,
    actionMs: runs.reduce((sum, { ms }) => sum + ms, 0),
    runMs: run.runMs,
    totalMs,
  }
}

function openCache(records: NonNullable<TryConditions['cache']>, now: number): SharedTriggerCache {
  const cache = new SharedTriggerCache()
  const changes = Object.entries(records).map(([key, record]) => ({ key, record }))
  const [refused] = cache.apply(changes, now)
  if (refused !== undefined)
    throw new Error(
      `the cache has no room for ${JSON.stringify(refused)} beside the other entries: give it fewer, or shorter ones`,
    )
  return cache
}

function errorOf(outcome: Outcome, detail: string): NonNullable<Tried['error']> {
  if (outcome.kind !== 'threw') return { name: 'Error', message: detail, stack: '' }
  const { name, message, stack = '' } = outcome
  return { name, message, stack }
}

function resultOf(decision: Decision) {
  switch (decision.kind) {
    case 'granted':
      return { kind: decision.kind, claims: decision.claims, scopes: decision.scopes }
    case 'denied':
      return { kind: decision.kind, error: decision.error, reason: decision.reason, by: decision.by.action_name }
    case 'failed':
      return { kind: decision.kind, ...(decision.by !== undefined && { by: decision.by.action_name }) }
  }
}

function explained(drop: Drop): TriedDrop {
  return { ...drop, explanation: dropRules[drop.rule] }
}

/** The exchange that an event is of. */
function exchangeOf(
  event: GivenEvent,
  { clock, tenant, isSystemApi }: TryContentPorts,
  bound: readonly BoundVersion[],
): Exchange {
  const { client = {}, custom_domain, organization, request = {}, transaction = {} } = event
  const { client_id = '', name = '', metadata = {} } = client
  const identifier = event.resource_server?.identifier ?? ''
  const granted = event.accessToken?.scope ?? []
  const initial_scopes = [...new Set(transaction.target_scopes ?? granted)]
  const scope_ceiling = [...new Set([...granted, ...initial_scopes])]
  const is_system = isSystemApi(identifier)
  const facts: { readonly client: Client; readonly resource_server: ResourceServer } = {
    client: { client_id, name, grant_types: ['client_credentials'], client_metadata: metadata },
    resource_server: { id: '', identifier, name: identifier, is_system },
  }
  const { body = {}, geoip = {}, ip = '127.0.0.1', method = 'POST', hostname, language, user_agent } = request
  return {
    ...facts,
    request_id: '',
    received_at: clock(),
    issuer: '',
    tenant: { id: event.tenant?.id ?? tenant },
    client_grant: { id: '', client_id, audience: identifier, scope: scope_ceiling },
    ...(organization !== undefined && { organization: { ...organization, id: organization.id ?? '' } }),
    ...(custom_domain !== undefined && { custom_domain: { domain_metadata: {}, ...custom_domain } }),
    requested_scopes: transaction.requested_scopes ?? [],
    scope_ceiling,
    initial_scopes,
    ...(transaction.correlation_id !== undefined && { correlation_id: transaction.correlation_id }),
    request: {
      ...{ body, geoip, ip, method },
      ...(hostname !== undefined && { hostname }),
      ...(language !== undefined && { language }),
      ...(user_agent !== undefined && { user_agent }),
    },
    bound,
  }
}
