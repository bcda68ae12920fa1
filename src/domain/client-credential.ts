import { limits } from './limits.ts'

/** What a private_key_jwt credential may verify with: Auth0's three, and two of ours. @see RFC 7518 §3.1; RFC 8037 §3.1 */
export const credentialAlgorithms = ['RS256', 'RS384', 'PS256', 'ES256', 'EdDSA'] as const
export type CredentialAlgorithm = (typeof credentialAlgorithms)[number]

/** The ways a client may prove itself with a key or a certificate, and the type of credential that each takes. */
export const credentialTypeOf = {
  private_key_jwt: 'public_key',
  tls_client_auth: 'cert_subject_dn',
  self_signed_tls_client_auth: 'x509_cert',
} as const
export type KeyMethod = keyof typeof credentialTypeOf
export type ClientCredentialType = (typeof credentialTypeOf)[KeyMethod]

interface CredentialFacts {
  /** `cred_` and 22 characters. */
  readonly id: string
  readonly client_id: string
  readonly name?: string
  readonly created_at: string
  readonly updated_at: string
  /** RFC 3339. From then on it proves nothing. */
  readonly expires_at?: string
}

/** A public key that verifies a client's assertions. `pem` is never answered, though it is no secret. */
export interface PublicKeyCredential extends CredentialFacts {
  readonly credential_type: 'public_key'
  readonly pem: string
  readonly kid: string
  readonly alg: CredentialAlgorithm
}

/** The subject that a certificate of a trusted authority must have. @see RFC 8705 §2.1.2 */
export interface SubjectCredential extends CredentialFacts {
  readonly credential_type: 'cert_subject_dn'
  readonly subject_dn: string
}

/** One certificate, by its SHA-256 (base64url of the DER). @see RFC 8705 §2.2 */
export interface CertificateCredential extends CredentialFacts {
  readonly credential_type: 'x509_cert'
  readonly pem: string
  readonly thumbprint_sha256: string
}

/** One credential of a client, as it is stored. @see Auth0 Docs, Management API "Create a client credential" */
export type ClientCredential = PublicKeyCredential | SubjectCredential | CertificateCredential

/** A credential as an administrator gives it, in a folder or by the Management API. */
export interface GivenCredential {
  readonly credential_type: ClientCredentialType
  readonly name?: string
  readonly pem?: string
  readonly subject_dn?: string
  /** RS256 unless given. */
  readonly alg?: CredentialAlgorithm
  /** The key's RFC 7638 thumbprint unless given. */
  readonly kid?: string
  readonly expires_at?: string
  /** Takes `expires_at` from the certificate. */
  readonly parse_expiry_from_cert?: boolean
}

/** Whether a credential still proves anything. A time that cannot be read is over. */
export function isLive(credential: { readonly expires_at?: string }, nowMs: number): boolean {
  return credential.expires_at === undefined || nowMs < Date.parse(credential.expires_at)
}

/** What of a given credential cannot stand, one sentence each that begins with the member it is about. Whether its PEM is a key is not told here. */
export function faultsOfGivenCredential(given: GivenCredential, method: KeyMethod): readonly string[] {
  const { credential_type: type, name, pem, subject_dn, alg, kid, expires_at, parse_expiry_from_cert } = given
  const faults: string[] = []
  const wanted = credentialTypeOf[method]
  if (type !== wanted) faults.push(`credential_type must be "${wanted}" under ${method}`)
  if (name !== undefined && name.length > limits.credentialNameLength)
    faults.push(`name has ${name.length} characters; the limit is ${limits.credentialNameLength}`)
  if (subject_dn !== undefined && subject_dn.length > limits.credentialSubjectLength)
    faults.push(`subject_dn has ${subject_dn.length} characters; the limit is ${limits.credentialSubjectLength}`)
  if (alg !== undefined && !credentialAlgorithms.includes(alg))
    faults.push(`alg must be one of ${credentialAlgorithms.join(', ')}`)
  if (kid !== undefined && !kidPattern.test(kid))
    faults.push('kid must have 10 to 64 letters, digits, hyphens and underscores')
  if (expires_at !== undefined && !isTimestamp(expires_at))
    faults.push('expires_at must be a time with its zone, such as "2027-01-31T12:00:00Z"')
  if (type === 'cert_subject_dn') {
    if ((pem === undefined) === (subject_dn === undefined)) faults.push('subject_dn or pem must be given, and not both')
  } else {
    if (pem === undefined) faults.push(`pem must be given: a credential by its id alone is another server's`)
    if (subject_dn !== undefined) faults.push(`subject_dn is not for a credential of type "${type}"`)
  }
  if (type !== 'public_key' && alg !== undefined) faults.push(`alg is not for a credential of type "${type}"`)
  if (type !== 'public_key' && kid !== undefined) faults.push(`kid is not for a credential of type "${type}"`)
  if (expires_at !== undefined && parse_expiry_from_cert === true)
    faults.push('expires_at or parse_expiry_from_cert may be given, not both')
  if (parse_expiry_from_cert === true && pem === undefined)
    faults.push('parse_expiry_from_cert needs a certificate as pem')
  return faults
}

/** Key ids that an administrator may choose. @see Auth0 Docs, Management API "Create a client credential" */
const kidPattern = /^[0-9a-zA-Z_-]{10,64}$/

/** Whether a text is a time as RFC 3339 writes it, with its zone, and one that exists. */
function isTimestamp(text: string): boolean {
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
  return shape.test(text) && !Number.isNaN(Date.parse(text))
}
