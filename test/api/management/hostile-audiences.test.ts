import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'

describe('an API of the tenant that would be the Management API', () => {
  let server: TestServer
  let nowMs = Date.UTC(2026, 0, 1)
  beforeAll(async () => {
    server = await openServer({}, {}, () => nowMs)
  })
  afterAll(() => server.close())

  test('it cannot have the audience of a custom domain that is still to be verified', async () => {
    await server.manage('POST', '/custom-domains', { domain: 'pending.example.com', type: 'self_managed_certs' })
    for (const path of ['api/v2/', 'userinfo']) {
      const identifier = `https://pending.example.com/${path}`
      const { status, body } = await server.manage('POST', '/resource-servers', { identifier })
      expect({ status, body }).toMatchObject({ status: 400, body: { message: 'The selected identifier is reserved.' } })
    }
  })

  test('its tokens stay tokens of that API, also when a custom domain has its audience later', async () => {
    const domain = 'later.example.com'
    const identifier = `https://${domain}/api/v2/`
    const { client_id, client_secret } = server.managementClient
    const api = await server.manage('POST', '/resource-servers', { identifier, scopes: [{ value: 'read:clients' }] })
    await server.manage('POST', '/client-grants', { client_id, audience: identifier, scope: ['read:clients'] })
    const ask = async () => {
      const { body } = await server.token({ client_id, client_secret, audience: identifier })
      return { authorization: `Bearer ${body.access_token}` }
    }
    const before = await ask()
    expect((await server.manage('DELETE', `/resource-servers/${api.body.id}`)).status).toBe(204)
    nowMs += 60_000
    const made = await server.manage('POST', '/custom-domains', { domain, type: 'self_managed_certs' })
    await server.manage('POST', `/custom-domains/${made.body.custom_domain_id}/verify`)
    expect((await server.manage('GET', '/clients', undefined, before)).status).toBe(401)
    // What is issued from then on is for the Management API.
    expect((await server.manage('GET', '/clients', undefined, await ask())).status).toBe(200)
  })
})
