import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aGrant, anApi, audience, billing, type GivenTenant, handler } from '../../support/tenant.ts'

const stock = 'https://stock.example.com/'
const given: GivenTenant = {
  settings: { resource_parameter_profile: 'compatibility' },
  apis: [anApi(), anApi({ identifier: stock, name: 'Stock', scope_narrowing: true })],
  grants: [aGrant(), aGrant({ audience: stock })],
}
const missing = { error: 'access_denied', error_description: 'Non-global clients are not allowed access to APIv1' }

let server: TestServer
let plain: TestServer
beforeAll(async () => {
  server = await openServer(given)
  plain = await openServer({
    ...given,
    settings: {},
    actions: [handler('console.log(JSON.stringify(event.request.body.resource))')],
  })
})
afterAll(async () => {
  await server.close()
  await plain.close()
})

const form = (query: string, at = server) => {
  const { client_id, client_secret } = billing
  const credentials = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }).toString()
  return at.post(`${credentials}&${query}`, { 'content-type': 'application/x-www-form-urlencoded' })
}
const resource = (value: string) => `resource=${encodeURIComponent(value)}`

describe('where the tenant’s resource_parameter_profile is "compatibility"', () => {
  test.each(['form', 'json', 'basic'] as const)('a resource names the API as an audience does, by %s', async (as) => {
    const { status, claims } = await server.token({ audience: undefined, resource: stock }, { as })
    expect([status, claims.aud]).toEqual([200, stock])
  })

  test('the audience is looked at first', async () => {
    const { status, claims } = await server.token({ resource: stock })
    expect([status, claims.aud]).toEqual([200, audience])
    expect(
      (await form(`audience=${encodeURIComponent(audience)}&${resource('urn:a')}&${resource('urn:b')}`)).claims.aud,
    ).toBe(audience)
  })

  test('several resources are refused: a token is for one API', async () => {
    const asked = [
      form(`${resource(audience)}&${resource(stock)}`),
      form(`${resource(audience)}&${resource(stock)}&${resource('urn:third')}`),
      server.token({ audience: undefined, resource: [audience, stock] }, { as: 'json' }),
      server.token({ audience: undefined, resource: 5 }, { as: 'json' }),
      server.token({ audience: undefined, resource: { stock } }, { as: 'json' }),
    ]
    for (const { status, body } of await Promise.all(asked)) {
      expect({ status, body }).toEqual({
        status: 400,
        body: { error: 'invalid_target', error_description: 'Parameter resource must name one API' },
      })
    }
  })

  test('the same resource twice is one', async () => {
    expect((await form(`${resource(stock)}&${resource(stock)}`)).claims.aud).toBe(stock)
  })

  test('a resource that no API has is refused like such an audience', async () => {
    const { status, body } = await server.token({ audience: undefined, resource: 'https://stock.example.com' })
    expect({ status, body }).toEqual({
      status: 403,
      body: {
        error: 'access_denied',
        error_description: 'Service not enabled within domain: https://stock.example.com',
      },
    })
  })

  test('an empty resource is none', async () => {
    expect((await form('resource=')).body).toEqual(missing)
    expect((await server.token({ audience: undefined, resource: null }, { as: 'json' })).body).toEqual(missing)
  })
})

describe('where it is not', () => {
  test('a resource is a parameter that nobody knows, one or several', async () => {
    expect((await plain.token({ audience: undefined, resource: stock })).body).toEqual(missing)
    expect((await form(`${resource(audience)}&${resource(stock)}`, plain)).body).toEqual(missing)
    const { status, claims } = await plain.token({ resource: stock })
    expect([status, claims.aud]).toEqual([200, audience])
  })

  test('the same holds for "audience", and a default audience steps in', async () => {
    const named = await openServer({
      ...given,
      settings: { resource_parameter_profile: 'audience', default_audience: audience },
    })
    try {
      expect((await named.token({ audience: undefined, resource: stock })).claims.aud).toBe(audience)
    } finally {
      await named.close()
    }
  })
})

test('any other parameter that comes twice is refused', async () => {
  const { status, body } = await form(`audience=a&audience=b&${resource(stock)}`)
  expect([status, body.error_description]).toEqual([400, 'Parameter must not be repeated: audience'])
})

test('an API may narrow a token to the scopes that were requested, while others do not', async () => {
  const scope = 'read:orders'
  expect((await server.token({ audience: stock, scope })).claims.scope).toBe('read:orders')
  expect((await server.token({ audience: stock })).claims.scope).toBe('read:orders write:orders')
  expect((await server.token({ scope })).claims.scope).toBe('read:orders write:orders')
})
