import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi, billing } from '../../support/tenant.ts'

const partner = { ...aClient(), name: 'Partner', client_id: 'PartnerClientId00000000000000001' }
const token_endpoint_auth_method = 'client_secret_post'
const app_type = 'non_interactive'

describe('the defaults of a client', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({
      apis: [anApi({ token_lifetime: 7_200 })],
      clients: [
        aClient({ token_endpoint_auth_method, app_type }),
        { ...partner, is_first_party: false, token_endpoint_auth_method, app_type },
      ],
      grants: [aGrant(), aGrant({ client: partner.name })],
    })
  })
  afterAll(() => server.close())

  /** All that a client shows but what is its own. */
  const shown = async (client_id: unknown) => {
    const { body } = await server.manage('GET', `/clients/${client_id}`)
    const { client_id: _id, client_secret: _secret, name: _name, ...rest } = body
    return rest
  }
  const made = async (members: object) => {
    const grant_types = ['client_credentials']
    const sent = { name: 'Made', token_endpoint_auth_method, app_type, grant_types, ...members }
    return shown((await server.manage('POST', '/clients', sent)).body.client_id)
  }

  test('are those of one made by POST, also for one of a tenant folder and the one that manages the server', async () => {
    const expected = await made({})
    expect(expected).toMatchObject({ is_first_party: true, refresh_token: { leeway: 0 }, oidc_conformant: false })
    expect(await shown(billing.client_id)).toEqual(expected)
    expect(await shown(server.managementClient.client_id)).toEqual(expected)
    expect(await shown(partner.client_id)).toEqual(await made({ is_first_party: false }))
  })

  test('change the life of no token: of the own clients it is their API’s, of third-party ones an hour', async () => {
    expect((await server.token()).body).toMatchObject({ expires_in: 7_200 })
    const { client_id, client_secret } = partner
    expect((await server.token({ client_id, client_secret })).body).toMatchObject({ expires_in: 3_600 })
    const { audience, ...manager } = server.managementClient
    expect((await server.token({ ...manager, audience })).body).toMatchObject({ expires_in: 86_400 })
  })
})
