import { openClientSecret } from '../deployment/index.ts'
import { type Client, guesses } from '../domain/index.ts'
import type { CertificateFormats } from '../keys/index.ts'
import { type FieldQuery, fieldFilter, namedFields } from './fields.ts'
import type { ManagementPorts } from './ports.ts'
import { ManagementRefusal } from './refusals.ts'

/** What of a client may be told. */
export interface ClientReading {
  /** All but keys and authentication methods; without it, only the short form. */
  readonly isWhole: boolean
  /** Its client secret, signing keys and encryption key. */
  readonly hasKeys: boolean
  readonly hasMethods: boolean
}

/** For whoever made the client, or gave it its secret. */
export const wholeClient: ClientReading = { isWhole: true, hasKeys: true, hasMethods: true }

/**
 * What the scopes of a token let it read of clients.
 *
 * @see Auth0 Docs, Management API "Get clients"
 */
export function readingBy(scopes: ReadonlySet<string>): ClientReading {
  const hasKeys = scopes.has('read:client_keys')
  return {
    isWhole: hasKeys || scopes.has('read:clients'),
    hasKeys,
    hasMethods: scopes.has('read:client_credentials'),
  }
}

/** What a token may see of the client that it has just changed: what it may read, and what it may set. */
export function readingAfterUpdateBy(scopes: ReadonlySet<string>): ClientReading {
  return {
    isWhole: true,
    hasKeys: guesses.clientKeysAfterUpdate.some((scope) => scopes.has(scope)),
    hasMethods: scopes.has('read:client_credentials') || scopes.has('update:client_credentials'),
  }
}

const shortFields: ReadonlySet<string> = new Set(guesses.clientSummary)
const keyFields: ReadonlySet<string> = new Set(['client_secret', 'signing_keys', 'encryption_key'])

function isReadable(field: string, { isWhole, hasKeys, hasMethods }: ClientReading): boolean {
  if (shortFields.has(field)) return true
  if (keyFields.has(field)) return hasKeys
  return field === 'client_authentication_methods' ? hasMethods : isWhole
}

/** Throws for a query that asks for fields by name which the token may not read. */
export function demandReadable(query: FieldQuery, reading: ClientReading): void {
  if (query.include_fields === false) return
  const fields = [...namedFields(query)].filter((field) => !isReadable(field, reading))
  if (fields.length > 0) throw new ManagementRefusal('fields-unreadable', { fields })
}

/** What the global client has that its record does not say. */
const globalMembers = {
  callbacks: [],
  is_first_party: true,
  sso_disabled: false,
  cross_origin_authentication: false,
  custom_login_page_on: true,
}

/** The subject that Auth0 names of a client's certificate, whichever it is. */
const certificateSubject = 'deprecated'

/**
 * A function that makes of a client's record what a call is answered: what it may read of what it asked for. A client that proves itself by a
 * key shows neither a client secret nor how it would send one. The private part of a signing key is never shown, not even at creation.
 */
export function clientViewer(
  { store, sealer, tenant, certificate }: Pick<ManagementPorts, 'store' | 'sealer' | 'tenant' | 'certificate'>,
  reading: ClientReading,
  query: FieldQuery = {},
): (client: Client & { readonly revision?: number }) => Promise<object> {
  const filter = fieldFilter(query)
  const signing_keys = reading.hasKeys ? signingKeysOf(certificate()) : undefined
  return async ({ revision: _revision, ...client }) => {
    const isGlobal = client.global === true
    const usesKey = client.client_authentication_methods != null
    const secret = reading.hasKeys && !usesKey ? await store.clientSecrets.get(client.client_id) : undefined
    const whole = {
      ...(isGlobal && globalMembers),
      ...client,
      ...(isGlobal && { grant_types: undefined }),
      ...(usesKey && { token_endpoint_auth_method: undefined }),
      tenant,
      global: isGlobal,
      cross_origin_auth: Reflect.get(client, 'cross_origin_authentication') === true,
      callback_url_template: false,
      signing_keys,
      ...(secret !== undefined && { client_secret: openClientSecret(secret, sealer) }),
    }
    const told = Object.entries(whole).filter(([field, value]) => value != null && isReadable(field, reading))
    return filter(Object.fromEntries(told))
  }
}

function signingKeysOf({ pem, pkcs7 }: CertificateFormats): readonly object[] {
  return [{ cert: pem, pkcs7, subject: certificateSubject }]
}
