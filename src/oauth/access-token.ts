import { type Exchange, type JsonObject, limits, type Scope } from '../domain/index.ts'

/**
 * Seconds that a token of this exchange lives: as its API says, and for a third-party client as the client's `jwt_configuration` does.
 *
 * @see Auth0 Docs, "Update Access Token Lifetime"; "Third-Party Applications"
 */
export function lifetimeSecondsOf({ client, resource_server }: Exchange): number {
  if (client.is_first_party === false) {
    return client.jwt_configuration?.lifetime_in_seconds ?? limits.thirdPartyTokenLifetimeSeconds
  }
  return resource_server.token_lifetime ?? limits.tokenLifetimeSeconds
}

/**
 * The claims of a granted exchange's access token as JSON text, in the dialect `access_token`: custom claims first, then
 * `iss, sub, aud, iat, exp, scope, gty, azp`. A custom claim never stands in the place of one of these; `scope` is absent when no scope
 * is granted.
 *
 * @param issuedAt - seconds since the epoch
 * @see Auth0 Docs, "Access Token Profiles"
 */
export function accessTokenClaims(
  exchange: Exchange,
  granted: { readonly scopes: readonly Scope[]; readonly claims: JsonObject },
  issuedAt: number,
): string {
  const { client_id } = exchange.client
  const standard: Readonly<Record<string, string | number>> = {
    iss: exchange.issuer,
    sub: `${client_id}@clients`,
    aud: exchange.resource_server.identifier,
    iat: issuedAt,
    exp: issuedAt + lifetimeSecondsOf(exchange),
    ...(granted.scopes.length > 0 && { scope: granted.scopes.join(' ') }),
    gty: 'client-credentials',
    azp: client_id,
  }
  const text = JSON.stringify(standard)
  const custom = Object.entries(granted.claims).filter(([name]) => !reservedNames.has(name))
  if (custom.length === 0) return text
  // Written out member by member: assigning to an object would lose a claim named `__proto__`.
  const members = custom.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return `{${members.join()},${text.slice(1)}`
}

/** Scope is among them even when the token has none: its absence says so. */
const reservedNames: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'iat', 'exp', 'scope', 'gty', 'azp'])
