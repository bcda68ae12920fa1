import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'

describe('custom domains', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  const create = (domain: string, more: object = {}) =>
    server.manage('POST', '/custom-domains', { domain, type: 'self_managed_certs', ...more })
  const list = async (query = ''): Promise<readonly { readonly domain: string }[]> =>
    JSON.parse((await server.manage('GET', `/custom-domains${query}`)).text)

  test('are none at first, in both styles of lists, and the default is the server’s own', async () => {
    expect(await list()).toEqual([])
    expect(await list('?take=10')).toEqual({ custom_domains: [] })
    const { status, body } = await server.manage('GET', '/custom-domains/default')
    expect([status, body]).toEqual([200, { domain: 'auth.example.com' }])
  })

  test('wait for their verification, which says what leads here', async () => {
    const { status, body } = await create('Login.Acme.example', { domain_metadata: { brand: 'acme' } })
    expect({ status, body }).toStrictEqual({
      status: 201,
      body: {
        custom_domain_id: expect.stringMatching(/^cd_[A-Za-z0-9]{16}$/),
        domain: 'login.acme.example',
        type: 'self_managed_certs',
        primary: true,
        is_default: false,
        status: 'pending_verification',
        domain_metadata: { brand: 'acme' },
        verification: {
          methods: [{ name: 'cname', record: 'auth.example.com', domain: 'login.acme.example' }],
          status: 'pending',
        },
      },
    })
    expect((await server.manage('GET', `/custom-domains/${body.custom_domain_id}`)).body).toEqual(body)
    const managed = await create('managed.acme.example', { type: 'auth0_managed_certs' })
    expect(managed.body).toMatchObject({ tls_policy: 'recommended', primary: false })
  })

  test('that are there already are answered with the refusal', async () => {
    const [first] = await list()
    const { status, body } = await create('login.acme.example')
    expect({ status, body }).toEqual({
      status: 409,
      body: {
        ...first,
        statusCode: 409,
        error: 'Conflict',
        message: 'Custom domain already exists.',
        errorCode: 'custom_domain_exists',
      },
    })
    expect(await list()).toHaveLength(2)
  })

  test.each([
    ['a host with a port', { domain: 'login.acme.example:8443' }, 'String does not match pattern'],
    ['a type that is none', { type: 'magic' }, "'type'|on property type"],
    [
      'a policy of another type',
      { tls_policy: 'recommended' },
      "The 'tls_policy' cannot be set on self_managed domains",
    ],
    [
      'a header of another type',
      { type: 'auth0_managed_certs', custom_client_ip_header: 'x-forwarded-for' },
      "The 'custom_client_ip_header' cannot be set on auth0_managed domains",
    ],
    [
      "somebody else's relying party",
      { relying_party_identifier: 'evil.example' },
      "The 'relying_party_identifier' must be equal to or a registrable domain suffix of the domain.",
    ],
    [
      'too many keys of metadata',
      { domain_metadata: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, 'v'])) },
      'Too many properties',
    ],
    ["the server's own domain", { domain: 'auth.example.com' }, "is the server's own domain already"],
  ])('%s is refused, and nothing is stored', async (_what, more, said) => {
    const before = await list()
    const { status, body } = await create('third.acme.example', more)
    expect([status, body.errorCode]).toEqual([400, 'invalid_body'])
    expect(body.message).toMatch(new RegExp(said.replaceAll(/[().]/g, '\\$&')))
    expect(await list()).toEqual(before)
  })

  test('are changed: metadata key by key, a relying party set and taken away', async () => {
    const [first] = JSON.parse((await server.manage('GET', '/custom-domains')).text)
    const path = `/custom-domains/${first.custom_domain_id}`
    const changed = await server.manage('PATCH', path, {
      domain_metadata: { tier: 'gold', brand: null },
      custom_client_ip_header: 'cf-connecting-ip',
      relying_party_identifier: 'acme.example',
    })
    expect({ status: changed.status, body: changed.body }).toMatchObject({
      status: 200,
      body: {
        domain_metadata: { tier: 'gold' },
        custom_client_ip_header: 'cf-connecting-ip',
        relying_party_identifier: 'acme.example',
      },
    })
    const cleared = await server.manage('PATCH', path, {
      custom_client_ip_header: null,
      relying_party_identifier: null,
    })
    expect(Object.keys(cleared.body)).not.toContain('custom_client_ip_header')
    expect(Object.keys(cleared.body)).not.toContain('relying_party_identifier')
    expect(cleared.body.domain_metadata).toEqual({ tier: 'gold' })
    const refused = await server.manage('PATCH', path, { domain: 'other.acme.example' })
    expect(refused.body.message).toContain("'Additional properties not allowed: domain'")
  })

  test('are not the default before they are verified', async () => {
    const { status, body } = await server.manage('PATCH', '/custom-domains/default', { domain: 'login.acme.example' })
    expect([status, body.message, body.errorCode]).toEqual([
      400,
      'The domain must be verified before it can be set as default.',
      'invalid_body',
    ])
  })

  test('are not tested before they are verified; then the test tells what keeps them from leading here', async () => {
    const { body: made } = await create('nowhere.invalid')
    const path = `/custom-domains/${made.custom_domain_id}`
    const early = await server.manage('POST', `${path}/test`)
    expect([early.status, early.body.message]).toEqual([409, 'The custom domain is not ready.'])
    const verified = await server.manage('POST', `${path}/verify`)
    expect({ status: verified.status, body: verified.body }).toMatchObject({
      status: 200,
      body: {
        status: 'ready',
        origin_domain_name: 'auth.example.com',
        verification: { status: 'verified', last_verified_at: expect.stringMatching(/Z$/) },
      },
    })
    expect((await server.manage('POST', `${path}/verify`)).body.status).toBe('ready')
    const tested = await server.manage('POST', `${path}/test`)
    expect({ status: tested.status, body: tested.body }).toEqual({
      status: 200,
      body: { success: false, message: expect.stringContaining('https://nowhere.invalid/') },
    })
  })

  test('one of them is the default, the others are not', async () => {
    const [first] = JSON.parse((await server.manage('GET', '/custom-domains?q=domain:login*')).text)
    await server.manage('POST', `/custom-domains/${first.custom_domain_id}/verify`)
    for (const domain of ['nowhere.invalid', 'login.acme.example']) {
      const { status, body } = await server.manage('PATCH', '/custom-domains/default', { domain })
      expect({ status, body }).toMatchObject({ status: 200, body: { domain, is_default: true } })
    }
    expect(await list('?q=is_default:true')).toMatchObject([{ domain: 'login.acme.example' }])
    expect((await server.manage('GET', '/custom-domains/default')).body).toMatchObject({ domain: 'login.acme.example' })
    const kept = await server.manage('DELETE', `/custom-domains/${first.custom_domain_id}`)
    expect([kept.status, kept.body.message]).toEqual([
      409,
      'Cannot delete the default custom domain. Please set another domain as default before deleting this one.',
    ])
    const unknown = await server.manage('PATCH', '/custom-domains/default', { domain: 'gone.example' })
    expect([unknown.status, unknown.body.message]).toEqual([404, 'The custom domain gone.example does not exist'])
    const back = await server.manage('PATCH', '/custom-domains/default', { domain: 'auth.example.com' })
    expect([back.status, back.body]).toEqual([200, { domain: 'auth.example.com' }])
    expect(await list('?q=is_default:true')).toEqual([])
  })

  test('are read in parts, sorted, searched and by the field', async () => {
    const first = JSON.parse((await server.manage('GET', '/custom-domains?take=2')).text)
    expect(first.custom_domains).toHaveLength(2)
    const rest = JSON.parse((await server.manage('GET', `/custom-domains?take=2&from=${first.next}`)).text)
    expect([rest.custom_domains.length, rest.next]).toEqual([1, undefined])
    expect((await list('?sort=domain:-1')).map(({ domain }) => domain)).toEqual([
      'nowhere.invalid',
      'managed.acme.example',
      'login.acme.example',
    ])
    expect(await list('?q=status:ready AND type:self_managed_certs&fields=domain&sort=domain:1')).toEqual([
      { domain: 'login.acme.example' },
      { domain: 'nowhere.invalid' },
    ])
    for (const query of ['q=colour:red', 'sort=status:1', 'page=0', 'from=x'])
      expect((await server.manage('GET', `/custom-domains?${query}`)).body).toMatchObject({
        statusCode: 400,
        errorCode: 'invalid_query_string',
      })
  })

  test('are deleted once and again; what is gone is not found', async () => {
    const [first] = JSON.parse((await server.manage('GET', '/custom-domains')).text)
    const path = `/custom-domains/${first.custom_domain_id}`
    expect((await server.manage('DELETE', path)).status).toBe(204)
    expect((await server.manage('DELETE', path)).status).toBe(204)
    for (const [method, where] of [
      ['GET', path],
      ['PATCH', path],
      ['POST', `${path}/verify`],
      ['POST', `${path}/test`],
    ] as const) {
      const { status, body } = await server.manage(method, where, method === 'PATCH' ? {} : undefined)
      expect([status, body.message, body.errorCode]).toEqual([
        404,
        `The custom domain ${first.custom_domain_id} does not exist`,
        'inexistent_custom_domain',
      ])
    }
  })

  test('a domain whose audience is an API’s already is refused', async () => {
    const identifier = 'https://api.acme.example/api/v2/'
    expect((await server.manage('POST', '/resource-servers', { identifier, name: 'Mine' })).status).toBe(201)
    const { status, body } = await create('api.acme.example')
    expect([status, body.message]).toEqual([409, expect.stringContaining(identifier)])
  })
})
