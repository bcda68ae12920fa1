import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose'
import { guesses, isJsonObject, type Json, type JsonObject, type TenantSnapshot } from '../domain/index.ts'
import type { Ephemeral } from '../storage/index.ts'
import { tokenUrlOf } from './client-credentials.ts'
import { readCompactJws } from './compact-jws.ts'
import type { DpopNonces } from './dpop-nonce.ts'
import { weaknessOfJwk } from './jwk-strength.ts'
import { TokenRefusal } from './refusals.ts'

/** What a proof is held to. */
export interface DpopRule {
  /** JWS algorithms a proof may be signed with: asymmetric ones alone. */
  readonly algorithms: readonly string[]
  /** Every URL that clients know the endpoint by, without query and fragment. Read when a proof comes: an address may be added once it is known. */
  readonly urls: ReadonlySet<string>
  /** Present where a proof must carry a nonce from here. */
  readonly nonces?: DpopNonces
}

/** The request a proof must be about. */
export interface ProvenRequest {
  readonly method: string
  /** Milliseconds since the epoch. */
  readonly received_at: number
  /** Hosts that clients may know the endpoint by, beside {@link DpopRule.urls}. */
  readonly domains?: TenantSnapshot['domains']
}

/** Header members that name another key than `jwk`, or change what the signature is over. None belongs in a proof. */
const foreignMembers = ['crit', 'b64', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'enc', 'zip'] as const

/**
 * The thumbprint (RFC 7638, SHA-256) of the key that a `DPoP` header proves the sender to hold, for this request and for the first time.
 *
 * Refuses anything that is not exactly one proof as RFC 9449 §4.3 has it, and a proof that was used before: its `jti` is spent, once a key,
 * for as long as it could be accepted. Rejects with an error that is no refusal when that cannot be remembered.
 */
export async function verifyDpopProof(
  header: string,
  request: ProvenRequest,
  rule: DpopRule,
  used: Pick<Ephemeral, 'claim'>,
): Promise<string> {
  // Two headers of one name arrive as one, joined by a comma, which no proof holds. RFC 9449 §4.3, check 1.
  if (header.includes(',')) throw invalid('the request must carry exactly one')
  const read = readCompactJws(header, guesses.dpopProofLength)
  if ('fault' in read) throw invalid(read.fault)
  const { jwk, alg } = keyOf(read.header, rule.algorithms)
  await verifySignature(header, jwk, alg)
  const { jti, expiresAtMs } = checkClaims(read.payload, request, rule)
  const thumbprint = await calculateJwkThumbprint(jwk, 'sha256')
  // RFC 9449 §11.1. Last: a proof that is refused for another reason is not spent.
  if (!(await used.claim(`dpop ${thumbprint} ${jti}`, expiresAtMs))) throw invalid('it was used before')
  return thumbprint
}

/** The key that is embedded in a proof's header, public and strong enough for its algorithm. RFC 9449 §4.2. */
function keyOf(header: JsonObject, algorithms: readonly string[]): { readonly jwk: JWK; readonly alg: string } {
  const { typ, alg, jwk } = header
  if (typ !== 'dpop+jwt') throw invalid('its typ must be "dpop+jwt"')
  if (typeof alg !== 'string' || !algorithms.includes(alg))
    throw invalid(`its alg must be one of ${algorithms.join(', ')}`)
  const foreign = foreignMembers.find((member) => Object.hasOwn(header, member))
  if (foreign !== undefined) throw invalid(`its header must not have the member "${foreign}"`)
  if (!isJsonObject(jwk)) throw invalid('its header must have the public key as "jwk"')
  const weakness = weaknessOfJwk(jwk, alg)
  if (weakness !== undefined) throw invalid(weakness)
  return { jwk: publicPart(jwk), alg }
}

async function verifySignature(proof: string, jwk: JWK, alg: string): Promise<void> {
  try {
    await compactVerify(proof, await importJWK(jwk, alg), { algorithms: [alg] })
  } catch (error) {
    // Whatever it was: without a verified signature there is no proof.
    throw invalid('its signature does not verify with its key', error)
  }
}

/** RFC 9449 §4.3, checks 3 and 8 to 11. What is returned is which proof it is, and until when to remember it. */
function checkClaims(
  payload: JsonObject,
  { method, received_at, domains }: ProvenRequest,
  rule: DpopRule,
): { readonly jti: string; readonly expiresAtMs: number } {
  const { jti, htm, htu, iat, nonce } = payload
  if (typeof jti !== 'string' || jti === '' || jti.length > guesses.dpopJtiLength)
    throw invalid(`its jti must be a text of 1 to ${guesses.dpopJtiLength} characters`)
  if (htm !== method) throw invalid(`its htm must be "${method}"`)
  if (!isOneOf(htu, rule.urls, domains)) throw invalid('its htu must be the URL of this endpoint')
  const windowMs = guesses.dpopWindowSeconds * 1_000
  if (typeof iat !== 'number') throw invalid('its iat must be a number')
  const issuedAtMs = iat * 1_000
  if (issuedAtMs < received_at - windowMs) throw invalid('it is too old')
  if (issuedAtMs > received_at + windowMs) throw invalid('its iat is in the future')
  if (!isWithin(payload, received_at)) throw invalid('its exp or nbf does not allow it now')
  if (rule.nonces !== undefined && !(typeof nonce === 'string' && rule.nonces.isCurrent(nonce, received_at)))
    throw new TokenRefusal('dpop-nonce-demanded', { nonce: rule.nonces.issue(received_at) })
  // A window longer than it is accepted: a request that came in time may be slow to get here, and another server's clock behind.
  return { jti, expiresAtMs: Math.ceil(issuedAtMs + 2 * windowMs) }
}

/** Without query and fragment, and after the normal form of a URL. RFC 9449 §4.3, check 9. */
function isOneOf(htu: Json | undefined, urls: ReadonlySet<string>, domains?: TenantSnapshot['domains']): boolean {
  // What a URL parser would take out or turn round in silence is no URL to begin with.
  if (typeof htu !== 'string' || !/^[\x21-\x5b\x5d-\x7e]+$/.test(htu)) return false
  const url = URL.parse(htu)
  if (url === null || url.username !== '' || url.password !== '') return false
  const address = `${url.origin}${url.pathname}`
  return urls.has(address) || (domains?.has(url.host) === true && address === tokenUrlOf(url.host))
}

/** RFC 7519 §4.1.4, §4.1.5: neither is asked for here; where one stands, it holds. */
function isWithin({ exp, nbf }: JsonObject, nowMs: number): boolean {
  const isOver = exp !== undefined && !(typeof exp === 'number' && nowMs < exp * 1_000)
  const isEarly =
    nbf !== undefined && !(typeof nbf === 'number' && nbf * 1_000 <= nowMs + guesses.dpopWindowSeconds * 1_000)
  return !isOver && !isEarly
}

/** The members that make the key, and no other: what else the client wrote into it decides nothing. RFC 7638 §3.2. */
function publicPart({ kty, crv, x, y, n, e }: JsonObject): JWK {
  if (kty === 'RSA') return { kty, n: String(n), e: String(e) }
  return { kty: String(kty), crv: String(crv), x: String(x), ...(kty === 'EC' && { y: String(y) }) }
}

function invalid(fault: string, cause?: unknown): TokenRefusal {
  return new TokenRefusal('dpop-proof-invalid', { fault }, cause instanceof Error ? cause.message : undefined)
}
