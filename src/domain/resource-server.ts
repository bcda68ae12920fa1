import { limits } from './limits.ts'
import { type ProofOfPossession, unenforceableOfProofOfPossession } from './proof-of-possession.ts'
import type { Scope } from './scope.ts'

/** One scope an API defines. */
export interface ResourceServerScope {
  readonly value: Scope
  readonly description?: string
}

/** The claim layouts an API may ask for. @see Auth0 Docs, "Access Token Profiles" */
export const tokenDialects = ['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz'] as const
export type TokenDialect = (typeof tokenDialects)[number]

/**
 * What an API may have its tokens signed with: the four of Auth0's schema, and two of ours.
 *
 * @see RFC 7518 §3.1; RFC 8037 §3.1 for EdDSA, which is Ed25519 here
 */
export const signingAlgorithms = ['RS256', 'RS512', 'PS256', 'HS256', 'ES256', 'EdDSA'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** How the key of an encrypted token is wrapped. @see RFC 7518 §4.3; RSA-OAEP-384 and -512 are in IANA's registry */
export const encryptionAlgorithms = ['RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'] as const
export type EncryptionAlgorithm = (typeof encryptionAlgorithms)[number]

/** The one format an API may have its tokens encrypted in: a signed token inside of a JWE. */
export const encryptionFormat = 'compact-nested-jwe'

/** Whom an API's tokens are encrypted for. @see Auth0 Docs, "Configure JSON Web Encryption (JWE)" */
export interface TokenEncryption {
  readonly format: typeof encryptionFormat
  readonly encryption_key: {
    readonly name?: string
    readonly alg: EncryptionAlgorithm
    /** An RSA public key or a certificate over one. */
    readonly pem: string
    readonly kid?: string
  }
}

/** Whether an API's tokens are given for each kind of subject. The server acts on that of clients. */
export interface SubjectTypeAuthorization {
  readonly client?: { readonly policy?: 'deny_all' | 'require_client_grant' }
  readonly user?: { readonly policy?: 'allow_all' | 'deny_all' | 'require_client_grant' }
  readonly anonymous_user?: { readonly policy?: 'deny_all' | 'require_client_grant' }
}

/** An API as the Management API spells it; `identifier` is its audience. Keys the server does not act on are kept beside these. */
export interface ResourceServer {
  readonly id: string
  readonly identifier: string
  readonly name?: string
  readonly scopes?: readonly ResourceServerScope[]
  /** RS256 unless named. The secret of HS256 is not here: it is sealed apart. */
  readonly signing_alg?: SigningAlgorithm
  /** Seconds, 0 to 2,592,000. */
  readonly token_lifetime?: number
  readonly token_dialect?: TokenDialect
  readonly token_encryption?: TokenEncryption | null
  readonly proof_of_possession?: ProofOfPossession | null
  readonly subject_type_authorization?: SubjectTypeAuthorization
  readonly is_system?: boolean
  /** Ours: whether a request that names scopes gets those alone. Absent, the server's setting holds. */
  readonly scope_narrowing?: boolean
}

/**
 * What a new API has unless it says otherwise.
 *
 * @see Auth0 Docs, Management API "Create a resource server"
 */
export const resourceServerDefaults = {
  allow_offline_access: false,
  skip_consent_for_verifiable_first_party_clients: false,
  token_lifetime: limits.tokenLifetimeSeconds,
  token_lifetime_for_web: 7_200,
  signing_alg: 'RS256',
} as const

const newSubjectTypeAuthorization: SubjectTypeAuthorization = {
  client: { policy: 'require_client_grant' },
  user: { policy: 'allow_all' },
}

/** The policies of an API, a new one's unless it has some, with those that are given in their place: subject by subject. */
export function withPolicies(
  given: SubjectTypeAuthorization | undefined,
  before: SubjectTypeAuthorization = newSubjectTypeAuthorization,
): SubjectTypeAuthorization {
  const { client, user, anonymous_user } = given ?? {}
  return {
    ...before,
    ...given,
    ...(client !== undefined && { client: { ...before.client, ...client } }),
    ...(user !== undefined && { user: { ...before.user, ...user } }),
    ...(anonymous_user !== undefined && { anonymous_user: { ...before.anonymous_user, ...anonymous_user } }),
  }
}

/** Whether tokens of a dialect carry a `jti` and are called `at+jwt`. @see RFC 9068 §2.1, §2.2 */
export function isRfc9068(dialect: TokenDialect | undefined): boolean {
  return dialect === 'rfc9068_profile' || dialect === 'rfc9068_profile_authz'
}

/** Whether tokens of a dialect carry `permissions`. */
export function hasPermissions(dialect: TokenDialect | undefined): boolean {
  return dialect === 'access_token_authz' || dialect === 'rfc9068_profile_authz'
}

/**
 * What of an API's configuration this server cannot hold to: one sentence each; empty when all is enforced. What a type already excludes is
 * looked at too: a record may have been written by another version.
 */
export function unenforceableOfResourceServer(api: ResourceServer): readonly string[] {
  const faults: string[] = []
  const { signing_alg, token_dialect, token_encryption } = api
  if (signing_alg !== undefined && !signingAlgorithms.includes(signing_alg))
    faults.push(
      `signing_alg "${signing_alg}" is not available in this version; use one of ${signingAlgorithms.join(', ')}`,
    )
  if (token_dialect !== undefined && !tokenDialects.includes(token_dialect))
    faults.push(
      `token_dialect "${token_dialect}" is not available in this version; use one of ${tokenDialects.join(', ')}`,
    )
  if (token_encryption != null && token_encryption.format !== encryptionFormat)
    faults.push(`token_encryption is available in this version as "${encryptionFormat}" alone`)
  if (api.proof_of_possession != null) faults.push(...unenforceableOfProofOfPossession(api.proof_of_possession))
  return faults
}
