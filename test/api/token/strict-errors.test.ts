import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi, billing, type GivenTenant, handler } from '../../support/tenant.ts'

const given: GivenTenant = {
  settings: { resource_parameter_profile: 'compatibility' },
  clients: [
    aClient(),
    aClient({ name: 'Web', client_id: 'WebClientId', client_secret: 'web', grant_types: [] }),
    aClient({ name: 'Public', client_id: 'PublicClientId', token_endpoint_auth_method: 'none' }),
  ],
  apis: [
    anApi(),
    anApi({ identifier: 'urn:ungranted', name: 'Ungranted' }),
    anApi({ identifier: 'urn:closed', subject_type_authorization: { client: { policy: 'deny_all' } } }),
  ],
  grants: [aGrant(), aGrant({ audience: 'urn:closed', scope: [] })],
  actions: [
    handler(`
      const { deny } = event.request.body
      if (deny === 'throw') throw new Error('no')
      if (deny) api.access.deny(deny, 'Not "today", ümlaut \\\\')
    `),
  ],
}

let strict: TestServer
let auth0: TestServer
beforeAll(async () => {
  strict = await openServer(given, { ERROR_PROFILE: 'strict' })
  auth0 = await openServer(given)
})
afterAll(async () => {
  await strict.close()
  await auth0.close()
})

describe('with ERROR_PROFILE=strict a refusal has the status and code of its RFC, without it Auth0’s', () => {
  test.each<[string, Readonly<Record<string, unknown>>, [number, string], [number, string]]>([
    ['an unknown client', { client_id: 'nobody' }, [401, 'invalid_client'], [401, 'access_denied']],
    ['a wrong secret', { client_secret: 'wrong' }, [401, 'invalid_client'], [401, 'access_denied']],
    ['no secret', { client_secret: undefined }, [401, 'invalid_client'], [401, 'access_denied']],
    ['no client id', { client_id: undefined }, [401, 'invalid_client'], [401, 'invalid_client']],
    [
      'a client without the grant type',
      { client_id: 'WebClientId', client_secret: 'web' },
      [400, 'unauthorized_client'],
      [403, 'unauthorized_client'],
    ],
    ['a public client', { client_id: 'PublicClientId' }, [400, 'unauthorized_client'], [403, 'unauthorized_client']],
    ['no audience', { audience: undefined }, [400, 'invalid_target'], [403, 'access_denied']],
    ['an unknown audience', { audience: 'urn:none' }, [400, 'invalid_target'], [403, 'access_denied']],
    [
      'an unknown resource',
      { audience: undefined, resource: 'urn:none' },
      [400, 'invalid_target'],
      [403, 'access_denied'],
    ],
    ['an API without a grant', { audience: 'urn:ungranted' }, [400, 'invalid_target'], [403, 'access_denied']],
    ['a closed API', { audience: 'urn:closed' }, [400, 'invalid_target'], [403, 'access_denied']],
    ['a scope outside the grant', { scope: 'delete:orders' }, [400, 'invalid_scope'], [403, 'access_denied']],
    ['no grant type', { grant_type: undefined }, [400, 'invalid_request'], [400, 'invalid_request']],
    [
      'another grant type',
      { grant_type: 'password' },
      [400, 'unsupported_grant_type'],
      [400, 'unsupported_grant_type'],
    ],
    ['a denial', { deny: 'invalid_scope' }, [400, 'invalid_scope'], [400, 'invalid_scope']],
    ['an action that fails', { deny: 'throw' }, [500, 'server_error'], [500, 'server_error']],
  ])('%s', async (_what, parameters, byRfc, byAuth0) => {
    const [first, second] = [await strict.token(parameters), await auth0.token(parameters)]
    expect([first.status, first.body.error]).toEqual(byRfc)
    expect([second.status, second.body.error]).toEqual(byAuth0)
    expect(first.headers.get('cache-control')).toBe('no-store')
    // RFC 6749 §5.2
    expect(first.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  test('a 401 always has a challenge, whatever the client used', async () => {
    const { client_id } = billing
    const answers = [
      await strict.token({ client_secret: 'wrong' }),
      await strict.token({ client_secret: undefined }, { headers: { authorization: basic(client_id, 'wrong') } }),
      await strict.token({ client_id: undefined }),
    ]
    for (const { status, headers } of answers) {
      expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic realm="/)])
    }
  })

  test('a description has only the characters the RFC allows, and says the same', async () => {
    const { body } = await strict.token({ deny: 'invalid_request' })
    expect(body.error_description).toBe("Not 'today', ?mlaut /")
    expect((await auth0.token({ deny: 'invalid_request' })).body.error_description).toBe('Not "today", ümlaut \\')
  })

  test('a token is the same', async () => {
    const [first, second] = [await strict.token(), await auth0.token()]
    expect([first.status, Object.keys(first.body)]).toEqual([200, Object.keys(second.body)])
  })
})

test('a refusal is logged in Auth0’s words, whatever the profile', async () => {
  const logged = await Promise.all(
    [strict, auth0].map(async (server) => {
      const answer = await server.token({ audience: 'urn:none' })
      return (await server.logsOf(answer)).map(({ type, description }) => [type, description])
    }),
  )
  expect(logged[0]).toEqual([['feccft', 'Service not enabled within domain: urn:none']])
  expect(logged[0]).toEqual(logged[1])
})
