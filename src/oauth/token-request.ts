import { guesses, type Json, type JsonObject, limits, parseScopes, type Scope } from '../domain/index.ts'
import { parseBasicAuthorization } from './basic-authorization.ts'
import { parseBodyParameters } from './body-parameters.ts'
import { TokenRefusal } from './refusals.ts'

/** The bytes of a token request: its body, and the two headers that say what it is and whose. */
export interface TokenRequestBytes {
  readonly body: Buffer
  readonly content_type: string | undefined
  readonly authorization: string | undefined
}

/** What a client presents to prove who it is, at any endpoint that asks. Never leaves client authentication. */
export interface PresentedCredentials {
  readonly client_id?: string
  /** What the client secret may be, by header or body; empty when none was sent. */
  readonly client_secrets: readonly string[]
  /** A JWT that the client proves itself by instead. */
  readonly client_assertion?: string
  readonly client_assertion_type?: string
}

/** What a token request asks, for the one grant type there is. No later phase looks at the bytes again. */
export interface TokenRequest extends PresentedCredentials {
  readonly audience?: string
  /** As sent, a text or not, one or several: whether it counts, the tenant's settings say. */
  readonly resource?: Json
  readonly organization?: string
  /** Distinct, in order; empty when none were named. */
  readonly requested_scopes: readonly Scope[]
  readonly correlation_id?: string
  /** Every parameter of the body but those that carry credentials: what an action sees as `event.request.body`. */
  readonly body: JsonObject
}

const withheldNames: ReadonlySet<string> = new Set(guesses.withheldBodyNames)
const correlationIdPattern = new RegExp(`^[-\\w.*~@+/:]{1,${limits.correlationIdLength}}$`)

/**
 * Reads a token request out of its bytes, or refuses it: whatever the bytes are, the answer is a 4xx.
 *
 * @see Auth0 Docs, "Client Credentials Flow: Get Token"
 */
export function parseTokenRequest(bytes: TokenRequestBytes): TokenRequest {
  const parameters = parseBodyParameters(bytes.body, bytes.content_type)
  const grantType = textOf(parameters, 'grant_type')
  if (grantType === undefined) throw new TokenRefusal('grant-type-missing', {})
  if (grantType !== 'client_credentials') {
    throw new TokenRefusal('grant-type-unsupported', { grant_type: grantType.slice(0, limits.identifierLength) })
  }
  const audience = textOf(parameters, 'audience')
  const organization = textOf(parameters, 'organization')
  const correlationId = correlationIdOf(parameters)
  const resource = ownValue(parameters, 'resource')
  const requestedScopes = scopesOf(parameters)
  return Object.freeze({
    ...presentedCredentials(parameters, bytes.authorization),
    ...(audience !== undefined && { audience }),
    ...(resource !== undefined && { resource }),
    ...(organization !== undefined && { organization }),
    requested_scopes: requestedScopes,
    ...(correlationId !== undefined && { correlation_id: correlationId }),
    body: withoutCredentials(parameters),
  })
}

/** What a request presents of its client, in its header and among its parameters. Refuses two credentials that differ. */
export function presentedCredentials(parameters: JsonObject, authorization: string | undefined): PresentedCredentials {
  const client_assertion = textOf(parameters, 'client_assertion')
  const client_assertion_type = textOf(parameters, 'client_assertion_type')
  const { client_id, client_secrets } = credentialsOf(parameters, authorization)
  return {
    ...(client_id !== undefined && { client_id }),
    client_secrets,
    ...(client_assertion !== undefined && { client_assertion }),
    ...(client_assertion_type !== undefined && { client_assertion_type }),
  }
}

/** Credentials may come twice as long as they agree. RFC 6749 §2.3 forbids two methods; clients that send both mean one. */
function credentialsOf(
  parameters: JsonObject,
  authorization: string | undefined,
): { readonly client_id: string | undefined; readonly client_secrets: readonly string[] } {
  const client_id = textOf(parameters, 'client_id')
  const secret = textOf(parameters, 'client_secret')
  const inBody = secret === undefined ? [] : [secret]
  const basic = parseBasicAuthorization(authorization)
  if (basic === undefined) return { client_id, client_secrets: inBody }
  if (client_id !== undefined && client_id !== basic.client_id) throw new TokenRefusal('credentials-differ', {})
  if (basic.client_secrets.length === 0) return { client_id: basic.client_id, client_secrets: inBody }
  if (secret !== undefined && !basic.client_secrets.includes(secret)) throw new TokenRefusal('credentials-differ', {})
  return basic
}

/** A parameter that OAuth defines as a text. RFC 6749 §3.2: sent without a value, it counts as omitted. */
export function textOf(parameters: JsonObject, name: string): string | undefined {
  const value = ownValue(parameters, name)
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw new TokenRefusal('parameter-not-text', { parameter: name })
  return value
}

function scopesOf(parameters: JsonObject): readonly Scope[] {
  const value = ownValue(parameters, 'scope')
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return parseScopes(value)
  if (Array.isArray(value) && value.every((scope) => typeof scope === 'string')) return parseScopes(value.join(' '))
  throw new TokenRefusal('scope-not-text', {})
}

/** A correlation id that is not one is as good as none: it changes nothing that is granted. */
function correlationIdOf(parameters: JsonObject): string | undefined {
  const value = ownValue(parameters, guesses.correlationIdParameter)
  return typeof value === 'string' && correlationIdPattern.test(value) ? value : undefined
}

function withoutCredentials(parameters: JsonObject): JsonObject {
  const kept: Record<string, Json> = {}
  for (const name of Object.keys(parameters)) {
    const value = parameters[name]
    if (value !== undefined && !withheldNames.has(name)) kept[name] = value
  }
  return kept
}

function ownValue(parameters: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined
}
