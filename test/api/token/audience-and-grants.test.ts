import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi, audience, billing, type GivenTenant } from '../../support/tenant.ts'

const { client_id } = billing
const tenant: GivenTenant = {
  clients: [
    aClient(),
    aClient({ name: 'Web', client_id: 'web', client_secret: 'web', grant_types: ['authorization_code'] }),
    aClient({ name: 'Nothing', client_id: 'nothing', client_secret: 'nothing', grant_types: [] }),
    aClient({ name: 'Outsider', client_id: 'outsider', client_secret: 'outsider', is_first_party: false }),
  ],
  apis: [
    anApi(),
    anApi({ identifier: 'https://ungranted.example.com' }),
    anApi({
      identifier: 'https://closed.example.com',
      subject_type_authorization: { client: { policy: 'deny_all' } },
    }),
    anApi({ identifier: 'https://users.example.com' }),
    // No type allows it: another version may have stored it.
    anApi({ identifier: 'https://es.example.com', ...JSON.parse('{"signing_alg":"ES512"}') }),
  ],
  grants: [
    aGrant(),
    aGrant({ client: 'Web' }),
    aGrant({ client: 'Nothing' }),
    aGrant({ audience: 'https://closed.example.com' }),
    aGrant({ audience: 'https://es.example.com' }),
    aGrant({ client: 'Outsider', audience: 'https://auth.example.com/api/v2/', scope: ['read:clients'] }),
    aGrant({ audience: 'https://users.example.com', subject_type: 'user' }),
  ],
}

let server: TestServer
beforeAll(async () => {
  server = await openServer(tenant)
})
afterAll(() => server.close())

const notAuthorized = (id: string, api: string) =>
  `Client "${id}" is not authorized to access resource server "${api}".`
const createGrant = 'You need to create a "client-grant" associated to this API.'

describe('a client that proved itself is refused with 403', () => {
  test.each(['web', 'nothing'])('when it lacks the grant type: %s', async (id) => {
    const { status, body } = await server.token({ client_id: id, client_secret: id })
    expect(status).toBe(403)
    expect(body).toEqual({
      error: 'unauthorized_client',
      error_description: "Grant type 'client_credentials' not allowed for the client.",
      error_uri: 'https://auth0.com/docs/clients/client-grant-types',
    })
  })

  test.each<[string, Record<string, string | undefined>, string]>([
    ['it names no audience', { audience: undefined }, 'Non-global clients are not allowed access to APIv1'],
    ['the audience is empty', { audience: '' }, 'Non-global clients are not allowed access to APIv1'],
    ['no API is called so', { audience: 'urn:none' }, 'Service not enabled within domain: urn:none'],
    [
      'the identifier differs by a slash',
      { audience: audience.replace(/\/$/, '') },
      'Service not enabled within domain: https://orders.example.com',
    ],
    [
      'it has no client grant',
      { audience: 'https://ungranted.example.com' },
      `${notAuthorized(client_id, 'https://ungranted.example.com')} ${createGrant}`,
    ],
    [
      'the grant is for users',
      { audience: 'https://users.example.com' },
      `${notAuthorized(client_id, 'https://users.example.com')} ${createGrant}`,
    ],
    [
      'the API takes no client',
      { audience: 'https://closed.example.com' },
      notAuthorized(client_id, 'https://closed.example.com'),
    ],
    [
      'a third-party client asks for the Management API',
      { client_id: 'outsider', client_secret: 'outsider', audience: 'https://auth.example.com/api/v2/' },
      notAuthorized('outsider', 'https://auth.example.com/api/v2/'),
    ],
  ])('when %s', async (_what, parameters, error_description) => {
    const { status, body } = await server.token(parameters)
    expect({ status, body }).toEqual({ status: 403, body: { error: 'access_denied', error_description } })
  })
})

test('an API whose configuration this version cannot hold to issues nothing', async () => {
  const { status, body } = await server.token({ audience: 'https://es.example.com' })
  expect([status, body.error]).toEqual([500, 'server_error'])
})

describe('a request without an audience', () => {
  test('gets the default audience of the tenant', async () => {
    await server.serve({ ...tenant, settings: { default_audience: audience } })
    const { status, claims } = await server.token({ audience: undefined })
    expect([status, claims.aud]).toEqual([200, audience])
  })

  test('gets nothing where a legacy flag asks for an opaque token', async () => {
    const flags = { allow_api1_non_global_clients: true }
    await server.serve({ ...tenant, settings: { default_audience: audience, flags } })
    expect((await server.token({ audience: undefined })).status).toBe(403)
    expect((await server.token()).status).toBe(200)
  })
})

describe('a change of configuration', () => {
  test('takes a grant away from the next exchange on, and gives it back', async () => {
    await server.serve({ ...tenant, grants: [] })
    expect((await server.token()).status).toBe(403)
    await server.serve(tenant)
    expect((await server.token()).status).toBe(200)
  })

  test('takes a client away from the next exchange on', async () => {
    await server.serve({ ...tenant, clients: [aClient({ name: 'Other', client_id: 'other' })], grants: [] })
    expect((await server.token()).status).toBe(401)
    await server.serve(tenant)
  })
})

describe('an organization', () => {
  test.each([
    ['deny', 'org_1', 400, 'parameter organization is not allowed for this client'],
    ['allow', 'org_1', 400, 'parameter organization is invalid: org_1'],
    ['require', undefined, 400, 'parameter organization is required for this client'],
    ['require', 'org_1', 400, 'parameter organization is invalid: org_1'],
  ] as const)(
    'under organization_usage %s with the parameter %s issues nothing',
    async (usage, organization, status, text) => {
      const grants = [aGrant({ organization_usage: usage })]
      await server.serve({ organizations: [{ name: 'acme', display_name: 'Acme' }], grants })
      const answer = await server.token({ organization })
      expect(answer.status).toBe(status)
      expect(answer.body).toEqual({ error: 'invalid_request', error_description: text })
    },
  )
})
