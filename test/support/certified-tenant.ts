import { onTestFinished } from 'vitest'
import type { GivenCredential } from '../../src/domain/index.ts'
import {
  newAuthority,
  newCertificate,
  postOverTls,
  type TestCertificate,
  type TlsAnswer,
  type TlsFolder,
  tlsFolder,
} from './certificates.ts'
import { openServer, type TestServer } from './server.ts'
import { aClient, aGrant, anApi, audience } from './tenant.ts'

const day = 86_400_000
/** The subject of {@link signed}. */
export const subject = [
  ['C', 'US'],
  ['O', 'Example'],
  ['CN', 'billing'],
] as const

/** The server's own. */
export const own = await newCertificate([['CN', 'localhost']])
/** The authority that the tests trust. */
export const authority = await newAuthority('Clients of the example')
/** One of the same name that they do not. */
export const otherAuthority = await newAuthority('Clients of the example')
/** By the trusted authority. */
export const signed = await newCertificate(subject, { issuer: authority })
/** By itself, as two of the clients have it. */
export const selfSigned = await newCertificate([['CN', 'reports']])
/** Of a certificate that is over. */
export const expired = { notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - day) }
/** One of the client `thumbprint` that is over. */
export const selfSignedOnceValid = await newCertificate([['CN', 'archive']], expired)

const bySubject = (name: string, credentials: readonly GivenCredential[]) =>
  aClient({
    name,
    client_id: name,
    client_secret: 'secret',
    client_authentication_methods: { tls_client_auth: { credentials } },
  })
const byThumbprint = (name: string, credentials: readonly GivenCredential[]) =>
  aClient({
    name,
    client_id: name,
    client_secret: 'secret',
    client_authentication_methods: { self_signed_tls_client_auth: { credentials } },
  })
const dn = (subject_dn: string, changes: Partial<GivenCredential> = {}): GivenCredential => ({
  credential_type: 'cert_subject_dn',
  subject_dn,
  ...changes,
})
const pem = ({ cert }: TestCertificate, changes: Partial<GivenCredential> = {}): GivenCredential => ({
  credential_type: 'x509_cert',
  pem: cert,
  ...changes,
})
const clients = [
  aClient({ name: 'secret', client_id: 'secret', client_secret: 'secret' }),
  bySubject('subject', [dn('CN=billing,O=Example,C=US')]),
  bySubject('subject-forward', [dn('C = US, O = Example, CN = billing')]),
  bySubject('subject-of-two', [dn('CN=other,O=Example,C=US'), dn('CN=billing,O=Example,C=US')]),
  bySubject('subject-from-pem', [{ credential_type: 'cert_subject_dn', pem: signed.cert }]),
  bySubject('subject-expired', [dn('CN=billing,O=Example,C=US', { expires_at: '2020-01-01T00:00:00Z' })]),
  byThumbprint('thumbprint', [pem(selfSigned), pem(selfSignedOnceValid)]),
  byThumbprint('thumbprint-of-signed', [pem(signed)]),
  byThumbprint('thumbprint-expired', [pem(selfSigned, { expires_at: '2020-01-01T00:00:00Z' })]),
]
/** An API whose tokens are bound to a certificate where there is one. */
export const bindingApi = 'urn:binding'
/** Clients that prove themselves with a certificate, each named after how it does, and `secret`, which does not. */
export const given = {
  clients,
  apis: [anApi(), anApi({ identifier: bindingApi, proof_of_possession: { mechanism: 'mtls', required: false } })],
  grants: clients.flatMap(({ name }) => [aGrant({ client: name }), aGrant({ client: name, audience: bindingApi })]),
} as const

/** A server with TLS and these clients, gone when the test is. */
export async function serveTls(
  clientAuthority?: TestCertificate,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly server: TestServer; readonly folder: TlsFolder }> {
  const folder = await tlsFolder(own, clientAuthority)
  onTestFinished(() => folder.remove())
  const server = await openServer(given, { ...folder.settings, ...environment })
  onTestFinished(() => server.close())
  return { server, folder }
}

/** Asks for a token on a TLS connection of its own. */
export function askOverTls(
  server: TestServer,
  parameters: Readonly<Record<string, string>>,
  certificate?: TestCertificate,
): Promise<TlsAnswer> {
  return postOverTls(
    '/oauth/token',
    { grant_type: 'client_credentials', audience, ...parameters },
    { port: server.tlsPort ?? 0, ca: own.cert, ...(certificate !== undefined && { certificate }) },
  )
}

/** What a client is told whose certificate does not prove it. */
export const rejected = { error: 'invalid_client', error_description: 'Client authentication failed' }
