import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { generate } from 'selfsigned'

/** A certificate with its private key, PEM. */
export interface TestCertificate {
  readonly key: string
  readonly cert: string
  /** SHA-256 of the DER in base64url, computed here and not by the server. RFC 8705 §3.1 */
  readonly thumbprint: string
}

/** Attributes of a subject by their short names, in the certificate's order. */
export type TestSubject = readonly (readonly [name: string, value: string])[]

/** What a test changes of a certificate. */
export interface CertificateChanges {
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly isAuthority?: boolean
  readonly issuer?: TestCertificate
  /** What the key is for, as the certificate says; both roles unless given. */
  readonly usage?: 'client' | 'server'
}

/** A certificate for a subject: by its issuer, or by itself. */
export async function newCertificate(subject: TestSubject, changes: CertificateChanges = {}): Promise<TestCertificate> {
  const { notBefore, notAfter, isAuthority = false, issuer, usage } = changes
  const made = await generate(
    subject.map(([shortName, value]) => ({ shortName, value })),
    {
      keyType: 'ec',
      algorithm: 'sha256',
      ...(notBefore !== undefined && { notBeforeDate: notBefore }),
      ...(notAfter !== undefined && { notAfterDate: notAfter }),
      ...(issuer !== undefined && { ca: { key: issuer.key, cert: issuer.cert } }),
      extensions: [
        { name: 'basicConstraints', cA: isAuthority, critical: true },
        {
          name: 'keyUsage',
          digitalSignature: true,
          keyCertSign: isAuthority,
          cRLSign: isAuthority,
          critical: true,
        },
        ...(isAuthority
          ? []
          : [{ name: 'extKeyUsage', clientAuth: usage !== 'server', serverAuth: usage !== 'client' } as const]),
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ],
    },
  )
  const der = new X509Certificate(made.cert).raw
  const digest = await crypto.subtle.digest('SHA-256', der)
  return { key: made.private, cert: made.cert, thumbprint: Buffer.from(digest).toString('base64url') }
}

/** An authority that tests trust or do not. */
export function newAuthority(name: string): Promise<TestCertificate> {
  return newCertificate([['CN', name]], { isAuthority: true })
}

/** A server's certificate on disk, and the settings that lead to it. */
export interface TlsFolder {
  readonly path: string
  readonly settings: Readonly<Record<string, string>>
  /** Puts another certificate, and another authority of clients, in the place of those that are there. */
  replace(server: TestCertificate, clientAuthority?: TestCertificate): Promise<void>
  remove(): Promise<void>
}

/** Writes a server's certificate, and the authority of its clients if there is one, into a folder of their own. The caller removes it. */
export async function tlsFolder(server: TestCertificate, clientAuthority?: TestCertificate): Promise<TlsFolder> {
  const path = await mkdtemp(join(tmpdir(), 'symbolon-tls-'))
  const file = (name: string) => join(path, name)
  const replace: TlsFolder['replace'] = async (next, nextAuthority) => {
    await writeFile(file('server.crt'), next.cert)
    await writeFile(file('server.key'), next.key)
    if (nextAuthority !== undefined) await writeFile(file('clients.crt'), nextAuthority.cert)
  }
  await replace(server, clientAuthority)
  return {
    path,
    settings: {
      TLS_PORT: '0',
      TLS_CERT_FILE: file('server.crt'),
      TLS_KEY_FILE: file('server.key'),
      ...(clientAuthority !== undefined && { TLS_CLIENT_CA_FILE: file('clients.crt') }),
    },
    replace,
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

/** An answer over a TLS connection of its own. */
export interface TlsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Readonly<Record<string, unknown>>
}

/** Who asks over TLS, and whom it trusts. */
export interface TlsClient {
  readonly port: number
  /** Whoever signed the server's certificate. */
  readonly ca: string
  readonly certificate?: Pick<TestCertificate, 'key' | 'cert'>
  readonly headers?: Readonly<Record<string, string>>
}

/** Posts a form over a TLS connection that nobody used before and nobody will again. */
export async function postOverTls(
  path: string,
  parameters: Readonly<Record<string, string>>,
  { port, ca, certificate, headers = {} }: TlsClient,
): Promise<TlsAnswer> {
  const sent = request({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path,
    method: 'POST',
    ca,
    agent: false,
    ...(certificate !== undefined && { key: certificate.key, cert: certificate.cert }),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
  sent.end(new URLSearchParams(parameters).toString())
  const [response] = await once(sent, 'response')
  const body: Readonly<Record<string, unknown>> = JSON.parse(await text(response))
  return { status: response.statusCode, headers: response.headers, body }
}
