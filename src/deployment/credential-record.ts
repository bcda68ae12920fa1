import {
  type CertificateCredential,
  type ClientCredential,
  faultsOfGivenCredential,
  type GivenCredential,
  type KeyMethod,
  type PublicKeyCredential,
  parseDistinguishedName,
  type SubjectCredential,
} from '../domain/index.ts'
import { type ClientKey, certificateThumbprint, clientKeyFault, clientKeyId, readClientKey } from '../keys/index.ts'

/** Under which method a credential of a type proves anything. */
export const methodOf = {
  public_key: 'private_key_jwt',
  cert_subject_dn: 'tls_client_auth',
  x509_cert: 'self_signed_tls_client_auth',
} as const satisfies Record<ClientCredential['credential_type'], KeyMethod>

/** Why a credential cannot stand, in one sentence that begins with the member it is about; `undefined` when it can. */
export function credentialFault(given: GivenCredential): string | undefined {
  const [fault] = faultsOfGivenCredential(given, methodOf[given.credential_type])
  if (fault !== undefined) return fault
  const { pem, subject_dn, credential_type, alg = 'RS256', parse_expiry_from_cert } = given
  if (subject_dn !== undefined && parseDistinguishedName(subject_dn) === undefined)
    return 'subject_dn must be a distinguished name such as "CN=billing,O=Example"'
  if (pem === undefined) return undefined
  const key = readClientKey(pem)
  if ('fault' in key) return `pem ${key.fault}`
  if (key.certificate === undefined && (credential_type !== 'public_key' || parse_expiry_from_cert === true))
    return 'pem must be a certificate'
  const keyFault = credential_type === 'public_key' ? clientKeyFault(key, alg) : undefined
  return keyFault === undefined ? undefined : `pem ${keyFault}`
}

/**
 * The record of a credential that stands. Throws a plain error for one that does not: {@link credentialFault} is asked first.
 */
export async function credentialRecord(
  given: GivenCredential,
  facts: Pick<ClientCredential, 'id' | 'client_id' | 'created_at' | 'updated_at'>,
): Promise<ClientCredential> {
  const fault = credentialFault(given)
  if (fault !== undefined) throw new Error(`the credential "${facts.id}" cannot be stored: ${fault}`)
  const { credential_type, pem = '', subject_dn, alg = 'RS256', kid } = given
  const key = subject_dn === undefined ? readClientKey(pem) : undefined
  if (key !== undefined && 'fault' in key) throw new Error(`the credential "${facts.id}" has no key`)
  const expires_at = given.parse_expiry_from_cert === true ? endOf(key) : given.expires_at
  const common = {
    ...facts,
    ...(given.name !== undefined && { name: given.name }),
    ...(expires_at !== undefined && { expires_at }),
  }
  if (credential_type === 'public_key' && key !== undefined) {
    return { ...common, credential_type, pem, kid: kid ?? (await clientKeyId(key)), alg } satisfies PublicKeyCredential
  }
  const certificate = key?.certificate
  if (credential_type === 'x509_cert' && certificate !== undefined) {
    const thumbprint_sha256 = certificateThumbprint(certificate)
    return { ...common, credential_type, pem, thumbprint_sha256 } satisfies CertificateCredential
  }
  const subject = subject_dn ?? certificate?.subject
  if (subject === undefined) throw new Error(`the credential "${facts.id}" names no subject`)
  return { ...common, credential_type: 'cert_subject_dn', subject_dn: subject } satisfies SubjectCredential
}

function endOf(key: ClientKey | undefined): string | undefined {
  const end = key?.certificate?.validTo
  return end === undefined ? undefined : new Date(end).toISOString()
}
