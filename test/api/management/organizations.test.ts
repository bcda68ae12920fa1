import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aGrant, billing } from '../../support/tenant.ts'

const unknown = { statusCode: 404, error: 'Not Found', message: 'No organization found by that id or name' }
const defaults = { third_party_client_access: 'block', is_app_entitlement_active: false }

describe('organizations', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({ grants: [aGrant({ organization_usage: 'allow', allow_any_organization: true })] })
  })
  afterAll(() => server.close())

  const create = async (body: object) => {
    const answer = await server.manage('POST', '/organizations', body)
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 })
    return answer.body
  }

  test('one is made, read by id and by name, changed and deleted, and each time the next token follows', async () => {
    const given = { name: 'acme', display_name: 'Acme Inc.' }
    const organization = await create(given)
    const { id, ...members } = organization
    expect(id).toMatch(/^org_[A-Za-z0-9]{16}$/)
    expect(members).toEqual({ ...given, ...defaults })
    expect((await server.manage('GET', `/organizations/${id}`)).body).toEqual(organization)
    expect((await server.manage('GET', '/organizations/name/acme')).body).toEqual(organization)
    expect((await server.token({ organization: id })).claims.org_id).toBe(id)

    const patched = await server.manage('PATCH', `/organizations/${id}`, {
      name: 'acme-2',
      is_app_entitlement_active: true,
    })
    expect({ status: patched.status, body: patched.body }).toEqual({
      status: 200,
      body: { ...organization, name: 'acme-2', is_app_entitlement_active: true },
    })
    expect((await server.manage('GET', '/organizations/name/acme')).body).toEqual(unknown)

    expect((await server.manage('DELETE', `/organizations/${id}`)).status).toBe(204)
    expect((await server.token({ organization: id })).status).toBe(400)
    for (const method of ['GET', 'DELETE']) {
      const { status, body } = await server.manage(method, `/organizations/${id}`)
      expect({ status, body }).toEqual({ status: 404, body: unknown })
    }
    expect((await server.manage('PATCH', `/organizations/${id}`, {})).body).toEqual(unknown)
  })

  test('metadata is replaced as a whole, a null in it takes a pair away, and without a pair it is absent', async () => {
    const { id, metadata } = await create({ name: 'metadata', metadata: { a: '1', b: null } })
    expect(metadata).toEqual({ a: '1' })
    const patch = async (body: object) => (await server.manage('PATCH', `/organizations/${id}`, body)).body
    expect((await patch({ metadata: { b: '2', c: '3' } })).metadata).toEqual({ b: '2', c: '3' })
    expect((await patch({ display_name: 'Same' })).metadata).toEqual({ b: '2', c: '3' })
    expect((await patch({ metadata: {} })).metadata).toBeUndefined()
  })

  test('branding and a token quota are kept; the quota holds at once, and null takes it away', async () => {
    const members = {
      branding: {
        logo_url: 'https://acme.example.com/logo.svg',
        colors: { primary: '#e3e2f0', page_background: '#e3e2ff' },
      },
      token_quota: { client_credentials: { enforce: true, per_hour: 1 } },
      third_party_client_access: 'allow',
    }
    const organization = await create({ name: 'quota', ...members })
    expect(organization).toMatchObject(members)
    const { id } = organization
    expect((await server.token({ organization: id })).status).toBe(200)
    expect((await server.token({ organization: id })).status).toBe(429)
    const { body } = await server.manage('PATCH', `/organizations/${id}`, { token_quota: null })
    expect(body.token_quota).toBeUndefined()
    expect(body.branding).toEqual(members.branding)
    expect((await server.token({ organization: id })).status).toBe(200)
  })

  test('what cannot be kept is refused, and nothing is stored', async () => {
    await create({ name: 'taken' })
    const { id } = await create({ name: 'other' })
    const pairs = Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`key${n}`, 'x']))
    const conflict = 'An organization with this name already exists.'
    const table: readonly (readonly [object, number, string, string?])[] = [
      [{ name: 'taken' }, 409, conflict, 'organization_conflict'],
      [
        { name: 'With Capitals' },
        400,
        "Payload validation error: 'Object didn't pass validation for format organization-name: With Capitals' on property name.",
        'invalid_body',
      ],
      [
        { name: 'x', metadata: pairs },
        400,
        "Payload validation error: 'Too many properties defined (26), maximum 25' on property metadata.",
        'invalid_body',
      ],
      [
        { name: 'x', metadata: { a: 'x'.repeat(256) } },
        400,
        "Payload validation error: 'String is too long (256 chars), maximum 255' on property metadata.a.",
        'invalid_body',
      ],
      [
        { name: 'x', display_name: '' },
        400,
        "Payload validation error: 'String is too short (0 chars), minimum 1' on property display_name.",
        'invalid_body',
      ],
      [
        { name: 'x', enabled_connections: [{ connection_id: 'con_0000000000000001' }] },
        400,
        'The connection "con_0000000000000001" does not exist: this server logs nobody in and has no connections; leave it out',
      ],
    ]
    for (const [given, statusCode, message, errorCode] of table) {
      const { body } = await server.manage('POST', '/organizations', given)
      expect(body).toMatchObject({ statusCode, message })
      expect(body.errorCode).toBe(errorCode)
    }
    expect((await server.manage('GET', '/organizations/name/x')).status).toBe(404)
    expect((await server.manage('PATCH', `/organizations/${id}`, { name: 'taken' })).body.message).toBe(conflict)
    expect((await server.manage('PATCH', `/organizations/${id}`, { name: 'other' })).status).toBe(200)
  })

  test('of two that want one name at the same time, one gets it', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => server.manage('POST', '/organizations', { name: 'wanted' })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
  })
})

