import { isUtf8 } from 'node:buffer'
import { TokenRefusal } from './refusals.ts'

/** Client credentials out of an `Authorization` header. */
interface BasicAuthorization {
  readonly client_id: string
  /** What the client secret may be: percent-decoded, and as it stands where that differs. Empty when the header carries none. */
  readonly client_secrets: readonly string[]
}

/** Whether a request tried to authenticate by HTTP Basic, well-formed or not. */
export function usesBasic(authorization: string | undefined): boolean {
  return authorization !== undefined && /^basic(?: |$)/i.test(authorization)
}

/**
 * The credentials of an `Authorization: Basic` header; `undefined` for any other scheme or none. Refuses a header that is not base64 of
 * `id:secret` in UTF-8.
 *
 * Both forms in use are understood: percent-encoded, as the RFC asks, and plain, as curl and most SDKs send.
 */
export function parseBasicAuthorization(authorization: string | undefined): BasicAuthorization | undefined {
  if (authorization === undefined || !usesBasic(authorization)) return undefined
  const encoded = authorization.slice('basic'.length).trim()
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw malformed('it is not base64')
  const bytes = Buffer.from(encoded, 'base64')
  if (!isUtf8(bytes)) throw malformed('it is not UTF-8')
  const pair = bytes.toString('utf8')
  // RFC 7617 §2: a user-id cannot contain a colon, a password can.
  const colon = pair.indexOf(':')
  if (colon === -1) throw malformed('it has no colon')
  const id = pair.slice(0, colon)
  const secret = pair.slice(colon + 1)
  const decodedSecret = decodeFormText(secret)
  return {
    client_id: decodeFormText(id) ?? id,
    client_secrets: [...new Set([decodedSecret ?? secret, secret])].filter((text) => text !== ''),
  }
}

/** RFC 6749 §2.3.1: id and secret are encoded as a form is; `undefined` where a text is no such encoding. */
function decodeFormText(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function malformed(fault: string): TokenRefusal {
  return new TokenRefusal('unauthenticated', {}, `the Authorization header is malformed: ${fault}`)
}
