import { describe, expect, test } from 'vitest'
import { resolveExchange } from '../../../src/oauth/client-credentials.ts'
import { client as aClient, audience, form, origin, refusalOf, settings, snapshotOf } from './given.ts'

type Given = Parameters<typeof snapshotOf>[0]

function resolve(
  parameters: Record<string, string>,
  given: Given = {},
  extra: Partial<typeof settings> = {},
  from = origin,
) {
  const snapshot = snapshotOf(given)
  const client = snapshot.clients.get('client1')?.client
  if (client === undefined) throw new Error('the fixture has no client')
  return resolveExchange(form(parameters), client, snapshot, from, { ...settings, ...extra })
}

const denied = { status: 403, error: 'access_denied' }
const notAuthorized = `Client "client1" is not authorized to access resource server "${audience}".`

/** As a record of another version may have it: no type here allows it. */
const unknownAlgorithm = JSON.parse('{"signing_alg":"none"}')

describe('what is refused, and with which words', () => {
  test.each<[string, Record<string, string>, Given, object]>([
    [
      'a client without the grant type',
      { audience },
      { client: { grant_types: [] } },
      {
        status: 403,
        error: 'unauthorized_client',
        message: "Grant type 'client_credentials' not allowed for the client.",
      },
    ],
    ['no audience', {}, {}, { ...denied, message: 'Non-global clients are not allowed access to APIv1' }],
    [
      'no audience but the legacy flag',
      {},
      {
        settings: { default_audience: audience, flags: { allow_api1_non_global_clients: true } },
      },
      { ...denied, message: 'Non-global clients are not allowed access to APIv1' },
    ],
    [
      'an API that is not there',
      { audience: 'https://other/' },
      {},
      {
        ...denied,
        message: 'Service not enabled within domain: https://other/',
      },
    ],
    [
      'an audience without its trailing slash',
      { audience: audience.slice(0, -1) },
      {},
      {
        ...denied,
        message: 'Service not enabled within domain: https://api.example.com',
      },
    ],
    [
      'an API closed to clients',
      { audience },
      {
        api: { subject_type_authorization: { client: { policy: 'deny_all' } } },
      },
      { ...denied, message: notAuthorized },
    ],
    [
      'a system API for a third-party client',
      { audience },
      { api: { is_system: true }, client: { is_first_party: false } },
      {
        ...denied,
        message: notAuthorized,
      },
    ],
    [
      'no client grant',
      { audience },
      { grant: null },
      {
        ...denied,
        message: `${notAuthorized} You need to create a "client-grant" associated to this API.`,
      },
    ],
    [
      'an organization where the grant takes none',
      { audience, organization: 'org_1' },
      {},
      {
        status: 400,
        error: 'invalid_request',
        message: 'parameter organization is not allowed for this client',
      },
    ],
    [
      'no organization where the grant requires one',
      { audience },
      { grant: { organization_usage: 'require' } },
      {
        status: 400,
        error: 'invalid_request',
        message: 'parameter organization is required for this client',
      },
    ],
    [
      'an organization that the grant is not associated with',
      { audience, organization: 'org_1' },
      {
        grant: { organization_usage: 'allow' },
      },
      { status: 400, error: 'invalid_request', message: 'parameter organization is invalid: org_1' },
    ],
    [
      'scopes the grant lacks',
      { audience, scope: 'x read:a openid' },
      {},
      {
        ...denied,
        message: 'Client has not been granted scopes: x, openid',
      },
    ],
    [
      'a scope of the grant that its API no longer has',
      { audience, scope: 'gone' },
      {},
      {
        ...denied,
        message: 'Client has not been granted scopes: gone',
      },
    ],
  ])('%s', (_name, parameters, given, expected) => {
    expect(refusalOf(() => resolve(parameters, given))).toMatchObject(expected)
  })

  test('the first fault in order is the one told', () => {
    const everything = { audience, organization: 'org_1', scope: 'x' }
    const faults: Given[] = [
      { client: { grant_types: [] }, grant: null },
      { api: { subject_type_authorization: { client: { policy: 'deny_all' } } }, grant: null },
      { grant: null },
      { grant: { organization_usage: 'deny' } },
    ]
    expect(faults.map((given) => refusalOf(() => resolve(everything, given)).reason)).toEqual([
      'grant-type-not-allowed',
      'client-not-authorized',
      'client-grant-missing',
      'organization-not-allowed',
    ])
    expect(refusalOf(() => resolve({ audience, scope: 'x' }, { api: unknownAlgorithm })).reason).toBe(
      'scope-outside-grant',
    )
  })

  test.each<[string, Given]>([
    ['signed otherwise', { api: unknownAlgorithm }],
    ['laid out otherwise', { api: JSON.parse('{"token_dialect":"id_token"}') }],
    ['encrypted otherwise', { api: JSON.parse('{"token_encryption":{}}') }],
    [
      'bound to its sender otherwise',
      { api: JSON.parse('{"proof_of_possession":{"mechanism":"tls","required":true}}') },
    ],
  ])('a token that ought to be %s is not issued plain', (_name, given) => {
    const wanted = { status: 500, error: 'server_error' }
    expect(refusalOf(() => resolve({ audience }, given))).toEqual({
      ...wanted,
      reason: 'not-issued',
      message: `The token could not be issued. Request id: ${origin.request_id}`,
    })
    expect(refusalOf(() => resolve({ audience }, given, { errorDetail: true })).message).toContain('this version')
  })
})

