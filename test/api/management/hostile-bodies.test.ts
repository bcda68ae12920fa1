import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { handler } from '../../support/tenant.ts'

describe('bodies that are sent to do harm', () => {
  let server: TestServer
  let authorization: string
  beforeAll(async () => {
    server = await openServer()
    const { client_id, client_secret, audience } = server.managementClient
    const { body } = await server.token({ client_id, client_secret, audience })
    authorization = `Bearer ${body.access_token}`
  })
  afterAll(() => server.close())

  /** Posts bytes that no JSON writer would make. */
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>) =>
    server.send(`/api/v2${path}`, { method: 'POST', headers: { authorization }, body })

  const clientCount = async () => (await server.manage('GET', '/clients?include_totals=true')).body.total

  test.each([
    ['nested deeper than anything has use for', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['a NUL', '"a\\u0000b"'],
    ['half a surrogate pair', '"a\\ud800b"'],
    ['a key with a NUL', '{"\\u0000":"a"}'],
  ])('%s is refused wherever it stands, and not stored', async (_what, hostile) => {
    const before = await clientCount()
    for (const [path, body] of [
      ['/clients', `{"name":"Hostile","addons":{"samlp":{"mappings":{"a":${hostile}}}}}`],
      ['/resource-servers', `{"identifier":"https://hostile/","authorization_details":[${hostile}]}`],
    ] as const) {
      const { status, body: answer } = await post(path, body)
      expect({ path, status, answer }).toMatchObject({ status: 400, answer: { errorCode: 'invalid_body' } })
    }
    expect(await clientCount()).toBe(before)
    expect((await server.manage('GET', `/resource-servers/${encodeURIComponent('https://hostile/')}`)).status).toBe(404)
  })

  test('bytes that are no UTF-8 are refused, and not mended unasked', async () => {
    const { status, body } = await post(
      '/clients',
      Buffer.concat([Buffer.from('{"name":"'), Buffer.of(0xff), Buffer.from('"}')]),
    )
    expect({ status, body }).toMatchObject({ status: 400, body: { message: expect.stringContaining('UTF-8') } })
  })

  test('a text of any language, an emoji and an escaped pair are stored as they came', async () => {
    const { status, body } = await post('/clients', '{"name":"Zürich 東京 🚀 \\ud83d\\ude80"}')
    expect({ status, name: body.name }).toEqual({ status: 201, name: 'Zürich 東京 🚀 🚀' })
  })

  test.each([
    ['/organizations', (metadata: object) => ({ name: 'lines', metadata })],
    ['/clients', (client_metadata: object) => ({ name: 'Lines', client_metadata })],
    [
      '/custom-domains',
      (domain_metadata: object) => ({ domain: 'lines.example.com', type: 'self_managed_certs', domain_metadata }),
    ],
  ])('%s: metadata is texts, also under a name with a line break', async (path, bodyOf) => {
    const { status, body } = await server.manage('POST', path, bodyOf({ 'two\nlines': { no: 'text' } }))
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('Expected type string,null but found type object') },
    })
    expect((await server.manage('POST', path, bodyOf({ 'two\nlines': 'text' }))).status).toBe(201)
  })

  test('the name of a metadata pair is no longer than its value may be', async () => {
    const long = await server.manage('POST', '/clients', { name: 'Long', client_metadata: { ['a'.repeat(256)]: '' } })
    expect(long.status).toBe(400)
    const fits = await server.manage('POST', '/clients', { name: 'Long', client_metadata: { ['a'.repeat(255)]: '' } })
    expect(fits.status).toBe(201)
  })

  test('an event that no process could be sent is refused before one is started', async () => {
    const action = await server.manage('POST', '/actions/actions', {
      name: 'Large events',
      supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
      code: handler('console.log(Object.keys(event.accessToken.customClaims).length)'),
    })
    const tryWith = (claims: number) => {
      const names = Array.from({ length: claims }, (_, index) => [`a${index}`, 1])
      const event = { accessToken: { customClaims: Object.fromEntries(names) } }
      return server.manage('POST', `/actions/actions/${action.body.id}/test`, { payload: { event } })
    }
    const { status, body } = await tryWith(40_000)
    expect({ status, body }).toMatchObject({ status: 400, body: { message: expect.stringContaining('65536') } })
    expect(await tryWith(6_500)).toMatchObject({ status: 200, body: { payload: { result: { kind: 'granted' } } } })
  })

  test('what is no JSON is refused with the place of its fault, and without a word of it', async () => {
    const id = server.managementClient.client_id
    const send = (body: string) =>
      server.send(`/api/v2/clients/${id}`, { method: 'PATCH', headers: { authorization }, body })
    const answers = await Promise.all(
      ['{"client_secret": hidden-word}', '{"client_secret":"hidden-word"x}', ''].map(send),
    )
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400])
    expect(answers[1]?.body.message).toContain('position 30')
    expect(answers.map(({ text }) => text).join()).not.toContain('hidden')
    expect(JSON.stringify(await server.logs())).not.toContain('hidden')
  })

  test('an address of any length is looked at in no time to speak of', async () => {
    const support_email = `a@${'.a'.repeat(400_000)}@`
    const answer = server.manage('PATCH', '/tenants/settings', { support_email })
    // Whoever asks for a token meanwhile is not kept waiting for minutes: the call itself gives up after fifteen seconds.
    expect((await answer).status).toBe(400)
  })

  test('a refusal repeats no more of what was sent than helps', async () => {
    const long = 'x'.repeat(500_000)
    for (const body of [
      { name: 'Long', app_type: long },
      { name: 'Long', [long]: true },
      { name: 'Long', client_metadata: { [long]: 1 } },
      { name: 'Long', callbacks: Array.from({ length: 20 }, () => 'y'.repeat(20_000)) },
    ]) {
      const { status, text } = await server.manage('POST', '/clients', body)
      expect(status).toBe(400)
      expect(text.length).toBeLessThan(32_768)
    }
  })

  test.each([
    [
      '/log-streams',
      {
        type: 'mixpanel',
        sink: {
          mixpanelRegion: 'us',
          mixpanelProjectId: '1',
          mixpanelServiceAccountUsername: 'user',
          mixpanelServiceAccountPassword: 'hidden:word',
        },
      },
    ],
    ['/clients', { name: 'Blob', addons: { azure_blob: { storageAccessKey: 'hidden:word' } } }],
  ])('a secret that does not fit its pattern is repeated neither to %s nor in the log', async (path, body) => {
    const { status, text } = await server.manage('POST', path, body)
    expect({ status, text }).toMatchObject({
      status: 400,
      text: expect.stringContaining('String does not match pattern'),
    })
    expect(text).not.toContain('hidden:word')
    expect(JSON.stringify(await server.logs())).not.toContain('hidden:word')
  })

  test('the log tells why a body was refused, and not what stood in it', async () => {
    const { body } = await server.manage('POST', '/clients', {
      name: 'Told',
      app_type: 'misplaced-word',
      colour: 'red',
    })
    expect(body.message).toContain('No enum match for: "misplaced-word"')
    const entry = (await server.logs()).at(-1)
    expect(entry?.description).toBe(
      "Payload validation error: 'No enum match for: …' on property app_type (also) 'Additional properties not allowed: colour'.",
    )
  })
})
