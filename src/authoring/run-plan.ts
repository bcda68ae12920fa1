import type { ActionTried, CacheRecord, CodeCoverage, JsonObject, TriedDrop, Tries } from '../compose-try.ts'
import type { RunPlan } from './case.ts'
import { type OutboundRequest, openOutbound } from './outbound-stubs.ts'
import { fullReport, type TryReport } from './report.ts'

/** What came of a run, as it came. */
export interface CaseRun {
  /** `issued`: a token would be; `denied`: an action said no; `failed`: an action came to no end of its own. */
  readonly result: 'issued' | 'denied' | 'failed'
  /** The custom claims of the token; none where none is issued. */
  readonly claims: JsonObject
  /** The scopes of the token; none where none is issued. */
  readonly scopes: readonly string[]
  /** `by`: the name of the action that denied. */
  readonly denial?: { readonly code: string; readonly reason: string; readonly by: string }
  /** How an action failed, and where in its own file that was. */
  readonly failure?: NonNullable<TryReport['failure']>
  /** What was asked for in vain, with the rule and what it means. */
  readonly dropped: readonly TriedDrop[]
  /** What was printed, one text a line. */
  readonly console: readonly string[]
  /** Each action that was begun, in order. */
  readonly runs: readonly ActionTried[]
  /** The trigger's cache, as the next execution would find it. */
  readonly cache: Readonly<Record<string, CacheRecord>>
  /** The outbound requests, in order; none where they went out to the network. */
  readonly requests: readonly OutboundRequest[]
  /** Milliseconds that the actions themselves took. */
  readonly action_ms: number
}

/** A run, the report of it with the values of secrets where they came, and which parts of the code ran where that was asked for. */
export interface RanPlan {
  readonly run: CaseRun
  readonly report: TryReport
  readonly coverage: readonly CodeCoverage[]
}

/** Where plans are run. */
export interface PlanRunner {
  readonly tries: Tries
  /** The tenant's name, over that of the plan. */
  readonly tenant?: string
  readonly coverage?: boolean
}

/** Runs a plan once, in a fresh process. Rejects when none can be started here. */
export async function runPlan(plan: RunPlan, { tries, tenant, coverage = false }: PlanRunner): Promise<RanPlan> {
  const { actions, event, stubs, clockMs } = plan
  const outbound = stubs === undefined ? undefined : await openOutbound(stubs)
  try {
    const end = await tries.run({
      ...{ tenant: tenant ?? plan.tenant, event, actions: actions.map(({ action }) => action), coverage },
      cache: plan.cacheAt(clockMs ?? Date.now()),
      ...(clockMs !== undefined && { clockMs }),
      ...(outbound !== undefined && { outbound: { port: outbound.port, certificates: outbound.certificates } }),
    })
    const report = fullReport(end, actions, event)
    const { result, claims, scopes, denial, failure, dropped, console } = report
    const tried = end.kind === 'ran' ? end.tried : undefined
    const run: CaseRun = {
      ...{ result, claims: claims.after ?? {}, scopes: scopes.after ?? [], dropped, console },
      ...(denial !== undefined && { denial: { code: denial.error, reason: denial.reason, by: denial.by } }),
      ...(failure !== undefined && { failure }),
      runs: tried?.runs ?? [],
      cache: tried?.cache ?? {},
      requests: [...(outbound?.requests ?? [])],
      action_ms: tried?.actionMs ?? 0,
    }
    return { run, report, coverage: (end.kind === 'ran' ? end.coverage : undefined) ?? [] }
  } finally {
    await outbound?.close()
  }
}
