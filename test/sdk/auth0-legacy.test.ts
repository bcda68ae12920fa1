import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ManagedServer, startManagedServe } from '../support/managed-server.ts'
import { handler } from '../support/tenant.ts'
import { type SdkProgram, startSdk, type Values } from './auth0-node/program.ts'

/** As this SDK answers: the body within `data`. */
interface Answered<T = Values> {
  readonly status: number
  readonly data: T
}

let server: ManagedServer
let sdk: SdkProgram
beforeAll(async () => {
  server = await startManagedServe()
  sdk = startSdk('auth0/legacy', server)
})
afterAll(() => sdk.close())

async function call<T = Values>(name: string, ...args: readonly unknown[]): Promise<T> {
  const { data } = await sdk.call<Answered<T>>(name, ...args)
  return data
}

const audience = 'https://legacy.example.com/'
let parameters: Readonly<Record<'client_id' | 'client_secret' | 'audience', string>>

describe('npm auth0/legacy against a server of its own', () => {
  test('makes an API, a client and its grant, and a token follows', async () => {
    const api = { name: 'Legacy', identifier: audience, scopes: [{ value: 'read:things' }] }
    const { id } = await call('resourceServers.create', api)
    expect(await call('resourceServers.get', { id: audience })).toMatchObject({ id, identifier: audience })
    await call('resourceServers.update', { id }, { token_lifetime: 600 })
    const client = await call('clients.create', { name: 'Legacy', grant_types: ['client_credentials'] })
    const client_id = String(client.client_id)
    await call('clients.update', { client_id }, { description: 'changed' })
    const { client_secret } = await call('clients.rotateClientSecret', { client_id })
    const grant = await call('clientGrants.create', { client_id, audience, scope: [] })
    await call('clientGrants.update', { id: grant.id }, { scope: ['read:things'] })
    expect(await call('clientGrants.getAll', { client_id, include_totals: true })).toMatchObject({
      total: 1,
      client_grants: [{ client_id, audience }],
    })
    parameters = { client_id, client_secret: String(client_secret), audience }
    const { status, body } = await server.token(parameters)
    expect({ status, body }).toMatchObject({ status: 200, body: { scope: 'read:things', expires_in: 600 } })
  })

  test('deploys and binds an action that shapes the next token', async () => {
    const { id } = await call('actions.create', {
      name: 'Legacy',
      code: handler("api.accessToken.setCustomClaim('https://example.com/legacy', true)"),
      supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
    })
    await call('actions.deploy', { id })
    expect(await call('actions.getVersions', { actionId: id })).toMatchObject({ versions: [{ number: 1 }] })
    const binding = { ref: { type: 'action_name', value: 'Legacy' }, display_name: 'Legacy' }
    await call('actions.updateTriggerBindings', { triggerId: 'credentials-exchange' }, { bindings: [binding] })
    const { body } = await server.token(parameters)
    const [, payload = ''] = String(body.access_token).split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      'https://example.com/legacy': true,
    })
  })

  test('reads lists as arrays, with totals, and by checkpoint', async () => {
    const clients = await call<readonly Values[]>('clients.getAll')
    expect(clients.map(({ name }) => name)).toEqual(expect.arrayContaining(['All Applications', 'Legacy']))
    const paged = await call<{ clients: readonly Values[] }>('clients.getAll', {
      include_totals: true,
      page: 1,
      per_page: 1,
    })
    expect(paged).toEqual({ start: 1, limit: 1, total: clients.length, clients: [clients[1]] })
    await call('organizations.create', { name: 'first' })
    await call('organizations.create', { name: 'second' })
    const first = await call('organizations.getAll', { take: 1 })
    expect(first).toMatchObject({ organizations: [{ name: 'first' }], next: expect.any(String) })
    const { organizations, next } = await call('organizations.getAll', { take: 1, from: first.next })
    expect({ organizations, next }).toMatchObject({ organizations: [{ name: 'second' }], next: undefined })
  })

  test('reads the log by a query, and from an entry on', async () => {
    const entries = await call<readonly Values[]>('logs.getAll', {
      q: `client_id:"${parameters.client_id}" AND type:seccft`,
    })
    expect(entries.map(({ type }) => type)).toEqual(['seccft', 'seccft'])
    const from = entries.at(-1)?.log_id
    const later = await call<readonly Values[]>('logs.getAll', { from, take: 100 })
    expect(later.map(({ log_id }) => log_id)).toContain(entries[0]?.log_id)
    expect(later.map(({ log_id }) => log_id)).not.toContain(from)
  })

  test('reads settings, signing keys, streams, domains and figures', async () => {
    await call('tenants.updateSettings', { friendly_name: 'Legacy' })
    expect(await call('tenants.getSettings')).toMatchObject({ friendly_name: 'Legacy' })
    expect(await call('keys.getAll')).toContainEqual(expect.objectContaining({ current: true }))
    expect(await call('logStreams.getAll')).toEqual([])
    expect(await call('customDomains.getAll')).toEqual([])
    expect((await call<readonly Values[]>('stats.getDaily')).length).toBeGreaterThan(0)
  })

  test('throws what it always threw', async () => {
    await expect(sdk.call('clients.get', { client_id: 'nobody' })).rejects.toMatchObject({
      thrown: { name: 'ManagementApiError', statusCode: 404, errorCode: 'inexistent_client', error: 'Not Found' },
    })
    await expect(sdk.call('users.getAll')).rejects.toMatchObject({
      thrown: { statusCode: 403, errorCode: 'insufficient_scope' },
    })
  })

  test('takes everything away again, and no token is left to be had', async () => {
    const { client_id } = parameters
    await call('clients.delete', { client_id })
    await call('resourceServers.delete', { id: audience })
    expect((await server.token(parameters)).status).toBe(401)
    expect(await call('clientGrants.getAll', { audience })).toEqual([])
  })
})
