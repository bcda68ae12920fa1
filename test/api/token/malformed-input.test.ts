import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience, billing } from '../../support/tenant.ts'

const { client_id, client_secret } = billing
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/json' }
const good = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, audience }).toString()
const goodJson = JSON.stringify({ grant_type: 'client_credentials', client_id, client_secret, audience })
const invalidBody = { error: 'invalid_request', error_description: 'Invalid request body' }

let server: TestServer
beforeAll(async () => {
  server = await openServer()
})
afterAll(() => server.close())

describe('a body that is no token request', () => {
  test.each<[string, string | Uint8Array, Record<string, string>]>([
    ['JSON sent as text', goodJson, { 'content-type': 'text/plain' }],
    ['a form sent as multipart', good, { 'content-type': 'multipart/form-data; boundary=x' }],
    ['XML', '<a/>', { 'content-type': 'application/xml' }],
    ['a form sent as JSON', good, json],
    ['broken JSON', '{"grant_type":"client_credentials"', json],
    ['a JSON text', '"client_credentials"', json],
    ['a JSON array', `[${goodJson}]`, json],
    ['JSON null', 'null', json],
    ['JSON nested without end', '['.repeat(30_000), json],
    ['a deep JSON object', `{"a":${'{"a":'.repeat(40)}1${'}'.repeat(41)}`, json],
    ['bytes that are no UTF-8', Uint8Array.of(0x61, 0x3d, 0xff, 0xfe), form],
    ['random bytes as JSON', Uint8Array.from({ length: 512 }, (_, i) => (i * 197) % 256), json],
    ['a broken percent escape', `${good}&x=%zz`, form],
    ['__proto__ in a form', `${good}&__proto__=x`, form],
    ['__proto__ in JSON', goodJson.replace('{', '{"__proto__":{"a":1},'), json],
    ['__proto__ deep in JSON', goodJson.replace('{', '{"a":[{"__proto__":1}],'), json],
  ])('is refused as such: %s', async (_what, body, headers) => {
    const answer = await server.post(body, headers)
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 400, body: invalidBody })
  })

  test('is refused when it is empty: the grant type is missing', async () => {
    for (const headers of [form, json, {}]) {
      const { status, body } = await server.post('', headers)
      expect({ status, body }).toEqual({
        status: 400,
        body: { error: 'invalid_request', error_description: 'Missing required parameter: grant_type' },
      })
    }
  })

  test('is refused with 413 when it is too large, before it is read', async () => {
    const { status, body } = await server.post(`${good}&x=${'x'.repeat(70_000)}`, form)
    expect([status, body.error]).toEqual([413, 'invalid_request'])
    expect((await server.post(`${good}&x=${'x'.repeat(60_000)}`, form)).status).toBe(200)
  })

  test('is refused when its content type is none', async () => {
    const { status, body } = await server.post(good, { 'content-type': ';;;' })
    expect([400, 415]).toContain(status)
    expect(body.error).toBe('invalid_request')
  })
})

describe('a repeated parameter', () => {
  test.each(['grant_type', 'client_id', 'client_secret', 'audience', 'scope', 'own'])(
    'is refused by name, in a form and in JSON: %s',
    async (name) => {
      const twice = await server.post(`${good}&${name}=a&${name}=b`, form)
      const twiceJson = await server.post(goodJson.replace('{', `{"${name}":"a","${name}":"b",`), json)
      for (const { status, body } of [twice, twiceJson]) {
        expect({ status, body }).toEqual({
          status: 400,
          body: { error: 'invalid_request', error_description: `Parameter must not be repeated: ${name}` },
        })
      }
    },
  )

  test('is found behind an escape', async () => {
    expect((await server.post(`${good}&a%75dience=x`, form)).status).toBe(400)
    expect((await server.post(goodJson.replace('{', '{"\\u0061udience":"x",'), json)).status).toBe(400)
  })
})

describe('a parameter that is no text', () => {
  test.each(['grant_type', 'client_id', 'client_secret', 'audience', 'organization', 'client_assertion'])(
    'is refused by name: %s',
    async (name) => {
      for (const value of [7, true, ['a'], { a: 1 }]) {
        const { status, body } = await server.token({ [name]: value }, { as: 'json' })
        expect({ status, body }).toEqual({
          status: 400,
          body: { error: 'invalid_request', error_description: `Invalid parameter: ${name} must be a string` },
        })
      }
    },
  )

  test('is as good as absent when it is null', async () => {
    expect((await server.token({ organization: null, scope: null }, { as: 'json' })).status).toBe(200)
    expect((await server.token({ grant_type: null }, { as: 'json' })).status).toBe(400)
  })
})

test('a grant type of another kind is refused by name', async () => {
  for (const grant_type of ['password', 'CLIENT_CREDENTIALS', 'constructor', 'é'.repeat(2_000)]) {
    const { status, body } = await server.token({ grant_type })
    expect([status, body.error]).toEqual([400, 'unsupported_grant_type'])
    expect(String(body.error_description).length).toBeLessThan(700)
  }
})

test('names that objects have from birth are names like any other', async () => {
  const answer = await server.token({ constructor: 'a', toString: 'b', hasOwnProperty: 'c' })
  expect(answer.status).toBe(200)
  expect((await server.token({ client_id: 'constructor' })).status).toBe(401)
  expect((await server.token({ audience: 'constructor' })).status).toBe(403)
})

test('bytes that are no HTTP are answered 400 and the server goes on', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.end('\x16\x03\x01\x00garbage\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /)
  expect((await server.token()).status).toBe(200)
})

test('a path that cannot be decoded is answered 400', async () => {
  expect((await server.send('/oauth/%zz')).status).toBe(400)
})

test('none of all this was a defect of the server', () => {
  expect(server.operatorLines.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})
