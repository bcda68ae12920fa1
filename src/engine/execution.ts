import { type Clock, type Exchange, guesses, type JsonObject, type Scope } from '../domain/index.ts'
import type { DenyCode } from './command.ts'
import { lacksProfileScope } from './custom-claims.ts'
import type { ActionRun, Decision, Execution } from './decision.ts'
import type { Drop } from './drop.ts'
import { fixedEvent, varyingEvent } from './event.ts'
import type { Ending, Outcome, Runner } from './runner.ts'
import type { SharedTriggerCache } from './shared-trigger-cache.ts'
import { cutTargetScopes } from './target-scopes.ts'
import { type Denial, Transaction } from './transaction.ts'

/** What an execution needs from outside. */
export interface ExecutionPorts {
  readonly runner: Runner
  readonly cache: SharedTriggerCache
  readonly clock: Clock
  /** Milliseconds that all actions of one execution may take together. */
  readonly deadlineMs: number
}

/**
 * Runs the actions bound in the exchange's snapshot, in order, and decides. Rejects only for a defect; then no token may be issued.
 * The trigger cache is changed when the exchange is granted or denied, never after a failure.
 */
export async function execute(exchange: Exchange, ports: ExecutionPorts): Promise<Decision> {
  const { bound } = exchange
  const start = { scopes: exchange.initial_scopes, system: exchange.resource_server.is_system === true }
  if (bound.length === 0) {
    return { kind: 'granted', scopes: exchange.initial_scopes, claims: {}, dropped: [] }
  }
  const startedAt = ports.clock()
  const outcomes = await ports.runner.invoke({
    versions: bound,
    fixed: fixedEvent(exchange),
    varying: varyingEvent(exchange),
    deadlineMs: ports.deadlineMs,
  })
  const now = ports.clock()
  const transaction = new Transaction({ ...start, cache: ports.cache.entries })
  const runs: ActionRun[] = outcomes.map((outcome, index) => ({ version: versionAt(bound, index), outcome }))
  const execution: Execution = { startedAt, endedAt: now, runs }
  const dropped: Drop[] = []

  for (const run of runs) {
    const { outcome, version } = run
    if (outcome.kind !== 'completed') {
      return { kind: 'failed', failure: outcome.kind, detail: describe(outcome), by: version, execution, dropped }
    }
    for (const command of outcome.commands) {
      const drop = transaction.apply(command, now)
      if (drop !== undefined) dropped.push({ ...drop, action: version.action_name })
    }
    if (transaction.oversized) {
      const detail = `the custom claims exceed ${guesses.customClaimsBytes} bytes`
      return { kind: 'failed', failure: 'oversized-claims', detail, by: version, execution, dropped }
    }
    if (transaction.denial !== undefined) {
      applyCache(transaction, ports, now, version.action_name, dropped)
      return { ...denied(transaction.denial, version.action_name, dropped), by: version, execution, dropped }
    }
  }
  if (runs.length !== bound.length) {
    throw new Error(`the runner answered for ${runs.length} of ${bound.length} actions without a denial or a failure`)
  }

  const scopes = cutTargetScopes(transaction.target, exchange.scope_ceiling)
  const granted = new Set(scopes)
  let addedBy: ReadonlyMap<Scope, string> | undefined
  for (const scope of transaction.target) {
    if (granted.has(scope)) continue
    addedBy ??= lastAdders(runs)
    dropped.push({ kind: 'scope', action: addedBy.get(scope) ?? '', name: scope, rule: 'outside-grant' })
  }
  const claims = claimsFor(scopes, transaction.claims(), runs, dropped)
  applyCache(transaction, ports, now, runs.at(-1)?.version.action_name ?? '', dropped)
  return { kind: 'granted', scopes, claims, execution, dropped }
}

function versionAt(bound: Exchange['bound'], index: number): ActionRun['version'] {
  const version = bound[index]
  if (version === undefined) throw new Error('the runner answered for more actions than are bound')
  return version
}

/** The claims without the profile claims whose scope is not granted. */
function claimsFor(
  scopes: readonly Scope[],
  claims: JsonObject,
  runs: readonly ActionRun[],
  dropped: Drop[],
): JsonObject {
  const gated = Object.keys(claims).filter((name) => lacksProfileScope(name, scopes))
  if (gated.length === 0) return claims
  for (const name of gated) {
    dropped.push({ kind: 'claim', action: lastSetter(name, runs), name, rule: 'profile-name-without-scope' })
  }
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !gated.includes(name)))
}

function lastSetter(claim: string, runs: readonly ActionRun[]): string {
  const setter = runs.findLast(
    ({ outcome }) =>
      outcome.kind === 'completed' &&
      outcome.commands.some((command) => command.type === 'set-claim' && command.name === claim),
  )
  return setter?.version.action_name ?? ''
}

/** The action that added each scope last: asked for only once one of them is dropped. */
function lastAdders(runs: readonly ActionRun[]): ReadonlyMap<Scope, string> {
  const addedBy = new Map<Scope, string>()
  for (const { outcome, version } of runs) {
    if (outcome.kind !== 'completed') continue
    for (const command of outcome.commands) {
      if (command.type === 'add-scope') addedBy.set(command.scope, version.action_name)
      if (command.type === 'set-scopes') for (const scope of command.scopes) addedBy.set(scope, version.action_name)
    }
  }
  return addedBy
}

function denied(
  denial: Denial,
  action: string,
  dropped: Drop[],
): { kind: 'denied'; error: DenyCode; reason: string; withheld: boolean } {
  const reason = denial.reason ?? guesses.denyDefaultReason
  if (isDenyCode(denial.code)) return { kind: 'denied', error: denial.code, reason, withheld: false }
  dropped.push({ kind: 'denial', action, name: denial.code, rule: 'unknown-deny-code' })
  return { kind: 'denied', error: 'server_error', reason, withheld: true }
}

function isDenyCode(code: string): code is DenyCode {
  return Object.hasOwn(guesses.denyStatus, code)
}

function applyCache(
  transaction: Transaction,
  { cache }: ExecutionPorts,
  now: number,
  action: string,
  dropped: Drop[],
): void {
  for (const name of cache.apply(transaction.cache.changes(), now)) {
    dropped.push({ kind: 'cache', action, name, rule: 'cache-full' })
  }
}

/** One line for the log. */
function describe(outcome: Outcome & Exclude<Ending, { kind: 'completed' }>): string {
  switch (outcome.kind) {
    case 'threw':
      return `${outcome.name}: ${outcome.message}`
    case 'not-loadable':
      return outcome.message
    case 'timed-out':
      return 'the actions did not end before the deadline'
    case 'out-of-memory':
      return 'the process of the actions ran out of memory'
    case 'exited':
      return `the process of the actions ended with exit code ${outcome.exitCode}`
    case 'overloaded':
      return 'too many executions are waiting'
    case 'unavailable':
      return 'the processes of the actions keep ending; another one is tried in a moment'
  }
}
