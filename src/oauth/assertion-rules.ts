import { createHash } from 'node:crypto'
import { type ClientCredential, type Clock, guesses, type JsonObject, limits } from '../domain/index.ts'
import type { Ephemeral } from '../storage/index.ts'
import { readCompactJws } from './compact-jws.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { TokenRefusal } from './refusals.ts'

/** The one kind of client assertion there is. RFC 7523 §2.2 */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** What assertions are checked with. */
export interface AssertionPorts {
  /** Remembers which assertions were used. */
  readonly ephemeral: Pick<Ephemeral, 'claim'>
  /** Until when assertions may have been used that are not remembered any more; absent when all are. */
  readonly forgottenUntilMs?: number
  /** The keys of the external issuers that clients list. */
  readonly issuerKeys: IssuerKeys
  readonly clock: Clock
  /** Whether an assertion may be for the issuer with or without its slash and for the token endpoint, or for the issuer as it is written alone. */
  readonly assertionAudience: 'lenient' | 'issuer'
  /** Told whenever a client has proven itself, and with which digest or credential. Must cost next to nothing. */
  readonly noteUse?: (proof: Uint8Array | ClientCredential, client_id: string) => void
}

/** A client assertion taken apart, its claims of the types they must have. Nothing of it is verified. */
export interface Assertion {
  /** As it was sent: what a signature is checked over. */
  readonly text: string
  readonly alg: string
  readonly kid?: string
  readonly iss: string
  readonly sub: string
  readonly aud: readonly string[]
  readonly exp: number
  readonly iat?: number
  readonly nbf?: number
  readonly jti?: string
  readonly claims: JsonObject
}

/** Bytes of an assertion of any issuer: what GitHub and Kubernetes sign is longer than what Auth0 takes of a client. */
const longestAssertion = 8_192

/** Longest `kid`, and longest `jti`, of an assertion that is not held to a client's own limits. */
const longestName = 512

/** In any case and with or without "application/". draft-ietf-oauth-rfc7523bis §4; RFC 8725 §3.11 */
const acceptedTypes: ReadonlySet<string> = new Set(guesses.assertionTypes)

/** Refuses a client assertion. The client learns nothing of the reason, the log all. */
export function rejected(reason: string): TokenRefusal<'assertion-rejected'> {
  return new TokenRefusal('assertion-rejected', {}, reason)
}

/** Takes a client assertion apart, or refuses it: whatever the text is, nothing else is thrown. @see RFC 7523 §3; RFC 7519 §4.1 */
export function readAssertion(text: string): Assertion {
  const jws = readCompactJws(text, longestAssertion)
  if ('fault' in jws) throw rejected(`the client assertion cannot be read: ${jws.fault}`)
  const { header, payload: claims } = jws
  const { alg, kid, typ } = header
  // What verifies is configured, never sent.
  for (const name of guesses.assertionRefusedHeaders)
    if (Object.hasOwn(header, name)) throw rejected(`the header of the client assertion must not have '${name}'`)
  if (typeof alg !== 'string' || alg.length > limits.clientAssertionAlgLength)
    throw rejected(`'alg' must be a text of at most ${limits.clientAssertionAlgLength} characters`)
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > longestName))
    throw rejected(`'kid' must be a text of at most ${longestName} characters`)
  if (typ !== undefined && !isAcceptedType(typ)) throw rejected(`'typ' must be "client-authentication+jwt" or "JWT"`)
  const { iss, sub, exp, iat, nbf, jti } = claims
  if (typeof iss !== 'string' || iss === '') throw rejected(`'iss' claim must be a text`)
  if (typeof sub !== 'string' || sub === '') throw rejected(`'sub' claim must be a text`)
  if (!isTime(exp)) throw rejected(`'exp' claim must be a number of seconds`)
  if (iat !== undefined && !isTime(iat)) throw rejected(`'iat' claim must be a number of seconds`)
  if (nbf !== undefined && !isTime(nbf)) throw rejected(`'nbf' claim must be a number of seconds`)
  if (jti !== undefined && (typeof jti !== 'string' || jti === '' || jti.length > longestName))
    throw rejected(`'jti' claim must be a text of 1 to ${longestName} characters`)
  return {
    text,
    alg,
    ...(kid !== undefined && { kid }),
    iss,
    sub,
    aud: audiencesOf(claims),
    exp,
    ...(iat !== undefined && { iat }),
    ...(nbf !== undefined && { nbf }),
    ...(jti !== undefined && { jti }),
    claims,
  }
}

