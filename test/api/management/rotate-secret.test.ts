import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { billing } from '../../support/tenant.ts'

describe('a new client secret', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  test('is answered with the whole client, and the one before ends at once', async () => {
    expect((await server.token()).status).toBe(200)
    // Auth0's API does not look at the body.
    const { status, body } = await server.manage('POST', `/clients/${billing.client_id}/rotate-secret`)
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        client_id: billing.client_id,
        name: billing.name,
        client_secret: expect.stringMatching(/^[\w-]{64}$/),
        signing_keys: [{ subject: 'deprecated' }],
      },
    })
    expect((await server.token()).status).toBe(401)
    expect((await server.token({ client_secret: body.client_secret })).status).toBe(200)
    const { body: read } = await server.manage('GET', `/clients/${billing.client_id}?fields=client_secret`)
    expect(read).toEqual({ client_secret: body.client_secret })
  })

  test('of a client that is not there there is none', async () => {
    expect(await server.manage('POST', '/clients/nobody/rotate-secret')).toMatchObject({
      status: 404,
      body: { message: 'The client does not exist', errorCode: 'inexistent_client' },
    })
  })
})
