import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi, audience, billing } from '../../support/tenant.ts'

const others = Array.from({ length: 102 }, (_, n) => ({ identifier: `urn:api:${n}`, scopes: [] }))

describe('client grants of an organization', () => {
  let server: TestServer
  let id: unknown
  beforeAll(async () => {
    server = await openServer({
      clients: [aClient()],
      apis: [anApi(), ...others],
      grants: [
        aGrant({ organization_usage: 'require' }),
        ...others.map(({ identifier }) => aGrant({ audience: identifier, scope: [] })),
      ],
      organizations: [{ name: 'acme' }],
    })
    id = (await server.manage('GET', '/organizations/name/acme')).body.id
  })
  afterAll(() => server.close())

  const path = (rest = '') => `/organizations/${id}/client-grants${rest}`
  const list = async (query = '') => JSON.parse((await server.manage('GET', path(`?${query}`))).text)
  const grantAt = async (at: string) =>
    JSON.parse((await server.manage('GET', `/client-grants?audience=${encodeURIComponent(at)}`)).text)[0]

  test('with an association a token is issued for the organization, and without it no more', async () => {
    const { id: grant_id, subject_type: _subject, ...grant } = await grantAt(audience)
    const ask = async () => (await server.token({ organization: id })).status
    expect(await ask()).toBe(403)
    const { status, body } = await server.manage('POST', path(), { grant_id })
    expect({ status, body }).toEqual({ status: 201, body: { grant_id, ...grant } })
    expect((await server.token({ organization: id })).claims.org_id).toBe(id)
    expect(await list('include_totals=true&page=0&per_page=50')).toEqual({
      start: 0,
      limit: 50,
      total: 1,
      client_grants: [{ id: grant_id, ...grant, subject_type: 'client' }],
    })
    const again = await server.manage('POST', path(), { grant_id })
    expect({ status: again.status, message: again.body.message }).toEqual({
      status: 409,
      message: 'The client grant has already been added to this organization.',
    })
    expect((await server.manage('DELETE', path(`/${grant_id}`))).status).toBe(204)
    expect(await ask()).toBe(403)
    expect(await list()).toEqual([])
    expect((await server.manage('DELETE', path(`/${grant_id}`))).status).toBe(204)
  })

  test('the list is in the order they were associated in, filtered by audience, client and grants', async () => {
    const grants = await Promise.all([2, 0, 1].map((n) => grantAt(`urn:api:${n}`)))
    for (const grant of grants) await server.manage('POST', path(), { grant_id: grant.id })
    expect(await list()).toEqual(grants)
    expect(await list('page=1&per_page=2')).toEqual(grants.slice(2))
    expect(await list('audience=urn:api:0')).toEqual([grants[1]])
    expect(await list(`client_id=${billing.client_id}`)).toEqual(grants)
    expect(await list('client_id=nobody')).toEqual([])
    expect(await list(`grant_ids=${grants[2].id}&grant_ids=${grants[0].id}`)).toEqual([grants[0], grants[2]])
    for (const grant of grants) await server.manage('DELETE', path(`/${grant.id}`))
  })

  test('what is not there is refused in Auth0’s words', async () => {
    const { id: grant_id } = await grantAt('urn:api:0')
    const calls: readonly (readonly [string, string, unknown, number, string])[] = [
      ['POST', '/organizations/org_none/client-grants', { grant_id }, 404, 'No organization found by that id'],
      [
        'DELETE',
        `/organizations/org_none/client-grants/${grant_id}`,
        undefined,
        404,
        'No organization found by that id',
      ],
      ['GET', '/organizations/org_none/client-grants', undefined, 404, 'No organization found by that id or name'],
      ['POST', path(), { grant_id: 'cgr_none' }, 404, 'The grant does not exist.'],
      ['POST', path(), {}, 400, "Payload validation error: 'Missing required property: grant_id'."],
    ]
    for (const [method, at, body, status, message] of calls) {
      const answer = await server.manage(method, at, body)
      expect({ status: answer.status, message: answer.body.message }).toEqual({ status, message })
    }
    expect(await list()).toEqual([])
  })

  test('a grant that is deleted leaves the organization’s list', async () => {
    const { id: grant_id } = await grantAt('urn:api:101')
    await server.manage('POST', path(), { grant_id })
    await server.manage('DELETE', `/client-grants/${grant_id}`)
    expect(await list()).toEqual([])
  })

  test('an organization takes a hundred, also when more come at once', async () => {
    const { text } = await server.manage('GET', '/client-grants?per_page=100&page=0')
    const rest = await server.manage('GET', '/client-grants?per_page=100&page=1')
    const grants: { id: string; audience: string }[] = [...JSON.parse(text), ...JSON.parse(rest.text)]
    const ids = grants.filter((grant) => grant.audience.startsWith('urn:api:')).map((grant) => grant.id)
    expect(ids.length).toBeGreaterThan(100)
    const answers = await Promise.all(ids.map((grant_id) => server.manage('POST', path(), { grant_id })))
    const counts = Map.groupBy(answers, ({ status }) => status)
    expect(counts.get(201)?.length).toBe(100)
    expect(counts.get(409)?.map(({ body }) => body.message)).toEqual(
      ids.slice(100).map(() => 'Quota exceeded; cannot add more than 100 client grants to a single organization'),
    )
    expect(await list('include_totals=true&per_page=100')).toMatchObject({ total: 100 })
  })

  test('an organization that is deleted leaves no association behind', async () => {
    const { id: grant_id } = await grantAt(audience)
    const { body: other } = await server.manage('POST', '/organizations', { name: 'short-lived' })
    await server.manage('POST', `/organizations/${other.id}/client-grants`, { grant_id })
    expect((await server.token({ organization: other.id })).status).toBe(200)
    await server.manage('DELETE', `/organizations/${other.id}`)
    expect((await server.token({ organization: other.id })).status).toBe(400)
    expect((await server.manage('GET', `/client-grants/${grant_id}/organizations`)).text).toBe('[]')
  })
})
