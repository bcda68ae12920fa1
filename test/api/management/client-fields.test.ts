import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callerWith, narrowing } from '../../support/management-token.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, billing } from '../../support/tenant.ts'

const encryption_key = { pub: 'a public key', subject: '/CN=example' }
const path = `/clients/${billing.client_id}`

describe('what a token may read of a client, and set', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({ clients: [aClient({ app_type: 'non_interactive' })] }, narrowing)
    await server.manage('PATCH', path, { encryption_key, description: 'sends bills', callbacks: [] })
  })
  afterAll(() => server.close())

  const read = async (scopes: readonly string[], query = '') => {
    const { status, body } = await server.manage(
      'GET',
      `${path}${query}`,
      undefined,
      await callerWith(server, ...scopes),
    )
    return { status, body }
  }
  const write = async (scopes: readonly string[], body: object, target = path, method = 'PATCH') => {
    const answer = await server.manage(method, target, body, await callerWith(server, ...scopes))
    return { status: answer.status, body: answer.body }
  }
  const lacking = (scopes: string) => ({
    status: 403,
    body: { message: `Insufficient scope, expected any of: ${scopes}`, errorCode: 'insufficient_scope' },
  })
  const keyFields = ['client_secret', 'signing_keys', 'encryption_key']

  test('read:clients shows neither the secret nor keys', async () => {
    const { body } = await read(['read:clients'])
    expect(body).toMatchObject({ description: 'sends bills', callbacks: [], grant_types: ['client_credentials'] })
    for (const field of keyFields) expect(body).not.toHaveProperty(field)
  })

  test('read:client_keys shows them too', async () => {
    const { body } = await read(['read:clients', 'read:client_keys'])
    expect(body).toMatchObject({
      client_secret: billing.client_secret,
      signing_keys: [{ subject: 'deprecated' }],
      encryption_key,
      callbacks: [],
    })
  })

  test('read:client_summary shows the short form', async () => {
    const { body } = await read(['read:client_summary'])
    expect(body).toEqual({
      client_id: billing.client_id,
      name: billing.name,
      app_type: 'non_interactive',
      description: 'sends bills',
    })
  })

  test.each([
    [['read:clients'], 'client_secret,name', 'client_secret'],
    [
      ['read:clients'],
      'client_secret,signing_keys,client_authentication_methods',
      'client_secret, signing_keys, client_authentication_methods',
    ],
    [['read:client_summary'], 'name,callbacks', 'callbacks'],
    [['read:client_credentials'], 'encryption_key', 'encryption_key'],
  ])('with %j the fields %s cannot be asked for', async (scopes, fields, unreadable) => {
    const refused = {
      status: 403,
      body: {
        statusCode: 403,
        error: 'Forbidden',
        message: `You cannot read the following fields: ${unreadable}`,
        errorCode: 'insufficient_scope',
      },
    }
    expect(await read(scopes, `?fields=${fields}`)).toEqual(refused)
    expect(await read(scopes, `?fields=${fields}&include_fields=true`)).toEqual(refused)
    const list = await server.manage('GET', `/clients?fields=${fields}`, undefined, await callerWith(server, ...scopes))
    expect({ status: list.status, body: list.body }).toEqual(refused)
  })

  test('a field that may not be read can be left out by its name', async () => {
    const { status, body } = await read(['read:clients'], '?fields=client_secret,callbacks&include_fields=false')
    expect(status).toBe(200)
    expect(body).not.toHaveProperty('callbacks')
    expect(body).toHaveProperty('description')
  })

  test('no secret is in a list without read:client_keys', async () => {
    const { text } = await server.manage('GET', '/clients', undefined, await callerWith(server, 'read:clients'))
    expect(text).toContain(billing.client_id)
    expect(text).not.toContain('client_secret"')
    expect(text).not.toContain('BEGIN')
  })

  test.each([
    ['a description', { description: 'again' }, ['update:client_keys'], 'update:clients'],
    ['a secret', { client_secret: 'another secret' }, ['update:clients'], 'update:client_keys'],
    ['methods', { client_authentication_methods: null }, ['update:clients'], 'update:client_credentials'],
    [
      'a description beside a secret',
      { description: 'x', client_secret: 'y' },
      ['update:client_keys'],
      'update:clients',
    ],
  ])('%s takes its own scope', async (_what, body, scopes, missing) => {
    expect(await write(scopes, body)).toMatchObject(lacking(missing))
    expect((await server.manage('GET', path)).body).toMatchObject({
      description: 'sends bills',
      client_secret: billing.client_secret,
    })
  })

  test('whoever may not read the secret is not shown it after a change', async () => {
    const { status, body } = await write(['update:clients'], { callbacks: [] })
    expect(status).toBe(200)
    for (const field of keyFields) expect(body).not.toHaveProperty(field)
  })

  test('whoever makes a client is shown its secret, and needs a scope of its own for its credentials', async () => {
    const made = await write(['create:clients'], { name: 'Made' }, '/clients', 'POST')
    expect(made).toMatchObject({ status: 201, body: { client_secret: expect.any(String) } })
    const methods = { private_key_jwt: { credentials: [{ credential_type: 'public_key', pem: 'none' }] } }
    const body = { name: 'Keyed', client_authentication_methods: methods }
    expect(await write(['create:clients'], body, '/clients', 'POST')).toMatchObject(
      lacking('create:client_credentials'),
    )
  })

  test('a secret is rotated with update:client_keys alone', async () => {
    const { body: made } = await server.manage('POST', '/clients', { name: 'Rotated' })
    const target = `/clients/${made.client_id}/rotate-secret`
    expect(await write(['update:clients'], {}, target, 'POST')).toMatchObject(lacking('update:client_keys'))
    const { status, body } = await write(['update:client_keys'], {}, target, 'POST')
    expect({ status, secret: typeof body.client_secret }).toEqual({ status: 200, secret: 'string' })
  })
})