describe('scopes', () => {
  test('are all the grant holds at its API, in its order, whatever was requested of them', () => {
    for (const scope of ['', 'read:a', 'read:a write:a']) {
      expect(resolve({ audience, scope }).initial_scopes).toEqual(['write:a', 'read:a'])
    }
  })

  test('are narrowed to those requested, in the grant’s order, where that is set', () => {
    const narrowed = (scope: string) => resolve({ audience, scope }, {}, { scopeNarrowing: true })
    expect(narrowed('read:a').initial_scopes).toEqual(['read:a'])
    expect(narrowed('read:a write:a').initial_scopes).toEqual(['write:a', 'read:a'])
    expect(narrowed('').initial_scopes).toEqual(['write:a', 'read:a'])
    expect(narrowed('read:a').scope_ceiling).toEqual(['write:a', 'read:a'])
  })

  test('are all of the API’s for a grant that says so', () => {
    const exchange = resolve({ audience, scope: 'read:b' }, { grant: { allow_all_scopes: true, scope: [] } })
    expect(exchange.initial_scopes).toEqual(['read:a', 'write:a', 'read:b'])
    expect(exchange.requested_scopes).toEqual(['read:b'])
  })
})

describe('an exchange', () => {
  test('takes the default audience when none is named', () => {
    expect(resolve({}, { settings: { default_audience: audience } }).resource_server.identifier).toBe(audience)
  })

  test('is frozen, and knows its request without credentials', () => {
    const from = { ...origin, language: 'de-AT', user_agent: 'curl/8', forwarded_for: '198.51.100.7' }
    const exchange = resolve(
      { audience, client_secret: 's', client_id: 'client1', x: 'y', correlation_id: 'c-1' },
      {},
      {},
      from,
    )
    expect(Object.isFrozen(exchange)).toBe(true)
    expect(exchange).toMatchObject({
      issuer: 'https://auth.example.com/',
      correlation_id: 'c-1',
      tenant: { id: 'tenant1' },
    })
    expect(exchange.request).toEqual({
      body: { grant_type: 'client_credentials', audience, client_id: 'client1', x: 'y', correlation_id: 'c-1' },
      geoip: {},
      hostname: 'auth.example.com',
      ip: '192.0.2.1',
      language: 'de-AT',
      method: 'POST',
      user_agent: 'curl/8',
    })
  })

  test('runs the bound actions, unless it is of the server’s own API and that is to skip them', () => {
    const bound = [{ binding_id: 'b', action_id: 'a', action_name: 'A', version_id: 'v', number: 1 }]
    const boundOf = (given: Given, extra: Partial<typeof settings>) =>
      resolveExchange(form({ audience }), aClient, { ...snapshotOf(given), bound }, origin, { ...settings, ...extra })
        .bound
    const own = { api: { is_system: true } }
    expect(boundOf(own, {})).toEqual(bound)
    expect(boundOf(own, { skipsActions: ({ client_id }) => client_id === 'client1' })).toEqual([])
    expect(boundOf(own, { skipsActions: ({ client_id }) => client_id === 'client2' })).toEqual(bound)
    expect(boundOf({}, { skipsActions: () => true })).toEqual(bound)
  })

  test('believes a forwarded address of a client that is trusted with it', () => {
    const from = { ...origin, forwarded_for: '198.51.100.7' }
    const trusted = { client: { is_token_endpoint_ip_header_trusted: true } }
    expect(resolve({ audience }, trusted, {}, from).request.ip).toBe('198.51.100.7')
    expect(resolve({ audience }, trusted).request.ip).toBe('192.0.2.1')
    expect(resolve({ audience }, {}, {}, from).request.ip).toBe('192.0.2.1')
  })
})
