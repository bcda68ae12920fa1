import { createHash, type KeyObject } from 'node:crypto'
import {
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose'
import { isJsonObject, type JsonObject, type SigningAlgorithm, signingAlgorithms } from '../domain/index.ts'

/** An access token that this server signed and that has not expired. Whether it was revoked is not looked at. */
export interface IssuedToken {
  /** What it is remembered by when it is revoked: its `jti`, or the SHA-256 of what was signed. */
  readonly id: string
  /** The client it was issued to. */
  readonly client_id: string
  readonly aud: string
  /** Seconds since the epoch. */
  readonly exp: number
  readonly claims: JsonObject
}

/** What verifies a token: the published key a `kid` names, and of HS256 the secret of the API. `undefined` for no such key. */
export type VerificationKeyOf = (
  alg: SigningAlgorithm,
  kid: string | undefined,
  audience: string,
) => KeyObject | undefined

/** Whether a token is encrypted, so that its API alone can open it. @see RFC 7516 §4.1.2, §7.1 */
export function isEncrypted(token: string): boolean {
  return token.split('.').length === 5 && typeof readUnverified(token)?.header.enc === 'string'
}

/**
 * Reads an access token back; `undefined` for everything that is none of `issuer`'s, is signed with no key that is still published, or has
 * expired at `nowMs`. Rejects only for a defect.
 */
export async function readIssuedToken(
  token: string,
  { issuer, keyOf, nowMs }: { readonly issuer: string; readonly keyOf: VerificationKeyOf; readonly nowMs: number },
): Promise<IssuedToken | undefined> {
  const key = keyNamedBy(token, keyOf)
  if (key === undefined) return undefined
  const claims = await verifiedClaims(token, key)
  if (claims === undefined) return undefined
  const { iss, aud, exp, client_id, azp } = claims
  const owner = client_id ?? azp
  if (iss !== issuer || typeof aud !== 'string' || typeof exp !== 'number' || typeof owner !== 'string')
    return undefined
  if (exp * 1_000 <= nowMs) return undefined
  return { id: idOf(token, claims), client_id: owner, aud, exp, claims }
}

/** Read before anything is verified: it only chooses the key, and each algorithm finds keys of its own kind alone. */
function keyNamedBy(
  token: string,
  keyOf: VerificationKeyOf,
): { readonly alg: SigningAlgorithm; readonly key: KeyObject } | undefined {
  const unverified = readUnverified(token)
  const alg = signingAlgorithms.find((one) => one === unverified?.header.alg)
  const aud = unverified?.claims?.aud
  if (unverified === undefined || alg === undefined || typeof aud !== 'string') return undefined
  const key = keyOf(alg, unverified.header.kid, aud)
  return key === undefined ? undefined : { alg, key }
}

/** The claims are absent where the payload shows none. */
function readUnverified(
  token: string,
): { readonly header: ProtectedHeaderParameters; readonly claims?: JWTPayload } | undefined {
  try {
    const header = decodeProtectedHeader(token)
    return header.enc === undefined ? { header, claims: decodeJwt(token) } : { header }
  } catch (error) {
    // jose throws a TypeError for a header that it cannot read, and an error of its own for the rest: no token either way.
    if (error instanceof TypeError || error instanceof errors.JOSEError) return undefined
    throw error
  }
}

async function verifiedClaims(
  token: string,
  { alg, key }: { readonly alg: SigningAlgorithm; readonly key: KeyObject },
): Promise<JsonObject | undefined> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [alg] })
    const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return isJsonObject(claims) ? claims : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

/**
 * Not the SHA-256 of the whole token: its signature can be written in more than one way that verifies, and a revoked token must not come back
 * in another spelling. What was signed has one.
 */
function idOf(token: string, claims: JsonObject): string {
  if (typeof claims.jti === 'string' && claims.jti !== '') return `jti:${claims.jti}`
  return `sha256:${createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('base64url')}`
}
