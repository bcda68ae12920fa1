import { isJsonObject, type Json } from './json.ts'

/** The windows a quota may have: the UTC hour and the UTC day. */
export type QuotaBucket = 'per_hour' | 'per_day'

/** Whose tokens are counted. */
export type QuotaEntityType = 'client' | 'organization'

/** Most tokens of a window; a window that is not named is without limit. */
export interface ClientCredentialsQuota {
  readonly per_hour?: number
  readonly per_day?: number
  /** Whether a token beyond the quota is refused, which it is unless this is `false`: then it is only counted. */
  readonly enforce?: boolean
}

/** How many tokens an entity may obtain. @see Auth0 Docs, "Fine-grained M2M token quotas" */
export interface TokenQuota {
  readonly client_credentials: ClientCredentialsQuota
}

/** Milliseconds of a window. Windows begin at the UTC hour or day. */
export const quotaWindowMs: Readonly<Record<QuotaBucket, number>> = { per_hour: 3_600_000, per_day: 86_400_000 }

/** Every bucket, in the order Auth0 writes them. */
export const quotaBuckets: readonly QuotaBucket[] = ['per_hour', 'per_day']

/** Percentages of a quota that leave a log entry when they are reached. @see Auth0 Docs, "Fine-grained M2M token quotas" */
export const quotaWarningPercentages: readonly number[] = [100, 80, 60]

/** The quota of an entity: its own, else the tenant's default for its like, never a mixture of the two. `undefined` when there is none. */
export function quotaOf(
  own: TokenQuota | null | undefined,
  tenantDefault: TokenQuota | null | undefined,
): ClientCredentialsQuota | undefined {
  return (own ?? tenantDefault)?.client_credentials
}

/** One fault of a quota: where it is, and a sentence that begins with that place. */
export interface QuotaFault {
  readonly path: readonly string[]
  readonly message: string
}

const largestQuota = 2_147_483_647

/**
 * What keeps a value from being a {@link TokenQuota}: `client_credentials` with at least one of whole numbers `per_hour` and `per_day`
 * (1 to 2,147,483,647) and `enforce`. A key nobody knows is a fault: what was meant by it would not be held to.
 *
 * @see Auth0 Docs, Management API "Update a client": `token_quota`
 */
export function faultsOfTokenQuota(value: Json | undefined, path: readonly string[]): readonly QuotaFault[] {
  const fault = (at: readonly string[], rule: string): QuotaFault => ({ path: at, message: `${at.join('.')} ${rule}` })
  if (!isJsonObject(value)) return [fault(path, 'must be an object with "client_credentials"')]
  const { client_credentials: quota, ...others } = value
  const faults = Object.keys(others).map((key) => fault([...path, key], 'is no part of a quota; take it out'))
  const inside = [...path, 'client_credentials']
  if (!isJsonObject(quota)) return [...faults, fault(inside, 'must be an object with per_hour, per_day or enforce')]
  const members = Object.entries(quota)
  if (members.length === 0) faults.push(fault(inside, 'must have at least one of per_hour, per_day and enforce'))
  for (const [key, member] of members) {
    const at = [...inside, key]
    if (key === 'per_hour' || key === 'per_day') {
      if (typeof member !== 'number' || !Number.isInteger(member) || member < 1 || member > largestQuota)
        faults.push(fault(at, `must be a whole number from 1 to ${largestQuota}; found ${JSON.stringify(member)}`))
    } else if (key === 'enforce') {
      if (typeof member !== 'boolean') faults.push(fault(at, `must be true or false; found ${JSON.stringify(member)}`))
    } else faults.push(fault(at, 'is no part of a quota; take it out'))
  }
  return faults
}