/** The client that an assertion says it is of, for the log of a refusal. Nothing of it is verified. */
export function claimedClientId(text: string): string | undefined {
  const jws = readCompactJws(text, longestAssertion)
  if ('fault' in jws) return undefined
  const { sub } = jws.payload
  return typeof sub === 'string' ? sub : undefined
}

function isAcceptedType(typ: unknown): boolean {
  // RFC 7515 §4.1.9: "application/" is left out, and may be put back.
  return typeof typ === 'string' && acceptedTypes.has(typ.toLowerCase().replace(/^application\//, ''))
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function audiencesOf({ aud }: JsonObject): readonly string[] {
  if (typeof aud === 'string') return [aud]
  if (!Array.isArray(aud) || aud.length === 0) throw rejected(`'aud' claim must be a text or a list of texts`)
  return aud.map((one: unknown) => {
    if (typeof one !== 'string') throw rejected(`'aud' claim must be a text or a list of texts`)
    return one
  })
}

/**
 * Refuses an assertion that is not in its time, or that would be for longer than it may: counted from `iat`, and where there is none, from now.
 * The clocks may differ by the documented 10 s; at the very end of that, it is over.
 *
 * @see Auth0 Docs, "Authenticate with Private Key JWT"
 */
export function demandInTime({ exp, iat, nbf }: Assertion, nowMs: number, lifetimeSeconds: number): void {
  const now = nowMs / 1_000
  const skew = limits.clientAssertionSkewSeconds
  if (now >= exp + skew) throw rejected(`'exp' claim is in the past: the client assertion has expired`)
  if (nbf !== undefined && nbf > now + skew) throw rejected(`'nbf' claim is in the future`)
  if (iat !== undefined && iat > now + skew) throw rejected(`'iat' claim is in the future`)
  if (iat !== undefined && exp <= iat) throw rejected(`'exp' claim must be after 'iat'`)
  // What Auth0's log says, with the limit in its place.
  const minutes = Number((lifetimeSeconds / 60).toFixed(1))
  if (iat !== undefined && exp - iat > lifetimeSeconds)
    throw rejected(`'exp' claim must specify a time that is no more than ${minutes} minutes after 'iat'`)
  if (exp - now > lifetimeSeconds + skew)
    throw rejected(`'exp' claim must specify a time that is no more than ${minutes} minutes from now`)
}

/** Refuses an assertion any of whose audiences is somebody else: that one could use it here. draft-ietf-oauth-rfc7523bis §4 */
export function demandForUs({ aud }: Assertion, isUs: (audience: string) => boolean): void {
  if (!aud.every(isUs)) throw rejected(`'aud' claim must name this server and nobody else`)
}

/**
 * Spends a `jti`: refuses one that its issuer has used before, until the assertion is over. To be called last, when nothing else can refuse
 * the assertion: nobody else is to spend it.
 *
 * One that may have been used before the memory of it was lost is refused too. A store that fails makes this fail, as a defect: without it,
 * nobody knows what was spent.
 */
export async function spend(
  assertion: Assertion,
  jti: string,
  lifetimeSeconds: number,
  { ephemeral, forgottenUntilMs }: Pick<AssertionPorts, 'ephemeral' | 'forgottenUntilMs'>,
): Promise<void> {
  const { iss, exp } = assertion
  if (forgottenUntilMs !== undefined && mayBeOlderThan(assertion, forgottenUntilMs / 1_000, lifetimeSeconds))
    throw rejected('the client assertion may have been used before the server was started anew; a new one will do')
  const digest = createHash('sha256')
    .update(JSON.stringify([iss, jti]))
    .digest('base64url')
  const isOurs = await ephemeral.claim(`assertion:${digest}`, (exp + limits.clientAssertionSkewSeconds) * 1_000)
  if (isOurs !== true) throw rejected(`'jti' claim was used before`)
}

/** Without `iat`, whether its end is one that could have been accepted by then. */
function mayBeOlderThan({ iat, exp }: Assertion, then: number, lifetimeSeconds: number): boolean {
  return iat === undefined ? exp <= then + lifetimeSeconds + limits.clientAssertionSkewSeconds : iat <= then
}
