import type { FastifyInstance } from 'fastify'
import type { CertificateFormats } from '../keys/index.ts'

/** Where the key set is published. */
export const jwksPath = '/.well-known/jwks.json'

const answerHeaders = {
  'content-type': 'application/json; charset=utf-8',
  // A key is published as "next" long before it signs, so five minutes hide nothing that a verifier needs.
  'cache-control': 'public, max-age=300',
} as const

/** What is published of the signing keys, as it stands. */
export interface PublishedKeys {
  /** RFC 7517 §5. */
  readonly jwks: () => unknown
  /** Of the RSA key that signs. */
  readonly certificate: () => CertificateFormats
}

/** The certificate's other forms, by their paths. @see Auth0 Docs, "View Signing Certificates" */
const certificateForms: Readonly<Record<string, readonly [string, (formats: CertificateFormats) => string | Buffer]>> =
  {
    '/pem': ['application/x-pem-file', ({ pem }) => pem],
    '/cer': ['application/pkix-cert', ({ der }) => Buffer.from(der)],
    '/rawpem': ['text/plain', ({ raw }) => raw],
    '/pb7': ['application/x-pkcs7-certificates', ({ pkcs7 }) => pkcs7],
    '/fingerprint': ['text/plain', ({ fingerprint }) => fingerprint],
  }

/** Serves the key set, the signing certificate, and the metadata, the same document under both names that clients look for. */
export function registerDiscovery(
  routes: FastifyInstance,
  metadataFor: (host: string | undefined) => unknown,
  { jwks, certificate }: PublishedKeys,
): void {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    routes.get(`/.well-known/${name}`, (request, reply) =>
      reply.headers(answerHeaders).send(JSON.stringify(metadataFor(request.headers.host))),
    )
  }
  routes.get(jwksPath, (_request, reply) => reply.headers(answerHeaders).send(JSON.stringify(jwks())))
  for (const [path, [type, form]] of Object.entries(certificateForms)) {
    routes.get(path, (_request, reply) =>
      reply.headers({ ...answerHeaders, 'content-type': type }).send(form(certificate())),
    )
  }
}
