import { EventEmitter, once } from 'node:events'
import { get } from 'node:https'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, test } from 'vitest'
import { defaultHttpLimits, type HttpLimits, httpServer, readBytes } from '../../../src/http/index.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A server with three routes: one echoes its bytes, one breaks, one answers when told. */
async function serve(limits: Partial<HttpLimits> = {}) {
  const defects: { defect: unknown; path: string; request_id: string }[] = []
  const server = httpServer({ ...defaultHttpLimits, ...limits }, (defect, { path, request_id }) => {
    defects.push({ defect, path, request_id })
  })
  const signals = new EventEmitter()
  const arrived = once(signals, 'arrived')
  const told = once(signals, 'told')
  server.routes.register((scope, _options, done) => {
    readBytes(scope)
    scope.post('/echo', (request, reply) => reply.send(request.body ?? 'no body'))
    done()
  })
  server.routes.get('/broken', () => {
    throw new Error('inner workings')
  })
  server.routes.get('/slow', async () => {
    signals.emit('arrived')
    await told
    return 'done'
  })
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  closers.push(() => server.close())
  return { server, port, url: `http://127.0.0.1:${port}`, defects, arrived, tell: () => signals.emit('told') }
}

/** Sends bytes as they are and resolves with everything that came back. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return text(socket)
}

describe('every answer', () => {
  test('carries the same headers and an id of its own, which a client cannot choose', async () => {
    const { url } = await serve()
    const answers = await Promise.all(
      ['/nowhere', '/broken', '/%ff'].map((path) => fetch(url + path, { headers: { 'x-auth0-requestid': 'mine' } })),
    )
    for (const { headers } of answers) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'strict-transport-security': 'max-age=31536000',
        vary: 'Accept-Encoding',
        'x-content-type-options': 'nosniff',
        'x-robots-tag': 'noindex, nofollow, nosnippet, noarchive',
        'content-type': 'application/json; charset=utf-8',
      })
    }
    const ids = answers.map(({ headers }) => headers.get('x-auth0-requestid'))
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{20}$/)
    expect(new Set(ids).size).toBe(3)
  })

  test('has a new id after many, too', async () => {
    const { server } = await serve()
    const ids = new Set<unknown>()
    for (let n = 0; n < 600; n++) ids.add((await server.routes.inject('/nowhere')).headers['x-auth0-requestid'])
    expect(ids.size).toBe(600)
  })
})

describe('a body', () => {
  test.each(['application/json', 'text/plain', 'application/x-made-up', ''])(
    'of type "%s" arrives as its bytes',
    async (type) => {
      const { url } = await serve()
      const bytes = Uint8Array.from([0xff, 0, 0x7b])
      const response = await fetch(`${url}/echo`, {
        method: 'POST',
        body: bytes,
        headers: type === '' ? {} : { 'content-type': type },
      })
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    },
  )

  test('may be absent', async () => {
    const { url } = await serve()
    expect(await (await fetch(`${url}/echo`, { method: 'POST' })).text()).toBe('no body')
  })

  test('larger than the limit is refused, announced or not', async () => {
    const { url } = await serve({ bodyBytes: 100 })
    const chunks = new Blob(['x'.repeat(101)]).stream()
    for (const init of [{ body: 'x'.repeat(101) }, { body: chunks, duplex: 'half' as const }]) {
      const response = await fetch(`${url}/echo`, { method: 'POST', ...init })
      expect([response.status, await response.json()]).toEqual([
        413,
        { error: 'invalid_request', error_description: 'The request body is larger than 100 bytes' },
      ])
    }
    expect((await fetch(`${url}/echo`, { method: 'POST', body: 'x'.repeat(100) })).status).toBe(200)
  })

  test('under a Content-Type that is no media type is refused', async () => {
    const { url } = await serve()
    const response = await fetch(`${url}/echo`, { method: 'POST', body: 'x', headers: { 'content-type': 'nonsense' } })
    expect([response.status, await response.json()]).toEqual([
      415,
      { error: 'invalid_request', error_description: 'The Content-Type header is not a media type' },
    ])
  })
})

describe('what goes wrong', () => {
  test('in a route is told to the operator in full and to the client by its id', async () => {
    const { url, defects } = await serve()
    const response = await fetch(`${url}/broken?token=abc`)
    const id = response.headers.get('x-auth0-requestid')
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'server_error', error_description: `The request could not be answered. Request id: ${id}` },
    ])
    expect(defects).toMatchObject([{ defect: { message: 'inner workings' }, path: '/broken', request_id: id }])
  })

  test('with a path that leads nowhere, or cannot be decoded, is the client’s', async () => {
    const { url, defects } = await serve()
    const answers = await Promise.all(['/nowhere', '/%ff'].map((path) => fetch(url + path)))
    expect(await Promise.all(answers.map(async (a) => [a.status, await a.json()]))).toEqual([
      [404, { error: 'not_found', error_description: 'Not found' }],
      [400, { error: 'invalid_request', error_description: 'The request path cannot be decoded' }],
    ])
    expect(defects).toEqual([])
  })

  test.each([
    ['bytes that are not HTTP', 'nonsense\r\n\r\n', '400 Bad Request'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
    [
      'a length and chunks at once',
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400 Bad Request',
    ],
  ])('with %s ends the connection with an answer', async (_name, bytes, status) => {
    const { port } = await serve()
    const answer = await raw(port, bytes)
    expect(answer.startsWith(`HTTP/1.1 ${status}\r\n`)).toBe(true)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: 'invalid_request' })
  })
})

describe('closing', () => {
  test('answers what is in flight, then lets go of connections that would be kept', async () => {
    const { server, url, arrived, tell } = await serve({ drainMs: 600_000 })
    const answer = fetch(`${url}/slow`)
    await arrived
    const closed = server.close()
    tell()
    expect(await (await answer).text()).toBe('done')
    await closed
    await expect(fetch(`${url}/nowhere`)).rejects.toThrow()
  })

  test('cuts what does not end in time', async () => {
    const { server, url, arrived } = await serve({ drainMs: 30 })
    const answer = fetch(`${url}/slow`).then(
      () => 'answered',
      () => 'cut',
    )
    await arrived
    await server.close()
    expect(await answer).toBe('cut')
  })
})

test('one server listens on several addresses, and says when one is taken', async () => {
  const { server, port, url } = await serve()
  const second = await server.listen({ host: '127.0.0.1', port: 0 })
  expect(second).not.toBe(port)
  for (const at of [url, `http://127.0.0.1:${second}`]) expect((await fetch(`${at}/nowhere`)).status).toBe(404)
  await expect(server.listen({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE')
})

test('an address with a key and a certificate speaks TLS, beside one that does not', async () => {
  const { server, url } = await serve()
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' })
  const port = await server.listen({ host: '127.0.0.1', port: 0, tls: { key, cert } })
  const [answer] = await once(get(`https://localhost:${port}/nowhere`, { ca: cert, family: 4 }), 'response')
  expect(JSON.parse(await text(answer))).toEqual({ error: 'not_found', error_description: 'Not found' })
  expect((await fetch(`${url}/nowhere`)).status).toBe(404)
})
