import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'

describe('what the server has none of, and Auth0’s clients list all the same', () => {
  let server: TestServer
  let id: unknown
  beforeAll(async () => {
    server = await openServer({ organizations: [{ name: 'acme' }] })
    id = (await server.manage('GET', '/organizations/name/acme')).body.id
  })
  afterAll(() => server.close())

  const lists: readonly (readonly [string, string])[] = [
    ['/connections', 'connections'],
    ['/organizations/ID/connections', 'connections'],
    ['/organizations/ID/enabled_connections', 'enabled_connections'],
    ['/organizations/ID/clients', 'clients'],
    ['/organizations/ID/members', 'members'],
  ]
  const read = async (path: string) => {
    const { status, text } = await server.manage('GET', path.replace('ID', String(id)))
    return { status, body: JSON.parse(text) }
  }

  test.each(lists)('%s is empty by page numbers', async (path, key) => {
    expect(await read(`${path}?include_totals=true&page=1&per_page=50`)).toEqual({
      status: 200,
      body: { start: 50, limit: 50, total: 0, [key]: [] },
    })
  })

  const checkpointed: readonly (readonly [string, string])[] = [
    ['/connections?include_totals=true&take=50', 'connections'],
    ['/organizations/ID/discovery-domains?take=50', 'domains'],
    ['/organizations/ID/discovery-domains', 'domains'],
    ['/organizations/ID/clients?take=50', 'clients'],
    ['/organizations/ID/clients', 'clients'],
    [
      '/organizations/ID/members?fields=user_id&include_fields=true&include_totals=true&per_page=50&take=100',
      'members',
    ],
  ]
  test.each(checkpointed)('%s is empty and has no next part', async (path, key) => {
    const { status, body } = await read(path)
    // With totals asked for beside `take`, the clients read on by `next`, which there is none of.
    expect({ status, records: body[key], next: body.next }).toEqual({ status: 200, records: [], next: undefined })
  })

  test.each([
    '/connections?strategy=auth0&strategy=sms',
    '/organizations/ID/connections?is_enabled=true',
    '/organizations/ID/members',
  ])('%s is an empty array', async (path) => {
    expect(await read(path)).toEqual({ status: 200, body: [] })
  })

  test('the lists of an organization that is not there are not', async () => {
    for (const part of ['connections', 'enabled_connections', 'discovery-domains', 'clients', 'members']) {
      const { status, body } = await server.manage('GET', `/organizations/org_none/${part}`)
      expect({ part, status, message: body.message }).toEqual({
        part,
        status: 404,
        message: 'No organization found by that id or name',
      })
    }
  })

  test('nothing can be added to them, and the answer says what is missing', async () => {
    const connection = { connection_id: 'con_0000000000000001' }
    const noConnection =
      'The connection "con_0000000000000001" does not exist: this server logs nobody in and has no connections; leave it out'
    const calls: readonly (readonly [string, object, string])[] = [
      ['connections', connection, noConnection],
      ['enabled_connections', connection, noConnection],
      [
        'discovery-domains',
        { domain: 'acme.example.com' },
        'The domain "acme.example.com" cannot be kept: this server logs nobody in and finds no organization by a domain; leave it out',
      ],
    ]
    for (const [part, given, message] of calls) {
      const { status, body } = await server.manage('POST', `/organizations/${id}/${part}`, given)
      expect({ status, message: body.message }).toEqual({ status: 400, message })
      expect((await server.manage('POST', `/organizations/org_none/${part}`, given)).status).toBe(404)
    }
  })
})
