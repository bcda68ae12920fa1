import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { type Client, isJsonObject, type Json, type TenantSnapshot } from '../domain/index.ts'
import { plainAddress } from '../http/index.ts'
import { usesBasic } from './basic-authorization.ts'
import type { PresentedCertificate, ReadPresentedCertificate } from './client-certificate.ts'

/** What is known of a token request's sender before its body is read: what actions and the log see of it. */
export interface RequestOrigin {
  readonly request_id: string
  /** The custom domain it came in by, as a host with its port; absent for the server's own, and for any host that is nobody's. */
  readonly domain?: string
  /** Milliseconds since the epoch. */
  readonly received_at: number
  /** The socket's other end. */
  readonly ip: string
  /** The address in `auth0-forwarded-for`: a claim, to be believed of trusted clients alone. */
  readonly forwarded_for?: string
  readonly method: string
  readonly user_agent?: string
  /** The first tag of `Accept-Language`. */
  readonly language?: string
  /** What Auth0's SDKs say of themselves in `Auth0-Client`. */
  readonly auth0_client?: Json
  /** Whether the client tried HTTP Basic, and is to be told so when it failed. */
  readonly uses_basic: boolean
  /** What is known of the sender's certificate, by its connection or by a trusted proxy. */
  readonly certificate?: PresentedCertificate
}

/** Characters of an `Auth0-Client` header that is still read. */
const auth0ClientLength = 1_024

/** Reads the origin off a request's socket and headers; a header that makes no sense is as good as absent. */
export function readOrigin(
  request: FastifyRequest,
  received_at: number,
  domains: TenantSnapshot['domains'],
  presentedCertificate?: ReadPresentedCertificate,
): RequestOrigin {
  const { headers } = request
  const forwarded = headers['auth0-forwarded-for']
  const language = languageOf(headers['accept-language'])
  const auth0Client = auth0ClientOf(headers['auth0-client'])
  const certificate = presentedCertificate?.(request)
  const domain = customDomainOf(headers.host, domains)
  return {
    request_id: request.id,
    ...(domain !== undefined && { domain }),
    received_at,
    ip: plainAddress(request.socket.remoteAddress ?? ''),
    ...(typeof forwarded === 'string' && isIP(forwarded.trim()) !== 0 && { forwarded_for: forwarded.trim() }),
    method: request.method,
    ...(headers['user-agent'] !== undefined && { user_agent: headers['user-agent'] }),
    ...(language !== undefined && { language }),
    ...(auth0Client !== undefined && { auth0_client: auth0Client }),
    uses_basic: usesBasic(headers.authorization),
    ...(certificate !== undefined && { certificate }),
  }
}

/**
 * The custom domain that a `Host` header names, as the configuration writes it; `undefined` for every other host, the server's own among them:
 * what a client calls the server decides nothing unless the tenant knows it.
 *
 * @see RFC 9110 §4.2.3: hosts are compared without case
 */
export function customDomainOf(host: string | undefined, domains: TenantSnapshot['domains']): string | undefined {
  // A tenant without custom domains looks nothing up.
  if (domains.size < 2 || host === undefined) return undefined
  if (domains.get(host) !== undefined) return host
  const folded = host.toLowerCase().replace(/:443$/, '')
  return domains.get(folded) === undefined ? undefined : folded
}

/**
 * The address that an authenticated client's request counts as coming from.
 *
 * @see Auth0 Docs, Management API "Get a client": `is_token_endpoint_ip_header_trusted`
 */
export function addressOf(origin: RequestOrigin, client: Client): string {
  return client.is_token_endpoint_ip_header_trusted === true ? (origin.forwarded_for ?? origin.ip) : origin.ip
}

function languageOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:[,;]|$)/.exec(header)?.[1]
}

function auth0ClientOf(header: string | string[] | undefined): Json | undefined {
  if (typeof header !== 'string' || header.length > auth0ClientLength) return undefined
  const text = Buffer.from(header, 'base64').toString('utf8')
  // With no escapes there is no NUL and no lone surrogate, which not every log store can hold; with few levels, nothing to overflow.
  if (text.includes('\\') || text.includes('__proto__') || text.split(/[[{]/).length > 8) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