describe('the list of organizations', () => {
  const named = [
    { name: 'bravo', display_name: 'Zulu' },
    { name: 'alpha', display_name: 'Mike' },
    { name: 'delta', display_name: 'Mike' },
    { name: 'charlie', display_name: 'Alfa' },
  ]
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({ organizations: named })
  })
  afterAll(() => server.close())

  const read = async (query: string) => {
    const { status, text } = await server.manage('GET', `/organizations?${query}`)
    expect({ query, status, text }).toMatchObject({ status: 200 })
    return JSON.parse(text)
  }
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)

  test('is in order of creation in every style, also for the association of a client that none has', async () => {
    const created = named.map(({ name }) => name)
    expect(names(await read(''))).toEqual(created)
    const { organizations, ...page } = await read('include_totals=true&page=1&per_page=3')
    expect({ page, names: names(organizations) }).toEqual({
      page: { start: 3, limit: 3, total: 4 },
      names: ['charlie'],
    })
    const association = `include_client_association_for=${billing.client_id}`
    const first = await read(`${association}&include_totals=true&take=3`)
    expect(names(first.organizations)).toEqual(created.slice(0, 3))
    expect(first.organizations[0].client).toBeUndefined()
    const rest = await read(`take=3&from=${first.next}`)
    expect({ ...rest, organizations: names(rest.organizations) }).toEqual({ organizations: ['charlie'] })
  })

  test('is sorted by name, display name or creation, up or down, page by page', async () => {
    const sorted: Readonly<Record<string, readonly string[]>> = {
      'name:1': ['alpha', 'bravo', 'charlie', 'delta'],
      'name:-1': ['delta', 'charlie', 'bravo', 'alpha'],
      'display_name:1': ['charlie', 'alpha', 'delta', 'bravo'],
      'created_at:1': ['bravo', 'alpha', 'delta', 'charlie'],
      'created_at:-1': ['charlie', 'delta', 'alpha', 'bravo'],
    }
    for (const [sort, expected] of Object.entries(sorted)) {
      expect(names(await read(`sort=${sort}`))).toEqual(expected)
      const walked: string[] = []
      for (let from = ''; ; ) {
        const { organizations, next } = await read(`sort=${sort}&take=1${from}`)
        walked.push(...names(organizations))
        if (next === undefined) break
        from = `&from=${next}`
      }
      expect({ sort, walked }).toEqual({ sort, walked: expected })
      const pages = await Promise.all([0, 1, 2].map((page) => read(`sort=${sort}&page=${page}&per_page=3`)))
      expect(names(pages.flat())).toEqual(expected)
    }
  })

  test('a sort by anything else, and a page after an organization that is gone, are refused', async () => {
    const { status, body } = await server.manage('GET', '/organizations?sort=id:1')
    expect({ status, errorCode: body.errorCode }).toEqual({ status: 400, errorCode: 'invalid_query_string' })
    const { organizations, next } = await read('sort=name:1&take=1')
    await server.manage('DELETE', `/organizations/${organizations[0].id}`)
    expect((await server.manage('GET', `/organizations?sort=name:1&take=1&from=${next}`)).status).toBe(400)
  })

  test('shows no more than what tells them apart to a token that reads no more', async () => {
    const { managementClient } = server
    const { body: client } = await server.manage('POST', '/client-grants', {
      client_id: billing.client_id,
      audience: managementClient.audience,
      scope: ['read:organizations_summary'],
    })
    expect(client.scope).toEqual(['read:organizations_summary'])
    const { body: token } = await server.token({ audience: managementClient.audience })
    const authorization = `Bearer ${token.access_token}`
    const { text } = await server.manage('GET', '/organizations?per_page=1', undefined, { authorization })
    expect(JSON.parse(text)).toEqual([{ id: expect.any(String), name: 'bravo', display_name: 'Zulu' }])
    const byName = await server.manage('GET', '/organizations/name/bravo', undefined, { authorization })
    expect(byName.body.message).toBe('Insufficient scope, expected any of: read:organizations')
  })
})
