import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, audience, billing } from '../../support/tenant.ts'

const system = 'https://auth.example.com/api/v2/'
const defaults = {
  allow_offline_access: false,
  skip_consent_for_verifiable_first_party_clients: false,
  subject_type_authorization: { client: { policy: 'require_client_grant' }, user: { policy: 'allow_all' } },
  token_lifetime: 86_400,
  token_lifetime_for_web: 7_200,
  signing_alg: 'RS256',
}

describe('resource servers', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  const create = async (body: object) => {
    const answer = await server.manage('POST', '/resource-servers', body)
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 })
    return answer.body
  }
  const grant = (identifier: string, scope: readonly string[]) =>
    server.manage('POST', '/client-grants', { client_id: billing.client_id, audience: identifier, scope })

  test('a new API has what Auth0 gives one that says nothing, and an id of 24 hexadecimal digits', async () => {
    const api = await create({ identifier: 'https://new.example.com/' })
    const { id, ...members } = api
    expect(members).toEqual({ identifier: 'https://new.example.com/', ...defaults })
    expect(id).toMatch(/^[0-9a-f]{24}$/)
    expect((await server.manage('GET', `/resource-servers/${id}`)).body).toEqual(api)
  })

  test('a token is issued for a new API as soon as a client is granted it', async () => {
    await create({ identifier: 'urn:at-once', scopes: [{ value: 'read:a' }, { value: 'read:b', description: '' }] })
    expect((await server.token({ audience: 'urn:at-once' })).status).toBe(403)
    await grant('urn:at-once', ['read:b'])
    const { claims } = await server.token({ audience: 'urn:at-once' })
    expect(claims).toMatchObject({ aud: 'urn:at-once', scope: 'read:b' })
  })

  test('an API is found by its identifier in the path, escaped by hand, once or twice', async () => {
    const { id } = await create({ identifier: 'https://by.example.com/path/v1/' })
    const paths = [
      String(id),
      'https:%2F%2Fby.example.com%2Fpath%2Fv1%2F',
      'https%3A%2F%2Fby.example.com%2Fpath%2Fv1%2F',
      'https:%252F%252Fby.example.com%252Fpath%252Fv1%252F',
      'https%253A%252F%252Fby.example.com%252Fpath%252Fv1%252F',
    ]
    for (const path of paths) {
      const { status, body } = await server.manage('GET', `/resource-servers/${path}`)
      expect({ path, status, id: body.id }).toEqual({ path, status: 200, id })
    }
    const scopes = [{ value: 'read:x', description: 'Reads' }]
    expect((await server.manage('PATCH', `/resource-servers/${paths[1]}`, { scopes })).body.scopes).toEqual(scopes)
    expect((await server.manage('DELETE', `/resource-servers/${paths[3]}`)).status).toBe(204)
    expect((await server.manage('GET', `/resource-servers/${id}`)).status).toBe(404)
  })

  test('an identifier with a per cent sign of its own is found as it is, before it is taken for an escaped one', async () => {
    const odd = await create({ identifier: 'urn:100%25' })
    const even = await create({ identifier: 'urn:100%' })
    expect((await server.manage('GET', '/resource-servers/urn:100%2525')).body.id).toBe(odd.id)
    expect((await server.manage('GET', '/resource-servers/urn:100%25')).body.id).toBe(even.id)
  })

  test('one that is not there is refused in Auth0’s words', async () => {
    for (const method of ['GET', 'PATCH']) {
      const { status, body } = await server.manage(
        method,
        '/resource-servers/nobody',
        method === 'GET' ? undefined : {},
      )
      expect({ status, body }).toEqual({
        status: 404,
        body: {
          statusCode: 404,
          error: 'Not Found',
          message: 'The resource server does not exist',
          errorCode: 'inexistent_resource_server',
        },
      })
    }
  })

  test('the list is in order of creation, bare or with totals, by identifiers and with the fields asked for', async () => {
    await create({ identifier: 'urn:list:1', name: 'One' })
    await create({ identifier: 'urn:list:2', name: 'Two' })
    const list = async (query: string) => {
      const { status, text } = await server.manage('GET', `/resource-servers?${query}`)
      expect({ query, status, text }).toMatchObject({ status: 200 })
      return JSON.parse(text)
    }
    const only = 'fields=identifier&include_fields=true'
    const both = [{ identifier: 'urn:list:1' }, { identifier: 'urn:list:2' }]
    expect(await list(`identifiers=urn:list:2&identifiers=urn:list:1&${only}`)).toEqual(both)
    expect(await list(`identifiers=urn:list:1,urn:list:2&${only}`)).toEqual(both)
    expect(await list(`identifiers=urn:list:1&include_totals=true&page=0&per_page=50&${only}`)).toEqual({
      start: 0,
      limit: 50,
      total: 1,
      resource_servers: [{ identifier: 'urn:list:1' }],
    })
    expect(await list('page=9&per_page=50&include_totals=true')).toMatchObject({ start: 450, resource_servers: [] })
    const all: { identifier: string }[] = await list('per_page=100')
    expect(all.map(({ identifier }) => identifier).slice(0, 2)).toEqual([system, audience])
    expect(all.map(({ identifier }) => identifier).slice(-2)).toEqual(['urn:list:1', 'urn:list:2'])
  })

  test('what the server does not act on is kept and echoed; null takes away; policies of other subjects stay', async () => {
    const members = {
      name: 'Kept',
      allow_online_access: true,
      enforce_policies: true,
      token_lifetime_for_web: 60,
      consent_policy: 'transactional-authorization-with-mfa',
      authorization_details: [{ type: 'payment' }],
      authorization_policy: { policy_id: 'p1' },
      proof_of_possession: { mechanism: 'dpop', required: true },
      subject_type_authorization: { user: { policy: 'deny_all' } },
    }
    const api = await create({ identifier: 'urn:kept', ...members })
    const policies = { client: { policy: 'require_client_grant' }, user: { policy: 'deny_all' } }
    expect(api).toMatchObject({ ...members, subject_type_authorization: policies })
    const patch = (body: object) => server.manage('PATCH', `/resource-servers/${api.id}`, body)
    expect((await patch({ consent_policy: null, authorization_details: null, proof_of_possession: null })).status).toBe(
      200,
    )
    const { body } = await patch({ subject_type_authorization: { client: { policy: 'deny_all' } }, scopes: [] })
    const { consent_policy: _a, authorization_details: _b, proof_of_possession: _c, ...rest } = api
    expect(body).toEqual({
      ...rest,
      scopes: [],
      subject_type_authorization: { client: { policy: 'deny_all' }, user: { policy: 'deny_all' } },
    })
    expect((await server.manage('GET', '/resource-servers/urn:kept')).body).toEqual(body)
    expect((await server.token({ audience: 'urn:kept' })).status).toBe(403)
  })

  test('what cannot be held to, or used, is refused when it is configured, and nothing is stored', async () => {
    const sixteen = 'a'.repeat(16)
    const table: readonly (readonly [object, number, string])[] = [
      [{ identifier: audience }, 409, 'A resource server with the same identifier already exists.'],
      [{ identifier: system }, 400, 'The selected identifier is reserved.'],
      [{ identifier: 'https://auth.example.com/userinfo' }, 400, 'The selected identifier is reserved.'],
      [
        { identifier: '' },
        400,
        "Payload validation error: 'String is too short (0 chars), minimum 1' on property identifier.",
      ],
      [{ name: 'x' }, 400, "Payload validation error: 'Missing required property: identifier'."],
      [
        { identifier: 'urn:bad', is_system: true },
        400,
        "Payload validation error: 'Additional properties not allowed: is_system'.",
      ],
      [
        { identifier: 'urn:bad', signing_alg: 'HS256', signing_secret: 'short' },
        400,
        "Payload validation error: 'String is too short (5 chars), minimum 16' on property signing_secret.",
      ],
      [
        { identifier: 'urn:bad', scopes: [{ value: 'read a' }] },
        400,
        'no token can be made for the API "urn:bad": scopes: "read a" has white space; a scope has none',
      ],
      [
        { identifier: 'urn:bad', scopes: [{ value: 'a' }, { value: 'a' }] },
        400,
        'no token can be made for the API "urn:bad": scopes: "a" is named twice; name it once',
      ],
      [
        {
          identifier: 'urn:bad',
          signing_secret: sixteen,
          proof_of_possession: { mechanism: 'mtls', required: true, required_for: 'public_clients' },
        },
        400,
        'no token can be made for the API "urn:bad": proof_of_possession.required_for must be "all_clients" where the mechanism is "mtls"',
      ],
      [
        {
          identifier: 'urn:bad',
          token_encryption: { format: 'compact-nested-jwe', encryption_key: { alg: 'RSA-OAEP-256', pem: 'no key' } },
        },
        400,
        'no token can be made for the API "urn:bad": token_encryption.encryption_key.pem is neither a public key nor a certificate (PEM)',
      ],
    ]
    for (const [given, status, message] of table) {
      const answer = await server.manage('POST', '/resource-servers', given)
      expect({ status: answer.status, message: answer.body.message }).toEqual({ status, message })
    }
    expect((await server.manage('GET', '/resource-servers/urn:bad')).status).toBe(404)
    const patch = await server.manage('PATCH', `/resource-servers/${encodeURIComponent(audience)}`, {
      identifier: 'urn:x',
    })
    expect(patch.body.message).toBe("Payload validation error: 'Additional properties not allowed: identifier'.")
  })

  test('the key that tokens are encrypted for is shown with its thumbprint, and may be sent back as it was shown', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    const encryption_key = { name: 'mine', alg: 'RSA-OAEP-256', kid: 'k1', pem }
    const api = await create({
      identifier: 'urn:sealed',
      token_encryption: { format: 'compact-nested-jwe', encryption_key },
    })
    const thumbprint_sha256 = await calculateJwkThumbprint(await exportJWK(publicKey))
    const shown = { format: 'compact-nested-jwe', encryption_key: { ...encryption_key, thumbprint_sha256 } }
    expect(api.token_encryption).toEqual(shown)
    const { status, body } = await server.manage('PATCH', '/resource-servers/urn:sealed', { token_encryption: shown })
    expect({ status, token_encryption: body.token_encryption }).toEqual({ status: 200, token_encryption: shown })
    await grant('urn:sealed', [])
    const { body: token } = await server.token({ audience: 'urn:sealed' })
    expect(String(token.access_token).split('.')).toHaveLength(5)
  })

  describe('with a secret of its own (HS256)', () => {
    const verify = async (identifier: string, secret: unknown) => {
      const { body } = await server.token({ audience: identifier })
      return jwtVerify(String(body.access_token), Buffer.from(String(secret)), { algorithms: ['HS256'] })
    }

    test('one is made where none is given, shown to whoever reads the API, and tokens verify by it', async () => {
      const api = await create({ identifier: 'urn:hs', signing_alg: 'HS256' })
      expect(String(api.signing_secret).length).toBeGreaterThanOrEqual(16)
      await grant('urn:hs', [])
      expect((await verify('urn:hs', api.signing_secret)).payload.aud).toBe('urn:hs')
      const own = 'the-secret-of-this-api-0123456789'
      const { body } = await server.manage('PATCH', '/resource-servers/urn:hs', { signing_secret: own })
      expect(body.signing_secret).toBe(own)
      expect((await server.manage('GET', '/resource-servers/urn:hs')).body.signing_secret).toBe(own)
      expect((await verify('urn:hs', own)).payload.aud).toBe('urn:hs')
      await expect(verify('urn:hs', api.signing_secret)).rejects.toThrow('signature verification failed')
    })

    test('the secret rests sealed, and the API keeps it while it signs with another key', async () => {
      const signing_secret = 'never-to-be-read-in-a-file-000001'
      await create({ identifier: 'urn:hs:kept', signing_alg: 'HS256', signing_secret })
      for (const file of ['config.db', 'config.db-wal']) {
        expect(readFileSync(join(server.dataDir, file)).includes(signing_secret)).toBe(false)
      }
      await server.manage('PATCH', '/resource-servers/urn:hs:kept', { signing_alg: 'ES256' })
      const { body } = await server.manage('PATCH', '/resource-servers/urn:hs:kept', { signing_alg: 'HS256' })
      expect(body.signing_secret).toBe(signing_secret)
    })
  })

  describe('the Management API itself', () => {
    const path = `/resource-servers/${encodeURIComponent(system)}`

    test('is listed and read under the name that Auth0’s clients know it by', async () => {
      const { body } = await server.manage('GET', path)
      expect(body).toMatchObject({
        name: 'Auth0 Management API',
        identifier: system,
        is_system: true,
        signing_alg: 'RS256',
      })
      const { text } = await server.manage('GET', '/resource-servers')
      expect(JSON.parse(text)[0]).toEqual(body)
    })

    test('lets its lifetime be set, and the next token has it', async () => {
      const { status } = await server.manage('PATCH', path, { token_lifetime: 1_234, signing_alg: 'ES256' })
      expect(status).toBe(200)
      const { client_id, client_secret } = server.managementClient
      const { body } = await server.token({ client_id, client_secret, audience: system })
      expect(body.expires_in).toBe(1_234)
      const authorization = `Bearer ${body.access_token}`
      expect((await server.manage('GET', path, undefined, { authorization })).body.token_lifetime).toBe(1_234)
    })

    test('lets nothing else be set, and cannot be deleted', async () => {
      const table: readonly (readonly [object, string])[] = [
        [{ name: 'x' }, "'Additional properties not allowed: name'"],
        [
          { scopes: [], allow_offline_access: true },
          "'Additional properties not allowed: scopes,allow_offline_access'",
        ],
        [
          { subject_type_authorization: { client: { policy: 'deny_all' } } },
          "'Additional properties not allowed: client' on property subject_type_authorization",
        ],
        [{ token_lifetime: 0 }, "'Value 0 is less than minimum 60' on property token_lifetime"],
        [{ signing_alg: 'HS256' }, `'No enum match for: "HS256"' on property signing_alg`],
      ]
      for (const [given, text] of table) {
        const { status, body } = await server.manage('PATCH', path, given)
        expect({ status, message: body.message }).toEqual({
          status: 400,
          message: `Payload validation error: ${text}.`,
        })
      }
      const { status, body } = await server.manage('DELETE', path)
      expect({ status, message: body.message }).toEqual({
        status: 400,
        message: 'System resource servers cannot be deleted.',
      })
    })
  })

  test('deleting an API takes its grants and their associations along; no token is issued any more, nor for another of that name', async () => {
    const api = await create({ identifier: 'urn:gone', scopes: [{ value: 'read:x' }] })
    const { body: granted } = await server.manage('POST', '/client-grants', {
      client_id: billing.client_id,
      audience: 'urn:gone',
      scope: ['read:x'],
      organization_usage: 'allow',
    })
    const { body: organization } = await server.manage('POST', '/organizations', { name: 'gone-with-it' })
    await server.manage('POST', `/organizations/${organization.id}/client-grants`, { grant_id: granted.id })
    expect((await server.token({ audience: 'urn:gone', organization: organization.id })).status).toBe(200)

    expect((await server.manage('DELETE', `/resource-servers/${api.id}`)).status).toBe(204)
    expect((await server.token({ audience: 'urn:gone' })).status).toBe(403)
    expect((await server.manage('GET', `/client-grants/${granted.id}`)).status).toBe(404)
    expect((await server.manage('GET', `/organizations/${organization.id}/client-grants`)).text).toBe('[]')
    expect((await server.manage('DELETE', `/resource-servers/${api.id}`)).status).toBe(204)

    await create({ identifier: 'urn:gone' })
    expect((await server.token({ audience: 'urn:gone' })).status).toBe(403)
  })
})

