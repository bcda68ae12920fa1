import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'

const http = {
  name: 'Collector',
  type: 'http',
  sink: {
    httpAuthorization: 'AKIAXXXXXXXXXXXXXXXX',
    httpContentFormat: 'JSONLINES',
    httpContentType: 'application/json',
    httpEndpoint: 'https://127.0.0.1:9/webhook/logs',
  },
}

const others = [
  { type: 'eventbridge', sink: { awsAccountId: '123456789012', awsRegion: 'us-east-2' } },
  {
    type: 'eventgrid',
    sink: {
      azureSubscriptionId: 'b69a6835-57c7-4d53-b0d5-1c6ae580b6d5',
      azureRegion: 'northeurope',
      azureResourceGroup: 'azure-logs-rg',
    },
  },
  { type: 'datadog', sink: { datadogApiKey: 'a1b2', datadogRegion: 'us5' } },
  {
    type: 'splunk',
    sink: { splunkDomain: 'demo.splunk.com', splunkPort: '8088', splunkToken: 'token', splunkSecure: true },
  },
  { type: 'sumo', sink: { sumoSourceAddress: 'https://sumo.example.com' } },
  { type: 'segment', sink: { segmentWriteKey: 'key' } },
] as const

describe('log streams', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  const create = (body: object) => server.manage('POST', '/log-streams', body)
  const patch = (id: unknown, body: object) => server.manage('PATCH', `/log-streams/${id}`, body)

  test('one is made, read, changed as a whole sink and removed, its secret left alone, answered as Auth0 does', async () => {
    const made = await create({ ...http, filters: [{ type: 'category', name: 'auth.ancillary.fail' }] })
    const { id } = made.body
    expect(id).toMatch(/^lst_\d{16}$/)
    const expected = {
      id,
      name: 'Collector',
      type: 'http',
      status: 'active',
      sink: http.sink,
      filters: [{ type: 'category', name: 'auth.ancillary.fail' }],
    }
    expect(made.status).toBe(200)
    expect(made.text).toBe(JSON.stringify(expected))
    expect(await server.manage('GET', `/log-streams/${id}`)).toMatchObject({
      status: 200,
      text: JSON.stringify(expected),
    })
    expect(JSON.parse((await server.manage('GET', '/log-streams')).text)).toEqual([expected])

    const sink = { httpEndpoint: 'https://127.0.0.1:9/others', httpCustomHeaders: [{ header: 'foo', value: 'bar' }] }
    const kept = { ...sink, httpAuthorization: http.sink.httpAuthorization }
    const changed = { ...expected, status: 'paused', sink: kept, filters: [], isPriority: true }
    expect((await patch(id, { status: 'paused', sink, filters: [], isPriority: true })).body).toEqual(changed)
    expect(
      (await patch(id, { pii_config: { log_fields: ['email'], method: 'hash', algorithm: 'xxhash' } })).body,
    ).toEqual({
      ...changed,
      pii_config: { log_fields: ['email'], method: 'hash', algorithm: 'xxhash' },
    })

    for (let time = 0; time < 2; time += 1)
      expect((await server.manage('DELETE', `/log-streams/${id}`)).status).toBe(204)
    expect(await server.manage('GET', `/log-streams/${id}`)).toMatchObject({
      status: 404,
      body: { statusCode: 404, error: 'Not Found', message: 'The log stream does not exist.' },
    })
    expect((await patch(id, {})).status).toBe(404)
  })

  test.each(others)('one of type $type is kept and echoed, and says that it is not delivered', async (given) => {
    const made = await create({ name: given.type, ...given, startFrom: '2026-01-01T00:00:00.000Z' })
    expect(made).toMatchObject({
      status: 200,
      body: { ...given, status: 'paused', startFrom: '2026-01-01T00:00:00.000Z' },
    })
    const { id } = made.body
    expect((await patch(id, { status: 'active' })).body).toMatchObject({ ...given, status: 'paused' })
    expect((await patch(id, { status: 'suspended' })).body).toMatchObject({ ...given, status: 'suspended' })
    await server.manage('DELETE', `/log-streams/${id}`)
  })

  test("mixpanel's password is never shown, and stays when it is not sent again", async () => {
    const sink = {
      mixpanelRegion: 'us',
      mixpanelProjectId: '123456789',
      mixpanelServiceAccountUsername: 'fake.mp-service-account',
      mixpanelServiceAccountPassword: '8iwyKSzwV2',
    }
    const shown = { ...sink, mixpanelServiceAccountPassword: '********' }
    const { body } = await create({ name: 'Mixpanel', type: 'mixpanel', sink })
    expect(body.sink).toEqual(shown)
    const { mixpanelServiceAccountPassword: _password, ...rest } = sink
    expect((await patch(body.id, { sink: { ...rest, mixpanelRegion: 'eu' } })).body.sink).toEqual({
      ...shown,
      mixpanelRegion: 'eu',
    })
    await server.manage('DELETE', `/log-streams/${body.id}`)
  })

  test('the secrets of a sink are in no file of the server', async () => {
    const secret = 'collector-secret-0123456789'
    const { body } = await create({ ...http, sink: { ...http.sink, httpAuthorization: secret } })
    for (const name of ['config.db', 'config.db-wal', 'logs.db', 'logs.db-wal'])
      expect((await readFile(join(server.dataDir, name))).includes(secret)).toBe(false)
    expect(server.operatorLines.join('\n')).not.toContain(secret)
    await server.manage('DELETE', `/log-streams/${body.id}`)
  })

  test.each([
    [{ type: 'http' }, 'Missing required property: sink'],
    [{ name: 'none' }, 'Missing required property: type'],
    [{ type: 'carrier-pigeon', sink: {} }, 'No enum match for: "carrier-pigeon"'],
    [{ type: 'http', sink: {} }, "'Missing required property: httpEndpoint' on property sink"],
    [
      { type: 'http', sink: { httpEndpoint: 'ftp://x' } },
      "'String does not match pattern ^https?://.*: ftp://x' on property sink.httpEndpoint",
    ],
    [
      { type: 'http', sink: { httpEndpoint: 'http://collector.example.com' } },
      "'String does not match pattern ^https://.*: http://collector.example.com' on property sink.httpEndpoint",
    ],
    [{ type: 'datadog', sink: { datadogApiKey: 'x', datadogRegion: 'moon' } }, 'No enum match for: "moon"'],
    [{ ...http, colour: 'red' }, 'Additional properties not allowed: colour'],
    [{ ...http, filters: [{ type: 'category', name: 'none' }] }, 'No enum match for: "none"'],
    [{ ...http, pii_config: { log_fields: [] } }, 'Array is too short (0), minimum 1'],
    [{ ...http, startFrom: 'yesterday' }, 'The value "yesterday" of startFrom is no date'],
    [
      { ...http, sink: { ...http.sink, httpCustomHeaders: [{ header: 'Content-Length', value: '1' }] } },
      'The header "Content-Length" cannot be sent with a log stream',
    ],
    [
      { ...http, sink: { ...http.sink, httpAuthorization: 'two\nlines' } },
      'The header "authorization" cannot be sent with a log stream',
    ],
    [{ type: 'file', sink: { path: 'tokens.log' } }, 'need the setting LOG_STREAM_DIR'],
  ])('%j is refused: %s', async (body, message) => {
    const answer = await create(body)
    expect(answer).toMatchObject({ status: 400, body: { errorCode: 'invalid_body' } })
    expect(answer.body.message).toContain(message)
    expect(JSON.parse((await server.manage('GET', '/log-streams')).text)).toEqual([])
  })

  test('a sink of another type is refused, and at Amazon it stays as it was made', async () => {
    const made = await create(http)
    const wrong = await patch(made.body.id, { sink: { datadogApiKey: 'x', datadogRegion: 'us' } })
    expect(wrong).toMatchObject({ status: 400, body: { errorCode: 'invalid_body' } })
    const bridge = await create({ name: 'Bridge', ...others[0] })
    expect((await patch(bridge.body.id, { sink: others[0].sink })).body.message).toBe(
      "Payload validation error: 'Additional properties not allowed: awsAccountId,awsRegion' on property sink.",
    )
    for (const { body } of [made, bridge]) await server.manage('DELETE', `/log-streams/${body.id}`)
  })

  test('of two that change different members at once, neither is lost', async () => {
    const { body } = await create(http)
    await Promise.all([
      patch(body.id, { name: 'New' }),
      patch(body.id, { isPriority: true }),
      patch(body.id, { status: 'paused' }),
    ])
    expect((await server.manage('GET', `/log-streams/${body.id}`)).body).toMatchObject({
      name: 'New',
      isPriority: true,
      status: 'paused',
    })
    await server.manage('DELETE', `/log-streams/${body.id}`)
  })

  test('one more than there may be is refused', async () => {
    const answers = []
    for (let count = 0; count < 21; count += 1)
      answers.push(await create({ ...http, type: 'sumo', sink: { sumoSourceAddress: 'x' } }))
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 20 }, () => 200), 409])
    expect(answers.at(-1)?.body.message).toBe('You have reached the maximum number of log streams for your account.')
    for (const { body } of answers) if (body.id !== undefined) await server.manage('DELETE', `/log-streams/${body.id}`)
  })
})
