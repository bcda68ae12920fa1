import {
  type Client,
  type ClientGrant,
  grantKey,
  type KnownClient,
  type ResourceServer,
  type TenantSettings,
  type TenantSnapshot,
} from '../../../src/domain/index.ts'
import type { ClientAuthentication } from '../../../src/oauth/client-authentication.ts'
import { openIssuerKeys } from '../../../src/oauth/issuer-keys.ts'
import { type RefusalReason, TokenRefusal } from '../../../src/oauth/refusals.ts'
import type { RequestOrigin } from '../../../src/oauth/request-origin.ts'
import { parseTokenRequest, type TokenRequest } from '../../../src/oauth/token-request.ts'
import { openMemoryEphemeral } from '../../../src/storage/memory/ephemeral.ts'

export const audience = 'https://api.example.com/'
export const settings = {
  domain: 'auth.example.com',
  scopeNarrowing: false,
  errorDetail: false,
  recordsEvents: false,
  skipsActions: (_client: Client) => false,
  environmentName: 'test',
  errorProfile: 'auth0' as const,
}

export const client: Client = { client_id: 'client1', name: 'First', grant_types: ['client_credentials'] }
export const api: ResourceServer = {
  id: 'rs1',
  identifier: audience,
  scopes: [{ value: 'read:a' }, { value: 'write:a' }, { value: 'read:b' }],
}
export const grant: ClientGrant = { id: 'cgr_1', client_id: 'client1', audience, scope: ['write:a', 'read:a', 'gone'] }

export const origin: RequestOrigin = {
  request_id: '0123456789abcdef0123',
  received_at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  ip: '192.0.2.1',
  method: 'POST',
  uses_basic: false,
}

interface Given {
  readonly client?: Partial<Client>
  readonly api?: Partial<ResourceServer>
  readonly grant?: Partial<ClientGrant> | null
  readonly settings?: TenantSettings
}

/** A tenant with one client (its secret is "secret1"), one API and, unless `null`, one client grant. */
export function snapshotOf(given: Given = {}): TenantSnapshot {
  const known: KnownClient = { client: { ...client, ...given.client }, secret_digests: [Buffer.from('secret1')] }
  const clientGrant = given.grant === null ? undefined : { ...grant, ...given.grant }
  return {
    revision: 1,
    tenant: { id: 'tenant1' },
    settings: given.settings ?? {},
    clients: new Map([['client1', known]]),
    resourceServers: new Map([[audience, { ...api, ...given.api }]]),
    clientGrants: new Map(clientGrant === undefined ? [] : [[grantKey('client1', audience), clientGrant]]),
    organizations: new Map(),
    organizationsByName: new Map(),
    organizationGrants: new Set(),
    domains: new Map([['auth.example.com', undefined]]),
    bound: [],
  }
}

/** Digests are the secrets themselves here: how they are made is the keys' room's. */
export function findSecret(presented: string, digests: readonly Uint8Array[]): number {
  return digests.findIndex((digest) => Buffer.from(presented).equals(digest))
}

/** Client authentication at a fixed moment, over a store of its own. */
export function authentication(changes: Partial<ClientAuthentication> = {}): ClientAuthentication {
  const clock = changes.clock ?? (() => origin.received_at)
  return {
    findClientSecret: findSecret,
    ephemeral: openMemoryEphemeral(clock),
    issuerKeys: openIssuerKeys({ clock, allowsLoopbackHttp: false }),
    clock,
    assertionAudience: 'lenient',
    ...changes,
  }
}

/** A token request by form, with what the row adds. */
export function form(parameters: Readonly<Record<string, string>>, authorization?: string): TokenRequest {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString()
  return parseTokenRequest({
    body: Buffer.from(body),
    content_type: 'application/x-www-form-urlencoded',
    authorization,
  })
}

/** A token request by JSON: a value, or a text as it stands. */
export function json(body: unknown): TokenRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return parseTokenRequest({ body: Buffer.from(text), content_type: 'application/json', authorization: undefined })
}

/** The refusal that `run` ends with; fails when it ends otherwise. */
export function refusalOf(run: () => unknown): {
  reason: RefusalReason
  status: number
  error: string
  message: string
} {
  try {
    run()
  } catch (error) {
    if (!(error instanceof TokenRefusal)) throw error
    return { reason: error.reason, status: error.status, error: error.error, message: error.message }
  }
  throw new Error('nothing was refused')
}
