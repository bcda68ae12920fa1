import { isOwnIssuer, managementAudience } from '../domain/index.ts'
import { examineToken } from '../keys/index.ts'
import type { ManagementPorts } from './ports.ts'
import { ManagementRefusal } from './refusals.ts'

/** Who calls, and what the token lets them do. */
export interface Caller {
  readonly client_id: string
  readonly scopes: ReadonlySet<string>
}

/**
 * Reads the bearer token of a call. Throws {@link ManagementRefusal} for a call without one, and for one that is not an access token of this
 * server for this API, has expired or was revoked.
 *
 * A token that is bound to a key is refused: nobody here asks for the proof of it. That its client or its grant is gone does not end it, as
 * at Auth0: clients delete what they work with last.
 *
 * @see RFC 6750 §2.1
 */
export async function authorize(authorization: string | undefined, ports: ManagementPorts): Promise<Caller> {
  if (authorization === undefined) throw new ManagementRefusal('authentication-missing', {})
  const token = /^Bearer +([\w~+/.-]+=*)$/i.exec(authorization)?.[1]
  if (token === undefined || token.split('.').length !== 3) throw new ManagementRefusal('authentication-malformed', {})
  const { domains, resourceServers } = ports.snapshot()
  const examined = await examineToken(token, {
    isIssuer: (issuer) => isOwnIssuer(issuer, domains),
    keyOf: ports.verificationKey,
    nowMs: ports.clock(),
  })
  if (examined.kind !== 'issued') throw new ManagementRefusal(reasonOf[examined.kind], {})
  const { id, aud, client_id, claims } = examined.token
  if (resourceServers.get(aud)?.is_system !== true) throw new ManagementRefusal('token-audience', { audience: aud })
  if (ports.isRevoked(id) || claims.cnf !== undefined || (await isOlderThanDomain(aud, claims.iat, ports)))
    throw new ManagementRefusal('token-invalid', {})
  const scope = typeof claims.scope === 'string' ? claims.scope : ''
  return { client_id, scopes: new Set(scope.split(' ')) }
}

/** Before a custom domain was there, its audience may have been that of an API of the tenant's own: a token from then is one for that API. */
async function isOlderThanDomain(aud: string, iat: unknown, { store, snapshot }: ManagementPorts): Promise<boolean> {
  const facts = [...snapshot().domains].find(([host]) => managementAudience(host) === aud)?.[1]
  if (facts === undefined) return false
  const [custom] = await store.customDomains.list({ where: { field: 'domain', value: facts.domain }, limit: 1 })
  // Tokens tell their time to the second.
  return custom === undefined || typeof iat !== 'number' || (iat + 1) * 1_000 <= Date.parse(custom.created_at)
}

const reasonOf = {
  malformed: 'authentication-malformed',
  unverified: 'token-signature',
  expired: 'token-expired',
  foreign: 'token-invalid',
} as const

/** Throws unless the token carries one of the scopes, or all of them where `all` is set. */
export function demandScope({ scopes }: Caller, expected: readonly string[], all = false): void {
  const isGranted = all ? expected.every((scope) => scopes.has(scope)) : expected.some((scope) => scopes.has(scope))
  if (!isGranted) throw new ManagementRefusal('scope-insufficient', { scopes: expected, all })
}
