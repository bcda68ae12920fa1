import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { machine, type Opened } from './machine.ts'
import type { ReadList, Values } from './program.ts'

const gone = (message: string) => ({ thrown: { class: 'NotFoundError', statusCode: 404, body: { message } } })

/** Everything of `clients` and `clientGrants` in the SDK. */
export function clientCases(opened: () => Opened): void {
  describe('clients', () => {
    test('are made, changed, given a new secret, and removed: their tokens follow at once', async () => {
      const { sdk, server } = opened()
      const { client_id, parameters } = await machine(sdk, 'Rotated')
      expect(await sdk.call('clients.get', client_id)).toMatchObject({
        name: 'Rotated',
        client_secret: parameters.client_secret,
        global: false,
        grant_types: ['client_credentials'],
      })
      expect(await sdk.call('clients.get', client_id, { fields: 'name', include_fields: true })).toEqual({
        name: 'Rotated',
      })
      const changed = await sdk.call('clients.update', client_id, {
        description: 'changed',
        client_metadata: { team: 'billing' },
      })
      expect(changed).toMatchObject({ description: 'changed', client_metadata: { team: 'billing' } })
      const { client_secret } = await sdk.call('clients.rotateSecret', client_id)
      expect(client_secret).not.toBe(parameters.client_secret)
      expect((await server.token({ ...parameters, client_secret: String(client_secret) })).status).toBe(200)
      expect((await server.token(parameters)).status).toBe(401)
      await sdk.call('clients.delete', client_id)
      await sdk.call('clients.delete', client_id)
      expect((await server.token({ ...parameters, client_secret: String(client_secret) })).status).toBe(401)
      await expect(sdk.call('clients.get', client_id)).rejects.toMatchObject(gone('The client does not exist'))
    })

    test('are listed over more pages than one, each once', async () => {
      const { sdk } = opened()
      const made: string[] = []
      for (const name of ['Page a', 'Page b', 'Page c'])
        made.push(String((await sdk.call('clients.create', { name })).client_id))
      const { data, pages } = await sdk.call<ReadList>('clients.list', { per_page: 2, fields: 'client_id,name' })
      const listed = data.map(({ client_id }) => client_id)
      expect(listed).toEqual(expect.arrayContaining(made))
      expect(new Set(listed).size).toBe(listed.length)
      expect(pages).toBeGreaterThanOrEqual(2)
      const { data: globals } = await sdk.call<ReadList>('clients.list', { is_global: true })
      expect(globals).toMatchObject([{ global: true, name: 'All Applications' }])
      for (const client_id of made) await sdk.call('clients.delete', client_id)
    })

    test('log in with a key that was given to them', async () => {
      const { sdk, server } = opened()
      const key = keyPair()
      const { client_id, audience } = await managing(opened(), 'Signs in')
      const credential = await sdk.call('clients.credentials.create', client_id, {
        credential_type: 'public_key',
        name: 'First key',
        pem: key.publicKey,
        alg: 'RS256',
      })
      const id = String(credential.id)
      expect(credential).toMatchObject({ id: expect.stringMatching(/^cred_/), credential_type: 'public_key' })
      expect(credential).not.toHaveProperty('pem')
      await sdk.call('clients.update', client_id, {
        token_endpoint_auth_method: null,
        client_authentication_methods: { private_key_jwt: { credentials: [{ id }] } },
      })
      const options = { clientId: client_id, clientAssertionSigningKey: key.privateKey }
      const { data } = await sdk.callWith<ReadList>(options, 'clients.list', { per_page: 1 })
      expect(data.length).toBeGreaterThan(0)
      expect(audience).toBe(server.management.audience)

      expect(await sdk.call<readonly Values[]>('clients.credentials.list', client_id)).toMatchObject([{ id }])
      expect(await sdk.call('clients.credentials.get', client_id, id)).toMatchObject({ id, name: 'First key' })
      const expires_at = '2040-01-01T00:00:00.000Z'
      expect(await sdk.call('clients.credentials.update', client_id, id, { expires_at })).toMatchObject({ expires_at })
      await expect(sdk.call('clients.credentials.delete', client_id, id)).rejects.toMatchObject({
        thrown: { body: { message: expect.stringContaining('still associated with a client') } },
      })
      await sdk.call('clients.update', client_id, {
        client_authentication_methods: null,
        token_endpoint_auth_method: 'client_secret_post',
      })
      await sdk.call('clients.credentials.delete', client_id, id)
      expect(await sdk.call('clients.credentials.list', client_id)).toEqual([])
      await sdk.call('clients.delete', client_id)
    })

    test('have no connections', async () => {
      const { sdk, server } = opened()
      const { data } = await sdk.call<ReadList>('clients.connections.get', server.management.client_id)
      expect(data).toEqual([])
    })

    test('that are not as they should be are refused, with the place of the fault', async () => {
      const { sdk } = opened()
      await expect(sdk.call('clients.create', { name: '' })).rejects.toMatchObject({
        thrown: {
          class: 'BadRequestError',
          statusCode: 400,
          body: {
            error: 'Bad Request',
            errorCode: 'invalid_body',
            message: expect.stringContaining('on property name'),
          },
        },
      })
    })
  })

  describe('client grants', () => {
    test('are made once, changed, listed and removed: their tokens follow at once', async () => {
      const { sdk, server } = opened()
      const { client_id, grant_id, audience, parameters } = await machine(sdk, 'Granted')
      expect(await sdk.call('clientGrants.get', grant_id)).toMatchObject({ client_id, scope: ['read:things'] })
      await expect(sdk.call('clientGrants.create', { client_id, audience, scope: [] })).rejects.toMatchObject({
        thrown: {
          class: 'ConflictError',
          body: { message: `A client grant already exists between ${client_id} and ${audience}` },
        },
      })
      await sdk.call('clientGrants.update', grant_id, { scope: ['read:things', 'write:things'] })
      expect((await server.token(parameters)).body).toMatchObject({ scope: 'read:things write:things' })
      const found = await sdk.call<ReadList>('clientGrants.list', { client_id, take: 1 })
      expect(found.data).toMatchObject([{ id: grant_id }])
      const all = await sdk.call<ReadList>('clientGrants.list', { take: 1 })
      expect(all.data.map(({ id }) => id)).toContain(grant_id)
      expect(all.pages).toBe(all.data.length)
      expect((await sdk.call<ReadList>('clientGrants.organizations.list', grant_id)).data).toEqual([])
      await sdk.call('clientGrants.delete', grant_id)
      await sdk.call('clientGrants.delete', grant_id)
      expect((await server.token(parameters)).status).toBe(403)
      await expect(sdk.call('clientGrants.get', grant_id)).rejects.toMatchObject(gone('The grant does not exist.'))
    })
  })
}

/** A client that may call the Management API. */
async function managing({ sdk, server }: Opened, name: string): Promise<{ client_id: string; audience: string }> {
  const client = await sdk.call('clients.create', {
    name,
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
  })
  const client_id = String(client.client_id)
  const { audience } = await sdk.call('clientGrants.create', {
    client_id,
    audience: server.management.audience,
    scope: ['read:clients', 'read:client_keys'],
  })
  return { client_id, audience: String(audience) }
}

/** As an SDK wants them: PKCS #8 and SPKI, PEM. */
function keyPair(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}
