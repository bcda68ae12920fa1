import type { CacheRecord } from '../compose-try.ts'
import { limits } from '../domain/index.ts'
import type { Path } from '../tenant-folder/index.ts'
import type { ActionFinder } from './action-finder.ts'
import type { CaseGiven, RunPlan } from './case.ts'
import type { CaseFault, CheckedGiven } from './case-form.ts'
import type { FoundAction } from './find-action.ts'
import type { CasePlace } from './find-cases.ts'

/** What a run of given things is, or why it cannot be planned: by their places in what was given, and in sentences of other files. */
export interface Planned {
  readonly plan?: RunPlan
  /** The action that it is of. */
  readonly action: string
  readonly faults: readonly CaseFault[]
  readonly others: readonly string[]
}

/** Plans a run of what is given beside an action. */
export async function planRun(given: CheckedGiven, beside: CasePlace, actions: ActionFinder): Promise<Planned> {
  const secrets = { ...given.event.secrets, ...given.secrets }
  const sought = await actions.seek(given.actions, beside, secrets)
  const { found } = sought
  const label = found[0]?.action.name ?? ''
  const faults = [...sought.faults, ...undeclared(given, found)]
  if (faults.length + sought.others.length > 0) return { action: label, faults, others: sought.others }
  const own = beside.actionPath === undefined ? undefined : await actions.seek(undefined, beside, secrets)
  const { http = [], network, clock, cache = {}, event } = given
  const tenant = found.find((each) => each.tenant !== undefined)?.tenant
  return {
    action: own?.found[0]?.action.name ?? label,
    faults,
    others: [],
    plan: {
      ...{ tenant: tenant ?? 'example', actions: found, event: event.event },
      cacheAt: (nowMs) => recordsOf(cache, nowMs),
      ...(clock !== undefined && { clockMs: timeOf(clock) }),
      ...(network === undefined && { stubs: http }),
    },
  }
}

/** Milliseconds since the epoch of a date, or of a number of them. */
export function timeOf(given: string | number): number {
  return typeof given === 'number' ? given : Date.parse(given)
}

function recordsOf(cache: NonNullable<CaseGiven['cache']>, nowMs: number): Readonly<Record<string, CacheRecord>> {
  const records = Object.entries(cache).map(([key, given]) => {
    const {
      value,
      expires_at,
      ttl = limits.cacheDefaultLifetimeMs,
    } = typeof given === 'string' ? { value: given } : given
    return [key, { value, expires_at: expires_at === undefined ? nowMs + ttl : timeOf(expires_at) }] as const
  })
  return Object.fromEntries(records)
}

/** Secrets that none of the actions declares; one that stands alone declares none, and takes what it is given. */
function undeclared({ event, secrets = {} }: CheckedGiven, found: readonly FoundAction[]): readonly CaseFault[] {
  if (found.length === 0 || found.some(({ tenant }) => tenant === undefined)) return []
  const codes = found.flatMap(({ action }) => [action, ...action.modules])
  const declared = new Set(codes.flatMap((code) => Object.keys(code.secrets)))
  const places: readonly Path[] = [
    ...Object.keys(secrets).map((name) => ['secrets', name]),
    ...Object.keys(event.secrets).map((name) => ['event', 'secrets', name]),
  ]
  return places.flatMap((path) => {
    const name = String(path.at(-1))
    const known = declared.size === 0 ? 'it declares none' : `it declares ${[...declared].join(', ')}`
    const rule = `${JSON.stringify(name)} is no secret of ${found.map(({ action }) => action.name).join(', ')}; ${known}`
    return declared.has(name) ? [] : [{ path, message: rule }]
  })
}
