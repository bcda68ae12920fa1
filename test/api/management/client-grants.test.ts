import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, anApi, audience, billing } from '../../support/tenant.ts'

const system = 'https://auth.example.com/api/v2/'
const reports = { client_id: 'reports', client_secret: 'reports-secret-0123456789' }
const outsider = { client_id: 'outsider', client_secret: 'outsider-secret-0123456789' }

describe('client grants', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({
      clients: [
        aClient(),
        aClient({ name: 'Reports', ...reports }),
        aClient({ name: 'Outsider', ...outsider, is_first_party: false }),
        aClient({ name: 'Express', client_id: 'express', app_type: 'express_configuration' }),
      ],
      apis: [anApi(), anApi({ identifier: 'urn:second', name: 'Second', scopes: [{ value: 'a' }, { value: 'b' }] })],
    })
  })
  afterAll(() => server.close())

  const create = async (body: object) => {
    const answer = await server.manage('POST', '/client-grants', body)
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 })
    return answer.body
  }
  const list = async (query: string) => {
    const { status, text } = await server.manage('GET', `/client-grants?${query}`)
    expect({ query, status, text }).toMatchObject({ status: 200 })
    return JSON.parse(text)
  }

  test('a grant is made, read, changed and deleted, and each time the next token follows', async () => {
    const given = { client_id: reports.client_id, audience: 'urn:second', scope: ['a', 'b'] }
    const grant = await create(given)
    const { id, ...members } = grant
    expect(id).toMatch(/^cgr_[A-Za-z0-9]{16}$/)
    expect(members).toEqual({ ...given, subject_type: 'client' })
    expect((await server.manage('GET', `/client-grants/${id}`)).body).toEqual(grant)
    const scope = async () => (await server.token({ ...reports, audience: 'urn:second' })).claims.scope
    expect(await scope()).toBe('a b')

    const patched = await server.manage('PATCH', `/client-grants/${id}`, { scope: ['b'] })
    expect({ status: patched.status, body: patched.body }).toEqual({ status: 200, body: { ...grant, scope: ['b'] } })
    expect(await scope()).toBe('b')

    expect((await server.manage('DELETE', `/client-grants/${id}`)).status).toBe(204)
    const refused = await server.token({ ...reports, audience: 'urn:second' })
    expect({ status: refused.status, error: refused.body.error }).toEqual({ status: 403, error: 'access_denied' })
    expect((await server.manage('DELETE', `/client-grants/${id}`)).status).toBe(204)
    expect((await server.manage('GET', `/client-grants/${id}`)).body).toEqual({
      statusCode: 404,
      error: 'Not Found',
      message: 'The grant does not exist.',
      errorCode: 'inexistent_client_grant',
    })
  })

  test('a grant of all scopes names none, and follows the API', async () => {
    const grant = await create({ client_id: reports.client_id, audience: 'urn:second', allow_all_scopes: true })
    expect(grant).toEqual({
      id: grant.id,
      client_id: reports.client_id,
      audience: 'urn:second',
      allow_all_scopes: true,
      subject_type: 'client',
    })
    const scope = async () => (await server.token({ ...reports, audience: 'urn:second' })).claims.scope
    expect(await scope()).toBe('a b')
    const scopes = [{ value: 'a' }, { value: 'b' }, { value: 'c' }]
    await server.manage('PATCH', '/resource-servers/urn:second', { scopes })
    expect(await scope()).toBe('a b c')

    const patch = (body: object) => server.manage('PATCH', `/client-grants/${grant.id}`, body)
    const { allow_all_scopes: _all, ...rest } = grant
    expect((await patch({ scope: ['a'] })).body.message).toBe(
      '`scope` names scopes while `allow_all_scopes` is true; give one of them',
    )
    expect((await patch({ allow_all_scopes: false, scope: [] })).body).toEqual({
      ...rest,
      allow_all_scopes: false,
      scope: [],
    })
    expect((await patch({ scope: ['c'] })).body).toEqual({ ...rest, allow_all_scopes: false, scope: ['c'] })
    expect((await patch({ allow_all_scopes: true })).body).toEqual(grant)
    expect((await patch({ allow_all_scopes: null })).body).toEqual({ ...rest, scope: [] })
    await server.manage('DELETE', `/client-grants/${grant.id}`)
  })

  test('what a grant says beside its scopes is kept and echoed; null takes away', async () => {
    const given = {
      client_id: reports.client_id,
      audience,
      scope: [],
      subject_type: 'user',
      authorization_details_types: ['payment'],
      organization_usage: 'require',
      allow_any_organization: true,
    }
    const grant = await create(given)
    expect(grant).toEqual({ id: grant.id, ...given })
    const { body } = await server.manage('PATCH', `/client-grants/${grant.id}`, {
      organization_usage: null,
      allow_any_organization: null,
      authorization_details_types: ['shipping'],
    })
    const { organization_usage: _usage, allow_any_organization: _any, ...rest } = grant
    expect(body).toEqual({ ...rest, authorization_details_types: ['shipping'] })
    // A grant for people's tokens gives the client none of its own.
    expect((await server.token({ ...reports })).status).toBe(403)
    await server.manage('DELETE', `/client-grants/${grant.id}`)
  })

  test('a default grant is for third-party clients that have none of their own', async () => {
    const scopes = async (client: object) => (await server.token({ ...client, audience: 'urn:second' })).claims.scope
    const grant = await create({ audience: 'urn:second', scope: ['a'], default_for: 'third_party_clients' })
    expect(grant).toEqual({
      id: grant.id,
      audience: 'urn:second',
      scope: ['a'],
      subject_type: 'client',
      default_for: 'third_party_clients',
    })
    expect(await list('default_for=third_party_clients')).toEqual([grant])
    expect([await scopes(outsider), await scopes(reports)]).toEqual(['a', undefined])
    const { body: issued } = await server.token({ ...outsider, audience: 'urn:second' })
    const isActive = async () =>
      (await server.postForm('/oauth/introspect', { ...outsider, token: issued.access_token })).body.active
    expect(await isActive()).toBe(true)

    const own = await create({ client_id: outsider.client_id, audience: 'urn:second', scope: ['b'] })
    expect(await scopes(outsider)).toBe('b')
    await server.manage('DELETE', `/client-grants/${own.id}`)
    await server.manage('PATCH', `/client-grants/${grant.id}`, { scope: ['b', 'a'] })
    expect(await scopes(outsider)).toBe('b a')
    const again = await server.manage('POST', '/client-grants', {
      audience: 'urn:second',
      scope: [],
      default_for: 'third_party_clients',
    })
    expect(again.status).toBe(409)
    await server.manage('DELETE', `/client-grants/${grant.id}`)
    expect((await server.token({ ...outsider, audience: 'urn:second' })).status).toBe(403)
    expect(await isActive()).toBe(false)
  })

  test('a grant of the Management API keeps the scopes that it has, and drops others without a word', async () => {
    const grant = await create({
      client_id: reports.client_id,
      audience: system,
      scope: ['read:users', 'read:clients'],
    })
    expect(grant.scope).toEqual(['read:clients'])
    const { body } = await server.manage('PATCH', `/client-grants/${grant.id}`, {
      scope: ['create:rules', 'read:logs'],
    })
    expect(body.scope).toEqual(['read:logs'])
    await server.manage('DELETE', `/client-grants/${grant.id}`)
  })

  test('a grant of the Management API under a custom domain is one of the API that it is an alias of', async () => {
    const alias = 'https://login.acme.example/api/v2/'
    const given = { client_id: reports.client_id, scope: ['read:logs'] }
    expect((await server.manage('POST', '/client-grants', { ...given, audience: alias })).status).toBe(404)
    const type = 'self_managed_certs'
    const { body: domain } = await server.manage('POST', '/custom-domains', { domain: 'login.acme.example', type })
    await server.manage('POST', `/custom-domains/${domain.custom_domain_id}/verify`)

    const grant = await create({ ...given, audience: alias })
    expect(grant.audience).toBe(system)
    expect(await list(`client_id=${reports.client_id}&audience=${alias}`)).toEqual([grant])
    const again = await server.manage('POST', '/client-grants', { ...given, audience: system })
    expect(again.body.message).toBe(`A client grant already exists between ${reports.client_id} and ${system}`)
    expect((await server.token({ ...reports, audience: alias })).claims).toMatchObject({
      aud: alias,
      scope: 'read:logs',
    })
    const reserved = await server.manage('POST', '/resource-servers', { identifier: alias })
    expect(reserved.body.message).toBe('The selected identifier is reserved.')
    await server.manage('DELETE', `/client-grants/${grant.id}`)
    expect((await server.token({ ...reports, audience: alias })).status).toBe(403)
    await server.manage('DELETE', `/custom-domains/${domain.custom_domain_id}`)
  })

  test('what Auth0 refuses is refused in its words, and nothing is stored', async () => {
    const before = await list('include_totals=true')
    const table: readonly (readonly [object, number, string, string?])[] = [
      [
        { client_id: billing.client_id, audience, scope: [] },
        409,
        `A client grant already exists between ${billing.client_id} and ${audience}`,
      ],
      [{ client_id: billing.client_id, audience: 'urn:none', scope: [] }, 404, 'No resource with identifier urn:none'],
      [{ client_id: 'nobody', audience, scope: [] }, 404, 'Client not found'],
      [
        { client_id: billing.client_id, audience: system, allow_all_scopes: false },
        400,
        '`allow_all_scopes` cannot be provided when `audience` is a system API',
      ],
      [
        { client_id: 'express', audience, scope: [] },
        400,
        'Client of type express_configuration cannot be used',
        'validation_error',
      ],
      [
        { client_id: outsider.client_id, audience: system, scope: [] },
        400,
        'Client grants for this API cannot be created for third-party clients.',
      ],
      [
        { default_for: 'third_party_clients', audience: system, scope: [] },
        400,
        'Client grants for this API cannot be created for third-party clients.',
      ],
      [
        { audience, scope: [] },
        400,
        'A client grant has either `client_id` or `default_for`; give one of them',
        'invalid_body',
      ],
      [
        { client_id: reports.client_id, audience, scope: ['a'], allow_all_scopes: true },
        400,
        '`scope` names scopes while `allow_all_scopes` is true; give one of them',
        'invalid_body',
      ],
      [
        { client_id: reports.client_id, scope: [] },
        400,
        "Payload validation error: 'Missing required property: audience'.",
        'invalid_body',
      ],
      [
        { client_id: reports.client_id, audience, scope: [''] },
        400,
        "Payload validation error: 'String is too short (0 chars), minimum 1' on property scope[0].",
        'invalid_body',
      ],
    ]
    for (const [given, status, message, errorCode] of table) {
      const { body } = await server.manage('POST', '/client-grants', given)
      expect(body).toMatchObject({ statusCode: status, message })
      expect(body.errorCode).toBe(errorCode)
    }
    expect(await list('include_totals=true')).toEqual(before)
    const [{ id }] = await list(`client_id=${billing.client_id}`)
    const { body } = await server.manage('PATCH', `/client-grants/${id}`, {})
    expect(body.message).toBe("Payload validation error: 'Too few properties defined (0), minimum 1'.")
  })

  test('the list is filtered by each of its parameters, together, in every style', async () => {
    const one = await create({ client_id: reports.client_id, audience, scope: [] })
    const two = await create({
      client_id: reports.client_id,
      audience: 'urn:second',
      scope: [],
      allow_any_organization: true,
    })
    const user = await create({ client_id: reports.client_id, audience, scope: [], subject_type: 'user' })
    const own = `client_id=${reports.client_id}`
    expect(await list(own)).toEqual([one, two, user])
    expect(await list(`${own}&audience=${audience}&include_totals=true&per_page=50`)).toEqual({
      start: 0,
      limit: 50,
      total: 2,
      client_grants: [one, user],
    })
    expect(await list(`${own}&subject_type=client&take=1&include_totals=true&per_page=50`)).toEqual({
      client_grants: [one],
      next: expect.any(String),
    })
    const { next } = await list(`${own}&subject_type=client&take=1`)
    expect(await list(`${own}&subject_type=client&take=1&from=${next}`)).toEqual({ client_grants: [two] })
    expect(await list(`${own}&allow_any_organization=true`)).toEqual([two])
    expect(await list('audience=urn:none&take=50')).toEqual({ client_grants: [] })
    for (const { id } of [one, two, user]) await server.manage('DELETE', `/client-grants/${id}`)
  })

  test('the organizations of a grant are listed in every style', async () => {
    const grant = await create({ client_id: reports.client_id, audience, scope: [], organization_usage: 'allow' })
    const organizations: unknown[] = []
    for (const name of ['first', 'second', 'third']) {
      const { body } = await server.manage('POST', '/organizations', { name })
      organizations.push(body)
      await server.manage('POST', `/organizations/${body.id}/client-grants`, { grant_id: grant.id })
    }
    const path = `/client-grants/${grant.id}/organizations`
    const read = async (query: string) => JSON.parse((await server.manage('GET', `${path}?${query}`)).text)
    expect(await read('')).toEqual(organizations)
    expect(await read('include_totals=true&page=1&per_page=2')).toEqual({
      start: 2,
      limit: 2,
      total: 3,
      organizations: organizations.slice(2),
    })
    const first = await read('include_totals=true&take=2')
    expect(first).toEqual({ organizations: organizations.slice(0, 2), next: expect.any(String) })
    expect(await read(`take=2&from=${first.next}`)).toEqual({ organizations: organizations.slice(2) })
    expect((await server.manage('GET', '/client-grants/cgr_none/organizations')).status).toBe(404)
  })
})
