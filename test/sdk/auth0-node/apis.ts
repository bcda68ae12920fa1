import { describe, expect, test } from 'vitest'
import { machine, type Opened } from './machine.ts'
import type { ReadList } from './program.ts'

/** Everything of `resourceServers` and `organizations` in the SDK that there is here. */
export function apiCases(opened: () => Opened): void {
  describe('resource servers', () => {
    test('are read by id and by identifier, changed and removed: their tokens follow at once', async () => {
      const { sdk, server } = opened()
      const { api_id, audience, parameters } = await machine(sdk, 'Lifetime')
      expect(await sdk.call('resourceServers.get', audience)).toMatchObject({ id: api_id, token_lifetime: 86_400 })
      await sdk.call('resourceServers.update', api_id, { token_lifetime: 600 })
      expect((await server.token(parameters)).body).toMatchObject({ expires_in: 600 })
      await sdk.call('resourceServers.update', audience, { scopes: [{ value: 'read:things', description: 'Read' }] })
      expect(await sdk.call('resourceServers.get', api_id)).toMatchObject({
        scopes: [{ value: 'read:things', description: 'Read' }],
      })
      const repeated = { name: 'Again', identifier: audience }
      await expect(sdk.call('resourceServers.create', repeated)).rejects.toMatchObject({
        thrown: {
          class: 'ConflictError',
          body: { message: 'A resource server with the same identifier already exists.' },
        },
      })
      await sdk.call('resourceServers.delete', api_id)
      await sdk.call('resourceServers.delete', api_id)
      expect((await server.token(parameters)).status).toBe(403)
      await expect(sdk.call('resourceServers.get', api_id)).rejects.toMatchObject({
        thrown: { class: 'NotFoundError', body: { message: 'The resource server does not exist' } },
      })
    })

    test('are listed over more pages than one, the Management API among them, and by identifiers', async () => {
      const { sdk, server } = opened()
      const { audience } = server.management
      const one = 'https://one.example.com/'
      const two = 'https://two.example.com/?of=two&more'
      for (const identifier of [one, two]) await sdk.call('resourceServers.create', { name: 'Listed', identifier })
      const { data, pages } = await sdk.call<ReadList>('resourceServers.list', { per_page: 1 })
      const identifiers = data.map(({ identifier }) => identifier)
      expect(identifiers).toEqual(expect.arrayContaining([audience, one, two]))
      expect(pages).toBeGreaterThan(data.length - 1)
      const some = await sdk.call<ReadList>('resourceServers.list', { identifiers: [two, audience] })
      expect(some.data.map(({ identifier }) => identifier)).toEqual([audience, two])
      expect(some.data).toContainEqual(expect.objectContaining({ name: 'Auth0 Management API', is_system: true }))
    })
  })

  describe('organizations', () => {
    test('are made, found by name, changed, listed by checkpoint and removed', async () => {
      const { sdk } = opened()
      const made = await sdk.call('organizations.create', { name: 'acme', display_name: 'Acme' })
      const id = String(made.id)
      expect(id).toMatch(/^org_/)
      expect(await sdk.call('organizations.getByName', 'acme')).toMatchObject({ id, display_name: 'Acme' })
      await expect(sdk.call('organizations.create', { name: 'acme' })).rejects.toMatchObject({
        thrown: { class: 'ConflictError', body: { errorCode: 'organization_conflict' } },
      })
      await sdk.call('organizations.update', id, { display_name: 'Acme Corp', metadata: { plan: 'gold' } })
      expect(await sdk.call('organizations.get', id)).toMatchObject({
        display_name: 'Acme Corp',
        metadata: { plan: 'gold' },
      })
      const other = await sdk.call('organizations.create', { name: 'other' })
      const { data, pages } = await sdk.call<ReadList>('organizations.list', { take: 1 })
      expect(data.map(({ name }) => name)).toEqual(expect.arrayContaining(['acme', 'other']))
      expect(pages).toBe(data.length)
      for (const each of [id, String(other.id)]) await sdk.call('organizations.delete', each)
      await expect(sdk.call('organizations.get', id)).rejects.toMatchObject({
        thrown: { class: 'NotFoundError', body: { message: 'No organization found by that id or name' } },
      })
    })

    test('are given client grants, and a token for one follows at once', async () => {
      const { sdk, server } = opened()
      const { grant_id, client_id, parameters } = await machine(sdk, 'Of an organization')
      await sdk.call('clientGrants.update', grant_id, { organization_usage: 'allow' })
      const { id } = await sdk.call('organizations.create', { name: 'granted' })
      const organization = String(id)
      expect((await server.token({ ...parameters, organization })).status).toBe(403)
      const made = await sdk.call('organizations.clientGrants.create', organization, { grant_id })
      expect(made).toMatchObject({ grant_id, client_id })
      expect((await server.token({ ...parameters, organization })).status).toBe(200)
      const grants = await sdk.call<ReadList>('organizations.clientGrants.list', organization)
      expect(grants.data).toMatchObject([{ id: grant_id, client_id }])
      const organizations = await sdk.call<ReadList>('clientGrants.organizations.list', grant_id)
      expect(organizations.data).toMatchObject([{ id: organization }])
      await sdk.call('organizations.clientGrants.delete', organization, grant_id)
      expect((await server.token({ ...parameters, organization })).status).toBe(403)
      await sdk.call('organizations.delete', organization)
    })

    test('have no connections, domains, clients or members here', async () => {
      const { sdk } = opened()
      const { id } = await sdk.call('organizations.create', { name: 'bare' })
      for (const list of ['connections', 'enabledConnections', 'discoveryDomains', 'clients', 'members']) {
        const { data } = await sdk.call<ReadList>(`organizations.${list}.list`, String(id))
        expect(data, list).toEqual([])
      }
      expect((await sdk.call<ReadList>('connections.list')).data).toEqual([])
    })
  })
}
