import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { billing } from '../../support/tenant.ts'

const publicGrant =
  'Application must not have Token Endpoint Authentication Method set to "none" when client_credentials grant type is enabled'
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'
const deviceGrant = `Application must have Token Endpoint Authentication Method set to "none" when ${deviceCode} is enabled`
const ipHeader =
  "The flag is_token_endpoint_ip_header_trusted can only be set true on clients that require authentication (i.e. token_endpoint_auth_method is set to 'client_secret_post' or 'client_secret_basic')"
const payload = (text: string) => `Payload validation error: ${text}.`
const none = { token_endpoint_auth_method: 'none' }
const post = { token_endpoint_auth_method: 'client_secret_post' }

describe('a client that cannot stand', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  const count = async () => (await server.manage('GET', '/clients?include_totals=true')).body.total

  test.each([
    ['without a name', {}, payload("'Missing required property: name'")],
    [
      'with brackets in its name',
      { name: '<b>' },
      payload("'String does not match pattern ^[^<>]+$: <b>' on property name"),
    ],
    [
      'with members that are none',
      { name: 'a', id: 1, identifier: 2 },
      payload("'Additional properties not allowed: id,identifier'"),
    ],
    [
      'with an empty grant type',
      { name: 'a', grant_types: [''] },
      payload("'String is too short (0 chars), minimum 1' on property grant_types[0]"),
    ],
    [
      'with no policy in its list',
      { name: 'a', refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', policies: [] } },
      payload("'Array is too short (0), minimum 1' on property refresh_token.policies"),
    ],
    [
      'with metadata that is no text',
      { name: 'a', client_metadata: { 'a\nb': 1 } },
      'on property client_metadata.a\nb.',
    ],
    [
      'with a lifetime without end',
      { name: 'a', jwt_configuration: { lifetime_in_seconds: 1e9 } },
      'on property jwt_configuration.lifetime_in_seconds',
    ],
    ['public, and for machines', { name: 'a', ...none, grant_types: ['client_credentials'] }, publicGrant],
    ['with a secret, and for devices', { name: 'a', ...post, grant_types: [deviceCode] }, deviceGrant],
    [
      'public, and trusted with an address',
      { name: 'a', ...none, is_token_endpoint_ip_header_trusted: true },
      ipHeader,
    ],
    [
      'trusted with an address, its method not named',
      { name: 'a', is_token_endpoint_ip_header_trusted: true },
      ipHeader,
    ],
    [
      'with a secret and a key',
      { name: 'a', ...post, client_authentication_methods: { private_key_jwt: { credentials: [] } } },
      'token_endpoint_auth_method must be null beside client_authentication_methods',
    ],
    [
      'with a key and a certificate',
      {
        name: 'a',
        client_authentication_methods: { private_key_jwt: { credentials: [] }, tls_client_auth: { credentials: [] } },
      },
      'client_authentication_methods names private_key_jwt, tls_client_auth; keep one',
    ],
    [
      'with no method at all',
      { name: 'a', client_authentication_methods: {} },
      payload("'Too few properties defined (0), minimum 1' on property client_authentication_methods"),
    ],
  ])('%s is refused, and not stored', async (_what, body, message) => {
    const before = await count()
    const answer = await server.manage('POST', '/clients', body)
    expect(answer).toMatchObject({
      status: 400,
      body: {
        statusCode: 400,
        error: 'Bad Request',
        errorCode: 'invalid_body',
        message: expect.stringContaining(message),
      },
    })
    expect(await count()).toBe(before)
  })

  test('with an id of its own is refused as Auth0 does', async () => {
    expect(await server.manage('POST', '/clients', { name: 'a', client_id: 'mine' })).toMatchObject({
      status: 403,
      body: { error: 'Forbidden', message: 'This operation must be authorized by Auth0' },
    })
  })

  test.each([
    ['an empty patch', {}, payload("'Too few properties defined (0), minimum 1'")],
    ['an empty secret', { client_secret: '' }, "'String is too short (0 chars), minimum 1' on property client_secret"],
    ['a secret that no header carries', { client_secret: 'ümlaut' }, 'on property client_secret'],
    ['the id', { client_id: 'another' }, "'Additional properties not allowed: client_id'"],
    ['a name that is null', { name: null }, "'Expected type string but found type null' on property name"],
    ['no method where machines are let in', none, publicGrant],
    [
      'methods beside the one that is stored',
      { ...post, client_authentication_methods: { private_key_jwt: { credentials: [] } } },
      'token_endpoint_auth_method must be null',
    ],
  ])('%s changes nothing', async (_what, body, message) => {
    const path = `/clients/${billing.client_id}`
    const before = (await server.manage('GET', path)).body
    expect(await server.manage('PATCH', path, body)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(message) },
    })
    expect((await server.manage('GET', path)).body).toEqual(before)
  })

  test('nobody is changed by a patch of a client that is not there', async () => {
    expect(await server.manage('PATCH', '/clients/nobody', { name: 'a' })).toMatchObject({
      status: 404,
      body: { message: 'The client does not exist', errorCode: 'inexistent_client' },
    })
  })

  test('a refusal repeats no secret', async () => {
    const { text } = await server.manage('PATCH', `/clients/${billing.client_id}`, {
      client_secret: 'a secret that no header carries: ü',
      unknown: true,
    })
    expect(text).toContain('unknown')
    expect(text).not.toContain('no header carries')
  })
})
