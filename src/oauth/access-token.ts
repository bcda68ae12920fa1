import { type Exchange, hasPermissions, isRfc9068, type JsonObject, limits, type Scope } from '../domain/index.ts'

/**
 * Seconds that a token of this exchange lives: as its API says, for a first-party client with a `token_lifetime` as that says, and for a
 * third-party client as its `jwt_configuration` does.
 *
 * @see Auth0 Docs, "Update Access Token Lifetime"; "Third-Party Applications"
 */
export function lifetimeSecondsOf({ client, resource_server }: Exchange): number {
  if (client.is_first_party === false) {
    return client.jwt_configuration?.lifetime_in_seconds ?? limits.thirdPartyTokenLifetimeSeconds
  }
  return client.token_lifetime ?? resource_server.token_lifetime ?? limits.tokenLifetimeSeconds
}

/**
 * What a client is to call its token when it uses it. One that is bound to a certificate is a bearer's unless the operator says otherwise.
 *
 * @see RFC 9449 §5; RFC 8705 §3
 */
export function tokenTypeOf(
  { confirmation }: Exchange,
  certificateTokenType: 'Bearer' | 'DPoP' = 'Bearer',
): 'Bearer' | 'DPoP' {
  if (confirmation === undefined) return 'Bearer'
  return 'jkt' in confirmation ? 'DPoP' : certificateTokenType
}

/** What a token is given at the moment it is made. */
export interface Issuance {
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** The token's id: in the token where its dialect has one, in the log always. */
  readonly jti: string
}

/**
 * The claims of a granted exchange's access token as JSON text, in the dialect of its API: custom claims first, then
 * `iss, sub, aud, iat, exp, scope, org_id, org_name`, then `gty, azp` of Auth0's dialects or `jti, client_id` of RFC 9068's, then
 * `permissions, cnf`. A custom claim never stands in the place of one of these, whichever dialect has it; `scope` is absent when no scope is
 * granted, `permissions` is empty then.
 *
 * @see Auth0 Docs, "Access Token Profiles"; RFC 9068 §2.2
 */
export function accessTokenClaims(
  exchange: Exchange,
  granted: { readonly scopes: readonly Scope[]; readonly claims: JsonObject },
  { issuedAt, jti }: Issuance,
): string {
  const { client, resource_server, organization, org_name, confirmation } = exchange
  const { client_id } = client
  const dialect = resource_server.token_dialect
  const isRfc = isRfc9068(dialect)
  // One shape for every dialect: JSON leaves out what is undefined.
  const standard = {
    iss: exchange.issuer,
    sub: `${client_id}@clients`,
    aud: resource_server.identifier,
    iat: issuedAt,
    exp: issuedAt + lifetimeSecondsOf(exchange),
    scope: granted.scopes.length > 0 ? granted.scopes.join(' ') : undefined,
    org_id: organization?.id,
    org_name,
    gty: isRfc ? undefined : 'client-credentials',
    azp: isRfc ? undefined : client_id,
    jti: isRfc ? jti : undefined,
    client_id: isRfc ? client_id : undefined,
    permissions: hasPermissions(dialect) ? granted.scopes : undefined,
    cnf: confirmation,
  }
  const text = JSON.stringify(standard)
  const custom = Object.entries(granted.claims).filter(([name]) => !reservedNames.has(name))
  if (custom.length === 0) return text
  // Written out member by member: assigning to an object would lose a claim named `__proto__`.
  const members = custom.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return `{${members.join()},${text.slice(1)}`
}

/** Those that a token lacks are among them: their absence says something too. */
const reservedNames: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'iat',
  'exp',
  'scope',
  'org_id',
  'org_name',
  'gty',
  'azp',
  'jti',
  'client_id',
  'permissions',
  'cnf',
])
