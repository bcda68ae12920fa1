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

/**
 * What a token turned out to be: one of ours, or why it is none that holds. `malformed` is no signed JWT, `unverified` verifies by no key
 * that is still published, `foreign` was not made for what its claims say, `expired` was one of ours.
 */
export type ExaminedToken =
  | { readonly kind: 'issued'; readonly token: IssuedToken }
  | { readonly kind: 'malformed' | 'unverified' | 'foreign' | 'expired' }

/** What verifies a token: the published key a `kid` names, and of HS256 the secret of the API. `undefined` for no such key. */
export type VerificationKeyOf = (
  alg: SigningAlgorithm,
  kid: string | undefined,
  audience: string,
) => KeyObject | undefined

/** What tokens are examined by. */
export interface TokenExamination {
  /** Whether the server issues under that name. */
  readonly isIssuer: (issuer: string) => boolean
  readonly keyOf: VerificationKeyOf
  readonly nowMs: number
}

/** Whether a token is encrypted, so that its API alone can open it. @see RFC 7516 §4.1.2, §7.1 */
export function isEncrypted(token: string): boolean {
  return token.split('.').length === 5 && typeof readUnverified(token)?.header.enc === 'string'
}

/** Reads an access token back, or tells what keeps it from being one that holds. Rejects only for a defect. */
export async function examineToken(
  token: string,
  { isIssuer, keyOf, nowMs }: TokenExamination,
): Promise<ExaminedToken> {
  const unverified = readUnverified(token)
  const alg = signingAlgorithms.find((one) => one === unverified?.header.alg)
  const named = unverified?.claims?.aud
  if (unverified === undefined || typeof named !== 'string') return { kind: 'malformed' }
  // Read before anything is verified: it only chooses the key, and each algorithm finds keys of its own kind alone.
  const key = alg === undefined ? undefined : keyOf(alg, unverified.header.kid, named)
  const claims = alg === undefined || key === undefined ? undefined : await verifiedClaims(token, alg, key)
  if (claims === undefined) return { kind: 'unverified' }
  const { iss, aud, exp, client_id, azp } = claims
  const owner = client_id ?? azp
  if (typeof iss !== 'string' || !isIssuer(iss)) return { kind: 'foreign' }
  if (typeof aud !== 'string' || typeof exp !== 'number' || typeof owner !== 'string') return { kind: 'foreign' }
  if (exp * 1_000 <= nowMs) return { kind: 'expired' }
  return { kind: 'issued', token: { id: idOf(token, claims), client_id: owner, aud, exp, claims } }
}

/** Reads an access token back; `undefined` for everything that is none of ours, or has expired. Rejects only for a defect. */
export async function readIssuedToken(token: string, by: TokenExamination): Promise<IssuedToken | undefined> {
  const examined = await examineToken(token, by)
  return examined.kind === 'issued' ? examined.token : undefined
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

async function verifiedClaims(token: string, alg: SigningAlgorithm, key: KeyObject): Promise<JsonObject | undefined> {
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
