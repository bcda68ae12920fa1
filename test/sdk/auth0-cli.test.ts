import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, domain, openServer, type TestServer } from '../support/server.ts'
import { billing, handler, audience as orders } from '../support/tenant.ts'
import { follow, step } from './sequence.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer({}, { MANAGEMENT_RATE_LIMIT_PER_SECOND: '0' })
})
afterAll(() => server.close())

const trigger = { id: 'credentials-exchange', version: 'v2' }

describe('what auth0-cli sends', () => {
  test('auth0 login as a machine: Basic first with client_id in the form too; the token is a JWT with an end', async () => {
    const { client_id, client_secret, audience } = server.managementClient
    const { status, body } = await server.send('/oauth/token', {
      method: 'POST',
      headers: { authorization: basic(client_id, client_secret) },
      body: new URLSearchParams({ audience, client_id, grant_type: 'client_credentials' }),
    })
    expect(status).toBe(200)
    const { exp = 0, aud } = decodeJwt(String(body.access_token))
    expect(aud).toBe(`https://${domain}/api/v2/`)
    // A token with less than five minutes to live counts as none.
    expect(exp * 1000 - Date.now()).toBeGreaterThan(300_000)
  })

  test('auth0 actions: create, list, show, update, deploy, diff, delete', async () => {
    const { body } = await server.manage('GET', '/actions/triggers')
    const [current] = listIn(body.triggers).filter(({ id, status }) => id === trigger.id && status === 'CURRENT')
    expect(current).toMatchObject(trigger)
    const runtime = current?.default_runtime
    const { action } = await follow(server, [
      step('POST /actions/actions', {
        body: { name: 'From the shell', code: handler(''), supported_triggers: [trigger], runtime, secrets: [] },
        keep: { action: 'id' },
      }),
      step('GET /actions/actions?per_page=50', { answer: { actions: [{ id: '{action}' }], total: 1 } }),
      step('GET /actions/actions?deployed=false&per_page=50', { answer: { actions: [{ id: '{action}' }] } }),
      step('GET /actions/actions/{action}'),
      step('PATCH /actions/actions/{action}', {
        body: { name: 'Renamed', secrets: [{ name: 'KEY', value: 'a value' }] },
      }),
      step('POST /actions/actions/{action}/deploy', { status: 200 }),
      step('GET /actions/actions/{action}', { until: { all_changes_deployed: true } }),
    ])
    for (const times of [2, 3]) {
      await follow(server, [
        step(`PATCH /actions/actions/${action}`, { body: { code: handler(`console.log(${times})`) } }),
        step(`POST /actions/actions/${action}/deploy`, { status: 200, answer: { number: times } }),
      ])
    }
    // `diff` asks for pages until it has as many as `total` says.
    const versions: unknown[] = []
    for (let page = 0, total = 1; versions.length < total; page += 1) {
      const answer = await server.manage('GET', `/actions/actions/${action}/versions?page=${page}&per_page=2`)
      total = Number(answer.body.total)
      expect(total).toBe(3)
      const found = listIn(answer.body.versions)
      expect(found.length).toBeGreaterThan(0)
      versions.push(...found.map(({ number }) => number))
    }
    expect(versions).toEqual([3, 2, 1])
    await follow(server, [
      step(`DELETE /actions/actions/${action}`),
      step('GET /actions/actions?per_page=50', { exactly: { actions: [], per_page: 50 } }),
    ])
  })

  test('auth0 apis: the id of what is shown is escaped twice', async () => {
    await follow(server, [
      step('POST /resource-servers', {
        body: {
          name: 'Shell API',
          identifier: 'https://shell.example.com/a b',
          scopes: [{ value: 'read:things' }],
          allow_offline_access: false,
          token_lifetime: 3600,
          signing_alg: 'RS256',
        },
        keep: { api: 'id' },
      }),
      step('GET /resource-servers?include_totals=true&page=0&per_page=100', { answer: { start: 0, limit: 100 } }),
      step('GET /resource-servers/https:%252F%252Fshell.example.com%252Fa%2520b', { answer: { id: '{api}' } }),
      step('GET /resource-servers/{api}', { answer: { identifier: 'https://shell.example.com/a b' } }),
      step('PATCH /resource-servers/{api}', { body: { name: 'Shell API', token_lifetime: 7200 } }),
      step('DELETE /resource-servers/{api}'),
    ])
  })

  test('auth0 apps: listed without the global one, made, rotated, removed', async () => {
    await follow(server, [
      step('POST /clients', {
        body: {
          name: 'Shell app',
          description: 'From the shell',
          app_type: 'non_interactive',
          callbacks: [],
          allowed_origins: [],
          grant_types: ['client_credentials'],
          token_endpoint_auth_method: 'client_secret_post',
        },
        keep: { client: 'client_id' },
      }),
      step('GET /clients?include_totals=true&is_global=false&page=0&per_page=100', {
        answer: { clients: expect.not.arrayContaining([expect.objectContaining({ global: true })]) },
      }),
      step('GET /clients/{client}', { answer: { name: 'Shell app' } }),
      step('PATCH /clients/{client}', { body: { name: 'Shell app', description: 'Changed' } }),
      step('POST /clients/{client}/rotate-secret', { status: 200, answer: { client_id: '{client}' } }),
      step('DELETE /clients/{client}'),
    ])
  })

  test('auth0 client-grants: a page by checkpoint, with the filters that were given', async () => {
    await follow(server, [
      step(`GET /client-grants?client_id=${billing.client_id}&take=100`, {
        answer: { client_grants: [{ audience: orders }] },
      }),
      step('GET /client-grants?allow_any_organization=true&subject_type=client&take=100', {
        exactly: { client_grants: [] },
      }),
    ])
  })

  test('auth0 test token: the secret is read, the grant looked for, the token asked for', async () => {
    const { body } = await server.manage('GET', `/clients/${billing.client_id}`)
    const grants = await server.manage(
      'GET',
      `/client-grants?audience=${encodeURIComponent(orders)}&client_id=${billing.client_id}`,
    )
    expect(JSON.parse(grants.text)).toMatchObject([{ client_id: billing.client_id, audience: orders }])
    const { client_id, client_secret } = body
    const answer = await server.token({ client_id, client_secret, audience: orders })
    expect(answer.status).toBe(200)
  })

  test('auth0 logs tail: the newest first, then all after the last, by a filter given twice', async () => {
    await server.token()
    const first = await server.manage('GET', '/logs?page=0&per_page=5&q=type%3Aseccft&sort=date%3A-1')
    const [last] = listIn(JSON.parse(first.text))
    expect(last).toMatchObject({ type: 'seccft', _id: last?.log_id, client_id: billing.client_id })
    const tail = async () => {
      const range = encodeURIComponent(`log_id:[${last?.log_id} TO *]`)
      const { text } = await server.manage('GET', `/logs?page=0&per_page=5&q=type%3Aseccft&q=${range}&sort=date%3A-1`)
      return listIn(JSON.parse(text)).map(({ log_id }) => log_id)
    }
    expect(await tail()).toEqual([last?.log_id])
    await server.token()
    await server.token({ client_secret: 'another' })
    const [newest, ...before] = await tail()
    expect(newest).not.toBe(last?.log_id)
    expect(before).toEqual([last?.log_id])
  })

  test('auth0 orgs and auth0 api: what is not here names a scope', async () => {
    await follow(server, [
      step('POST /organizations', { body: { name: 'shell', display_name: 'Shell' }, keep: { organization: 'id' } }),
      step('GET /organizations?include_totals=true&page=0&per_page=100', { answer: { total: 1 } }),
      step('PATCH /organizations/{organization}', { body: { display_name: 'Shell', metadata: { a: 'b' } } }),
      step('DELETE /organizations/{organization}'),
    ])
    const { status, body } = await server.manage('GET', '/users?per_page=1')
    expect({ status, ...body }).toMatchObject({ status: 403, errorCode: 'insufficient_scope' })
    expect(/expected any of: ([\w:]+)/.exec(String(body.message))?.[1]).toBe('read:users')
  })
})

function listIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`)
  return value
}
