import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { managementScopes } from '../../../src/domain/index.ts'
import { newKey } from '../../support/assertions.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, anApi, billing, tenant } from '../../support/tenant.ts'

const place = { file: 'test' }

/** A server over a folder that outlives it. */
async function onFolder(
  of: (open: (environment?: Readonly<Record<string, string>>) => Promise<TestServer>) => Promise<void>,
) {
  const root = await mkdtemp(join(tmpdir(), 'symbolon-kept-'))
  await of((environment = {}) => openServer({}, { DATA_DIR: join(root, 'data'), ...environment }))
  await rm(root, { recursive: true, force: true })
}

const tokenOf = (server: TestServer) => {
  const { client_id, client_secret, audience } = server.managementClient
  return server.token({ client_id, client_secret, audience })
}

describe("the server's own records", () => {
  test('are there from the start: the API by its name, the global client, and who manages it all', async () => {
    const server = await openServer()
    const apis = JSON.parse((await server.manage('GET', '/resource-servers')).text)
    expect(apis.find(({ is_system }: { is_system?: boolean }) => is_system)).toMatchObject({
      name: 'Auth0 Management API',
      identifier: 'https://auth.example.com/api/v2/',
    })
    const globals = JSON.parse((await server.manage('GET', '/clients?is_global=true')).text)
    expect(globals).toMatchObject([{ name: 'All Applications', global: true }])
    const { claims } = await tokenOf(server)
    expect(String(claims.scope).split(' ').toSorted()).toEqual([...managementScopes].toSorted())
    await server.close()
  })

  test('are the same after a restart, and a scope that was taken away is there again', () =>
    onFolder(async (open) => {
      const first = await open()
      const { managementClient } = first
      const grants = JSON.parse(
        (await first.manage('GET', `/client-grants?client_id=${managementClient.client_id}`)).text,
      )
      await first.manage('PATCH', `/client-grants/${grants[0].id}`, { scope: ['read:clients'] })
      expect((await tokenOf(first)).claims.scope).toBe('read:clients')
      await first.close()
      const second = await open()
      expect(second.managementClient).toEqual(managementClient)
      expect(String((await tokenOf(second)).claims.scope).split(' ')).toHaveLength(managementScopes.length)
      const again = JSON.parse(
        (await second.manage('GET', `/client-grants?client_id=${managementClient.client_id}`)).text,
      )
      expect(again.map(({ id }: { id: string }) => id)).toEqual([grants[0].id])
      await second.close()
    }))

  test('let whoever locked themselves out in again, with the next start', () =>
    onFolder(async (open) => {
      const lockings: readonly object[] = [
        { grant_types: [] },
        { token_endpoint_auth_method: 'none', grant_types: [] },
        { require_proof_of_possession: true },
        { token_lifetime: 0 },
        { is_first_party: false, jwt_configuration: { lifetime_in_seconds: 1 } },
        { token_endpoint_auth_method: null, client_authentication_methods: { private_key_jwt: { credentials: [] } } },
      ]
      for (const locking of lockings) {
        const server = await open()
        const path = `/clients/${server.managementClient.client_id}`
        const { status, text } = await server.manage('PATCH', path, { ...locking, description: 'kept' })
        expect({ locking, status, text }).toMatchObject({ status: 200 })
        const { body } = await tokenOf(server)
        const authorization = `Bearer ${body.access_token}`
        const locked = await server.manage('GET', path, undefined, { authorization })
        expect({ locking, status: locked.status }).not.toMatchObject({ status: 200 })
        await server.close()
        const again = await open()
        const { status: reading, body: client } = await again.manage('GET', path)
        expect({ locking, reading, description: client.description }).toMatchObject({
          reading: 200,
          description: 'kept',
        })
        await again.close()
      }
    }))

  test('take their grant back from an organization that it was bound to', () =>
    onFolder(async (open) => {
      const first = await open()
      const { client_id } = first.managementClient
      const [grant] = JSON.parse((await first.manage('GET', `/client-grants?client_id=${client_id}`)).text)
      await first.manage('PATCH', `/client-grants/${grant.id}`, { organization_usage: 'require' })
      expect((await tokenOf(first)).status).toBe(400)
      await first.close()
      const second = await open()
      expect((await tokenOf(second)).status).toBe(200)
      await second.close()
    }))

  test('follow the domain: grants of the API hold under its new audience, the old one is nobody’s', () =>
    onFolder(async (open) => {
      const first = await open()
      const { audience } = first.managementClient
      await first.manage('POST', '/client-grants', { client_id: billing.client_id, audience, scope: ['read:logs'] })
      await first.close()
      const second = await open({ DOMAIN: 'login.example.net' })
      expect(second.managementClient.audience).toBe('https://login.example.net/api/v2/')
      expect((await tokenOf(second)).claims).toMatchObject({
        iss: 'https://login.example.net/',
        aud: 'https://login.example.net/api/v2/',
      })
      expect((await second.token({ audience })).status).toBe(403)
      await second.close()
    }))

  test('stay when a tenant folder is written over the store, credentials and all', async () => {
    const server = await openServer()
    const before = await tokenOf(server)
    const credentials = `/clients/${server.managementClient.client_id}/credentials`
    const pem = newKey('RS256').pem
    const made = await server.manage('POST', credentials, { credential_type: 'public_key', name: 'key', pem })
    expect(made.status).toBe(201)
    await server.serve({
      clients: [aClient({ name: 'Another', client_id: 'AnotherClientId00000000000000001' })],
      grants: [],
    })
    expect((await tokenOf(server)).status).toBe(200)
    const headers = { authorization: `Bearer ${before.body.access_token}` }
    expect((await server.manage('GET', '/clients?is_global=true', undefined, headers)).text).toContain(
      'All Applications',
    )
    expect(JSON.parse((await server.manage('GET', credentials)).text)).toMatchObject([{ id: made.body.id }])
    expect((await server.token()).status).toBe(401)
    await server.close()
  })
})

describe('a grant of another Management API in a folder', () => {
  const auth0 = 'https://acme.eu.auth0.com/api/v2/'
  const granted = (scope: readonly string[]) => ({
    ...tenant(),
    managementGrants: [{ place, client: billing.name, audience: auth0, scope }],
  })

  test('is one of this server’s own, with the scopes that it has', async () => {
    const server = await openServer()
    await server.serveTenant(granted(['read:clients', 'read:users', 'update:tenant_settings']))
    const { audience } = server.managementClient
    const { claims, body } = await server.token({ audience })
    expect(claims).toMatchObject({ aud: audience, scope: 'read:clients update:tenant_settings' })
    const headers = { authorization: `Bearer ${body.access_token}` }
    expect((await server.manage('GET', '/clients', undefined, headers)).status).toBe(200)
    expect((await server.manage('GET', '/logs', undefined, headers)).status).toBe(403)
    await server.serveTenant(tenant())
    expect((await server.token({ audience })).status).toBe(403)
    await server.close()
  })

  test('is none where no scope is left of it', async () => {
    const server = await openServer()
    await server.serveTenant(granted(['read:users']))
    expect((await server.token({ audience: server.managementClient.audience })).status).toBe(403)
    await server.close()
  })

  test('an API of the folder cannot take the place of the server’s own', async () => {
    const server = await openServer()
    const { audience } = server.managementClient
    await expect(server.serve({ apis: [anApi(), anApi({ identifier: audience })] })).rejects.toThrow(
      `the identifier ${audience} is that of this server's own Management API`,
    )
    expect((await tokenOf(server)).status).toBe(200)
    await server.close()
  })
})
