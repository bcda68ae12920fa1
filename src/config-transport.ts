import { addressRanges, choice, headerText, integer, issuerHost, onOff, path, several } from './config-kinds.ts'
import { optional, secret, setting } from './config-setting.ts'
import { guesses } from './domain/index.ts'

/** How requests reach the server, and how a client's key reaches it with them: TLS, certificates, proofs of possession. */
export const transportSettings = {
  plainHttp: setting(
    'PLAIN_HTTP',
    onOff,
    true,
    'Whether the server listens on PORT, without TLS. `serve` may do without where it has a TLS_CERT_FILE.',
  ),
  tlsPort: setting(
    'TLS_PORT',
    integer({ min: 0, max: 65_535 }),
    4_443,
    'Port the server listens on with TLS: in `dev`, whose issuer names it, and where there is a TLS_CERT_FILE; 0 takes any free one.',
  ),
  tlsCertFile: optional(
    'TLS_CERT_FILE',
    path,
    'in `dev` one that it makes; no TLS otherwise',
    "File of the server's certificate and of those above it, PEM. Read again when it changes.",
  ),
  tlsKeyFile: optional(
    'TLS_KEY_FILE',
    path,
    'no TLS',
    'File of the private key to TLS_CERT_FILE, PEM. Read again when it changes.',
  ),
  tlsClientCaFile: optional(
    'TLS_CLIENT_CA_FILE',
    path,
    'no authority',
    'File of the authorities that certificates of clients may lead to, PEM. Read again when it changes. A certificate by its thumbprint needs none.',
  ),
  mtlsDomain: optional(
    'MTLS_DOMAIN',
    issuerHost,
    'DOMAIN',
    'Host that clients with a certificate are to use, where that is another one: the metadata names it in `mtls_endpoint_aliases`.',
  ),
  mtlsTokenType: setting(
    'MTLS_TOKEN_TYPE',
    choice('Bearer', 'DPoP'),
    guesses.mtlsTokenType,
    '`token_type` of a token that is bound to a certificate: `Bearer` as in RFC 8705, `DPoP` as a page of Auth0 shows.',
  ),
  trustedProxies: optional(
    'TRUSTED_PROXIES',
    addressRanges,
    'nobody',
    'Proxies that end TLS before this server, whose CLIENT_CERT_HEADER is believed. They must take that header out of what clients send.',
  ),
  clientCertHeader: setting(
    'CLIENT_CERT_HEADER',
    choice('off', 'nginx', 'envoy', 'rfc9440', 'auth0'),
    'off',
    "How TRUSTED_PROXIES forward a client's certificate: `nginx` in `ssl-client-cert` and `ssl-client-verify`, `envoy` in `x-forwarded-client-cert`, `rfc9440` in `client-cert`, `auth0` in `client-certificate` and `client-certificate-ca-verified`.",
  ),
  clientCertApiKey: secret(
    'CLIENT_CERT_API_KEY',
    headerText,
    'no key',
    'What TRUSTED_PROXIES also have to send as `cname-api-key` for their CLIENT_CERT_HEADER to be believed.',
  ),
  clientCertProxyVerifies: setting(
    'CLIENT_CERT_PROXY_VERIFIES',
    onOff,
    false,
    'Whether TRUSTED_PROXIES refuse every certificate that leads to no authority of yours. The headers of `envoy` and `rfc9440` do not say so; without it no `tls_client_auth` by them.',
  ),
  dpopAlgorithms: setting(
    'DPOP_ALGORITHMS',
    several('ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'),
    ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
    'Algorithms that a DPoP proof may be signed with.',
  ),
  dpopNonce: setting(
    'DPOP_NONCE',
    onOff,
    false,
    'Whether a DPoP proof must carry a nonce from this server, which costs a client one more request every few minutes.',
  ),
} as const

/** What contradicts itself in these settings, a line each. */
export function transportContradictions(config: {
  readonly plainHttp: boolean
  readonly tlsCertFile: string | undefined
  readonly tlsKeyFile: string | undefined
  readonly tlsClientCaFile: string | undefined
  readonly trustedProxies: unknown
  readonly clientCertHeader: string
  readonly clientCertApiKey: string | undefined
  readonly clientCertProxyVerifies: boolean
}): readonly string[] {
  const faults: string[] = []
  if ((config.tlsCertFile === undefined) !== (config.tlsKeyFile === undefined))
    faults.push('TLS_CERT_FILE and TLS_KEY_FILE belong together; give both or none')
  if (config.tlsCertFile === undefined && config.tlsClientCaFile !== undefined)
    faults.push(
      'TLS_CLIENT_CA_FILE is given without TLS_CERT_FILE: no client could show a certificate; give both or none',
    )
  if (config.tlsCertFile === undefined && !config.plainHttp)
    faults.push('PLAIN_HTTP is off and there is no TLS_CERT_FILE: the server would listen nowhere; give one of them')
  if (config.clientCertHeader !== 'off' && config.trustedProxies === undefined)
    faults.push('CLIENT_CERT_HEADER is given without TRUSTED_PROXIES: nobody would be believed; give both or none')
  if (config.clientCertHeader === 'off' && (config.clientCertApiKey !== undefined || config.clientCertProxyVerifies))
    faults.push(
      'CLIENT_CERT_API_KEY and CLIENT_CERT_PROXY_VERIFIES say nothing without CLIENT_CERT_HEADER; give it or neither',
    )
  return faults
}