describe('many who change one API at once', () => {
  const clients = Array.from({ length: 40 }, (_, n) =>
    aClient({ name: `Client ${n}`, client_id: `client-${n}`, client_secret: `secret-of-client-${n}` }),
  )
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({ clients, grants: [] })
  })
  afterAll(() => server.close())

  const grants = async () =>
    JSON.parse((await server.manage('GET', '/client-grants?audience=urn:busy&per_page=100')).text)
  const grantAll = () =>
    Promise.all(
      clients.map(({ client_id }) =>
        server.manage('POST', '/client-grants', { client_id, audience: 'urn:busy', scope: [] }),
      ),
    )

  test('each of forty clients is granted it', async () => {
    await server.manage('POST', '/resource-servers', { identifier: 'urn:busy' })
    expect((await grantAll()).map(({ status }) => status)).toEqual(clients.map(() => 201))
    expect(await grants()).toHaveLength(40)
  })

  test('of changes to different members none is lost', async () => {
    const members = {
      allow_offline_access: true,
      enforce_policies: true,
      token_lifetime: 60,
      name: 'Busy',
      signing_alg: 'PS256',
    }
    const answers = await Promise.all(
      Object.entries(members).map(([name, value]) =>
        server.manage('PATCH', '/resource-servers/urn:busy', { [name]: value }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect((await server.manage('GET', '/resource-servers/urn:busy')).body).toMatchObject(members)
  })

  test('no grant outlives an API that is deleted while it is granted', async () => {
    await server.manage('DELETE', '/resource-servers/urn:busy')
    await server.manage('POST', '/resource-servers', { identifier: 'urn:busy' })
    const granting = grantAll()
    expect((await server.manage('DELETE', '/resource-servers/urn:busy')).status).toBe(204)
    const statuses = new Set((await granting).map(({ status }) => status))
    expect([...statuses].every((status) => status === 201 || status === 404)).toBe(true)
    expect(await grants()).toEqual([])
  })
})
