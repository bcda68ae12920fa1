import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, billing } from '../../support/tenant.ts'

const others = [
  { name: 'Web', client_id: 'WebClientId000000000000000000001', app_type: 'regular_web', is_first_party: true },
  { name: 'Page', client_id: 'PageClientId00000000000000000001', app_type: 'spa', is_first_party: true },
  {
    name: 'Partner',
    client_id: 'PartnerClientId00000000000000001',
    app_type: 'non_interactive',
    is_first_party: false,
  },
]

describe('the list of clients', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({
      clients: [aClient(), ...others.map((other) => ({ ...other, grant_types: ['client_credentials'] }))],
      settings: { allow_organization_name_in_authentication_api: true },
      grants: [
        aGrant({ organization_usage: 'allow' }),
        aGrant({ client: 'Partner', allow_any_organization: true, organization_usage: 'allow' }),
      ],
      organizations: [{ name: 'acme', client_grants: [{ client_id: 'Billing' }] }],
    })
  })
  afterAll(() => server.close())

  const list = async (query: string) => (await server.manage('GET', `/clients${query}`)).body
  const names = async (query: string) => {
    const body: unknown = await list(query)
    const clients = Array.isArray(body) ? body : (body as { clients: unknown[] }).clients
    return clients.map((client) => String(Reflect.get(Object(client), 'name')))
  }
  const everyone = ['All Applications', 'Symbolon management', 'Billing', 'Web', 'Page', 'Partner']

  test('is a bare array in order of creation, unless another style is asked for', async () => {
    expect(await names('')).toEqual(everyone)
    expect(await names('?page=1&per_page=4')).toEqual(['Page', 'Partner'])
    expect(await names('?page=9&per_page=4')).toEqual([])
  })

  test('tells how many there are when it is asked', async () => {
    expect(await list('?include_totals=true&per_page=2&page=1&fields=name')).toEqual({
      start: 2,
      limit: 2,
      total: 6,
      clients: [{ name: 'Billing' }, { name: 'Web' }],
    })
  })

  test('is read on from where a page ended, and then it is at its end', async () => {
    const read: unknown[] = []
    for (let query = '?take=4&fields=name'; query !== ''; ) {
      const page = await list(query)
      read.push(...(page.clients as object[]).map((client) => Reflect.get(client, 'name')))
      query = page.next === undefined ? '' : `?take=4&fields=name&from=${page.next}`
    }
    expect(read).toEqual(everyone)
  })

  test.each([
    ['is_global=false', everyone.slice(1)],
    ['is_global=true', ['All Applications']],
    ['is_global=true&app_type=spa', []],
    ['is_global=false&is_first_party=true&app_type=spa', ['Page']],
    ['is_first_party=false', ['Partner']],
    ['app_type=spa,regular_web', ['Web', 'Page']],
    ['app_type=native', []],
    ['is_global=false&app_type=non_interactive&is_first_party=true', ['Symbolon management']],
    ['external_client_id=https://app.example.com/client.json', []],
    ['q=client_grant.allow_any_organization:true&take=10', ['Partner']],
  ])('has with %s only those', async (query, expected) => {
    expect(await names(`?${query}`)).toEqual(expected)
    if (!query.includes('take')) {
      expect(await list(`?include_totals=true&${query}`)).toMatchObject({ total: expected.length })
    }
  })

  test('has those that an organization lets in', async () => {
    const { claims } = await server.token({ organization: 'acme' })
    expect(await names(`?take=10&q=client_grant.organization_id:${claims.org_id}`)).toEqual(['Billing'])
  })

  test('refuses a query that is not known', async () => {
    expect(await list('?q=name:Billing')).toMatchObject({ statusCode: 400, errorCode: 'invalid_query_string' })
  })

  test('leaves out the fields that are not wanted', async () => {
    const [first] = (await list(
      '?per_page=1&page=2&fields=client_secret,signing_keys&include_fields=false',
    )) as unknown as [object]
    expect(first).toMatchObject({ client_id: billing.client_id })
    expect(first).not.toHaveProperty('client_secret')
    expect(first).not.toHaveProperty('signing_keys')
  })
})
