import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { type BlockList, isIPv6 } from 'node:net'
import { limits } from '../domain/index.ts'
import { type PeerCertificate, peerCertificateOf, plainAddress } from '../http/index.ts'
import {
  type CertifiedRequest,
  type ClientCertificate,
  type PresentedCertificate,
  type ReadPresentedCertificate,
  readCertificate,
} from './client-certificate.ts'

/** How a proxy that ends TLS tells of the client's certificate. */
export type CertificateHeaderForm = 'nginx' | 'envoy' | 'rfc9440' | 'auth0'

/** Which proxies are believed, and what they send. */
export interface ForwardedCertificates {
  readonly form: CertificateHeaderForm
  /** Whose headers are looked at. */
  readonly proxies: BlockList
  /** What a proxy also has to send in `cname-api-key`, as Auth0's does; without it the address is enough. */
  readonly apiKey?: string
  /** Whether the proxy refuses every certificate that leads to no authority of the operator's: believed where the form has no header that says so. */
  readonly proxyVerifies: boolean
}

/** Where the certificates of clients come from: this server's own TLS, and proxies. */
export interface CertificateSources {
  readonly ownTls: boolean
  readonly forwarded?: ForwardedCertificates
}

interface Form {
  readonly header: string
  /** The header that says whether the proxy verified the certificate: `SUCCESS` when it did. */
  readonly verdict?: string
  /** Characters of the header's value. */
  readonly maxLength?: number
  /** The certificate in a value, PEM or DER; throws with half a sentence when there is not exactly one. */
  decode(value: string): string | Buffer
}

const forms: Readonly<Record<CertificateHeaderForm, Form>> = {
  // ingress-nginx; `$ssl_client_escaped_cert` and `$ssl_client_verify` in nginx itself.
  nginx: { header: 'ssl-client-cert', verdict: 'ssl-client-verify', decode: decodeEscapedPem },
  // Auth0 Docs, "Authenticate with mTLS"
  auth0: {
    header: 'client-certificate',
    verdict: 'client-certificate-ca-verified',
    maxLength: limits.clientCertificateHeaderLength,
    decode: decodeEscapedPem,
  },
  // Envoy, "x-forwarded-client-cert"
  envoy: { header: 'x-forwarded-client-cert', decode: decodeEnvoy },
  // RFC 9440 §2.2
  rfc9440: { header: 'client-cert', decode: decodeByteSequence },
}

/** Certificates kept read: the same clients come again and again, and to read one costs more than the rest of the request's headers. */
const keptCertificates = 256

/**
 * Reads the certificate of a request's sender: from a trusted proxy the one it forwards and never its own, from anybody else the one of the
 * connection. A header from an address that is no trusted proxy's has no effect but the sentence that the log gets.
 */
export function certificateReader({ ownTls, forwarded }: CertificateSources): ReadPresentedCertificate {
  const ofConnection = ownTls ? connectionCertificate : () => undefined
  if (forwarded === undefined) return ofConnection
  const form = forms[forwarded.form]
  const kept = new Map<string, ClientCertificate>()
  return (request) => {
    const value = textOf(request.headers[form.header])
    const distrust = whyDistrusted(request, forwarded)
    if (distrust !== undefined) {
      const own = ofConnection(request)
      return value === undefined ? own : { ...own, ignored: `the header ${form.header} was ignored: ${distrust}` }
    }
    if (value === undefined) return undefined
    const verdict = form.verdict === undefined ? undefined : textOf(request.headers[form.verdict])
    const isVerified = form.verdict === undefined ? forwarded.proxyVerifies : verdict === 'SUCCESS'
    try {
      return { certificate: { ...certificateIn(value, form, kept), is_verified: isVerified } }
    } catch (error) {
      // No certificate comes out of this, and where one would have been used, the request is refused.
      return { fault: `the header ${form.header} ${error instanceof Error ? error.message : String(error)}` }
    }
  }
}

const read = new WeakMap<PeerCertificate, PresentedCertificate>()

function connectionCertificate({ socket }: CertifiedRequest): PresentedCertificate | undefined {
  const peer = peerCertificateOf(socket)
  if (peer === undefined) return undefined
  const known = read.get(peer)
  if (known !== undefined) return known
  const presented = Object.freeze({ certificate: readCertificate(peer.x509, peer.isVerified) })
  read.set(peer, presented)
  return presented
}

function whyDistrusted(
  { socket, headers }: CertifiedRequest,
  { proxies, apiKey }: ForwardedCertificates,
): string | undefined {
  const address = plainAddress(socket.remoteAddress ?? '')
  if (address === '' || !proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'))
    return `${address} is not in TRUSTED_PROXIES`
  if (apiKey === undefined || isSameText(textOf(headers['cname-api-key']) ?? '', apiKey)) return undefined
  return 'cname-api-key is not CLIENT_CERT_API_KEY'
}

function isSameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

function certificateIn(value: string, form: Form, kept: Map<string, ClientCertificate>): ClientCertificate {
  const known = kept.get(value)
  if (known !== undefined) return known
  if (value.length > (form.maxLength ?? Number.POSITIVE_INFINITY))
    throw new Error(`is longer than ${form.maxLength} characters`)
  const encoded = form.decode(value)
  let x509: X509Certificate
  try {
    x509 = new X509Certificate(encoded)
  } catch {
    throw new Error('holds no X.509 certificate')
  }
  const certificate = readCertificate(x509, false)
  if (kept.size >= keptCertificates) kept.clear()
  kept.set(value, certificate)
  return certificate
}

function decodeEscapedPem(value: string): string {
  let pem: string
  try {
    pem = decodeURIComponent(value)
  } catch {
    throw new Error('is not URL-encoded')
  }
  // The leaf alone: of a chain, the first would count, and proxies do not agree on which that is.
  if (!/^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/.test(pem))
    throw new Error('does not hold exactly one certificate as URL-encoded PEM')
  return pem
}

function decodeByteSequence(value: string): Buffer {
  const [, text = ''] = /^\s*:([A-Za-z0-9+/]+={0,2}):\s*$/.exec(value) ?? []
  if (text === '') throw new Error('is not one byte sequence of RFC 9440')
  return Buffer.from(text, 'base64')
}

/** One element, of one hop: with more, which of them ended the client's TLS is for a configuration to say that is not here. */
function decodeEnvoy(value: string): string {
  const pairs = /^(?:[A-Za-z]+=(?:"(?:[^"\\]|\\.)*"|[^",;]*)(?:;(?!$)|$))+$/.test(value)
    ? Array.from(value.matchAll(/([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))/g))
    : []
  const certificates = pairs.filter(([, name = '']) => name.toLowerCase() === 'cert')
  const [first] = certificates
  if (first === undefined || certificates.length > 1) throw new Error('is not one element of one hop with one Cert')
  return decodeEscapedPem(first[2] ?? first[3] ?? '')
}

/** Sent without a value, a header counts as absent: so proxies send it for a client without a certificate. */
function textOf(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : header?.join(', ')
  return text === undefined || text.trim() === '' ? undefined : text
}
