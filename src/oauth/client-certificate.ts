import type { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import {
  type CertificateCredential,
  type ClientCredential,
  isLive,
  isSameName,
  parseDistinguishedName,
  type SubjectCredential,
} from '../domain/index.ts'
import { TokenRefusal } from './refusals.ts'

/** A client's certificate, with the proof that the client holds its key: TLS gave that, here or at a proxy. */
export interface ClientCertificate {
  /** SHA-256 of the certificate (DER) in base64url. @see RFC 8705 §3.1 */
  readonly thumbprint_sha256: string
  /** One relative name a line, as Node prints it; empty where the certificate names nobody. */
  readonly subject: string
  /** Milliseconds since the epoch, both included. */
  readonly valid_from: number
  readonly valid_to: number
  /** Whether it leads to an authority that the operator chose for clients. */
  readonly is_verified: boolean
}

/** What a connection, or the proxy in front of it, says of the client's certificate. */
export interface PresentedCertificate {
  readonly certificate?: ClientCertificate
  /** Why a certificate that a trusted proxy forwarded is none, in half a sentence. */
  readonly fault?: string
  /** Why a header with a certificate was not looked at, for the log. */
  readonly ignored?: string
}

/** A request as far as certificates go. */
export interface CertifiedRequest {
  readonly headers: IncomingHttpHeaders
  readonly socket: Socket
}

/** The certificate that a request's sender is known by, if any. */
export type ReadPresentedCertificate = (request: CertifiedRequest) => PresentedCertificate | undefined

/** The facts of a certificate that are this server's to look at. */
export function readCertificate(x509: X509Certificate, is_verified: boolean): ClientCertificate {
  return Object.freeze({
    thumbprint_sha256: Buffer.from(x509.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    subject: x509.subject ?? '',
    valid_from: Date.parse(x509.validFrom),
    valid_to: Date.parse(x509.validTo),
    is_verified,
  })
}

/** Whether a moment is within a certificate's validity; a date that cannot be read is out of bounds. */
export function isValidAt({ valid_from, valid_to }: ClientCertificate, nowMs: number): boolean {
  return nowMs >= valid_from && nowMs <= valid_to
}

/**
 * Refuses a client unless the certificate of its connection is one of its credentials': the subject of a certificate that leads to a trusted
 * authority (`cert_subject_dn`), or one certificate by its thumbprint, whoever signed it (`x509_cert`). An expired credential proves nothing,
 * and neither does a certificate outside of its validity. `credentials` are those of the one method that the client is configured with.
 *
 * @see RFC 8705 §2.1, §2.2; Auth0 Docs, "Authenticate with mTLS"
 */
export function authenticateByCertificate(
  presented: PresentedCertificate | undefined,
  credentials: readonly ClientCredential[],
  nowMs: number,
): void {
  const certificate = presented?.certificate
  if (certificate === undefined) {
    const why = presented?.fault ?? presented?.ignored
    throw rejected(`no client certificate was presented${why === undefined ? '' : `: ${why}`}`)
  }
  if (!isValidAt(certificate, nowMs)) throw rejected('the client certificate is not valid now')
  const live = credentials.filter((credential) => isLive(credential, nowMs))
  const subjects = live.filter((credential) => credential.credential_type === 'cert_subject_dn')
  const certificates = live.filter((credential) => credential.credential_type === 'x509_cert')
  if (certificates.some((credential) => isThumbprintOf(certificate, credential))) return
  if (subjects.length === 0) throw rejected('the client certificate is none of its live credentials')
  if (!certificate.is_verified) throw rejected('the client certificate leads to no trusted authority')
  if (!subjects.some((credential) => isSubjectOf(certificate, credential)))
    throw rejected('the subject of the client certificate is none of its live credentials')
}

function isThumbprintOf(certificate: ClientCertificate, credential: CertificateCredential): boolean {
  return credential.thumbprint_sha256 === certificate.thumbprint_sha256
}

function isSubjectOf(certificate: ClientCertificate, credential: SubjectCredential): boolean {
  const subject = parseDistinguishedName(certificate.subject)
  const wanted = parseDistinguishedName(credential.subject_dn)
  return subject !== undefined && wanted !== undefined && isSameName(subject, wanted)
}

function rejected(detail: string): TokenRefusal {
  return new TokenRefusal('certificate-rejected', {}, detail)
}
