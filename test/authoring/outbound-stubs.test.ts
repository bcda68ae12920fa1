import { type IncomingHttpHeaders, type RequestOptions, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FormFault } from '../../src/authoring/index.ts'
import { type Outbound, type OutboundStub, openOutbound } from '../../src/authoring/outbound-stubs.ts'
import { openTries, type Tries } from '../../src/compose-try.ts'
import { readConfig } from '../../src/config.ts'
import { createObserver } from '../../src/observe.ts'
import { inFull } from '../support/in-full.ts'
import { openPeers, type Peers } from '../support/peers.ts'
import { openRegistry } from '../support/registry.ts'

const observer = createObserver({ level: 'silent' })
let peers: Peers
let tries: Tries
beforeAll(async () => {
  ;[peers, tries] = await Promise.all([openPeers(), openTries({ config: readConfig({}), observer })])
})
afterAll(async () => {
  await Promise.all([peers.close(), tries.close()])
})

interface Parts {
  readonly head?: string
  readonly packages?: Readonly<Record<string, string>>
  readonly tries?: Tries
}

/** Runs an action once whose outbound requests are answered by stubs: the claims it set, and what was asked. */
async function run(stubs: readonly OutboundStub[], body: string, { head = '', packages = {}, ...parts }: Parts = {}) {
  const outbound = await openOutbound(stubs)
  try {
    const code = `${head}
      exports.onExecuteCredentialsExchange = async (event, api) => {
        const claim = (name, value) => api.accessToken.setCustomClaim(name, value)
        ${body}
      }`
    const dependencies = Object.entries(packages).map(([name, version]) => ({ name, version }))
    const action = { name: 'a', code, dependencies, secrets: {}, runtime: 'node22', modules: [] }
    const { port, certificates } = outbound
    const order = { tenant: 'example', actions: [action], event: {}, outbound: { port, certificates } }
    const end = await (parts.tries ?? tries).run(order)
    if (end.kind !== 'ran' || end.tried.result.kind !== 'granted') throw new Error(JSON.stringify(end))
    return { claims: end.tried.result.claims, requests: outbound.requests }
  } finally {
    await outbound.close()
  }
}

describe('an Action whose outbound HTTP is stubbed', () => {
  test('finds hosts that do not exist, at any port and address, over HTTP and HTTPS, and nothing else', async () => {
    const stubs = [
      'https://risk.example',
      'http://risk.example',
      'https://other.example:8443',
      'https://192.0.2.7',
      'http://[2001:db8::1]:81',
    ]
    const { claims, requests } = await run(
      [
        ...stubs.map(
          (url, index): OutboundStub => ({ request: { url: `${url}/score` }, response: { body: { index } } }),
        ),
        {
          request: { url: 'https://moved.example/' },
          response: { status: 307, headers: { location: 'http://risk.example/score' } },
        },
      ],
      `const json = async (url, options) => (await fetch(url, options)).json()
      claim('fetched', [
        await json('https://risk.example/score?for=me'),
        await json('http://risk.example/score', { method: 'POST', body: '{"a":1}' }),
        await json('https://192.0.2.7/score'),
        await json('http://[2001:db8::1]:81/score'),
        await json('https://moved.example/'),
      ])
      claim('got', await new Promise((resolve, reject) => {
        const options = { host: 'other.example', port: 8443, path: '/score', family: 6 }
        const request = require('node:https').get(options, (response) => response.setEncoding('utf8').on('data', resolve))
        request.on('error', reject)
      }))
      // A server of the test listens there, and is not reached.
      const direct = await fetch('http://127.0.0.1:${peers.port}/')
      claim('direct', direct.status)
      const dns = require('node:dns').promises
      claim('resolved', [await dns.lookup('risk.example', { all: true }), await dns.resolve4('risk.example')])
      claim('unresolved', await dns.resolve6('risk.example').catch(({ code }) => code))
      claim('environment', Object.keys(process.env))`,
    )
    expect(claims).toEqual({
      fetched: [{ index: 0 }, { index: 1 }, { index: 3 }, { index: 4 }, { index: 1 }],
      got: '{"index":2}',
      direct: 501,
      resolved: [[{ address: '127.0.0.1', family: 4 }], ['127.0.0.1']],
      unresolved: 'ENODATA',
      environment: ['TZ', 'NODE_ENV'],
    })
    expect(requests.map(({ method, url, body, answeredBy }) => [method, url, body, answeredBy])).toEqual([
      ['GET', 'https://risk.example/score?for=me', undefined, 0],
      ['POST', 'http://risk.example/score', '{"a":1}', 1],
      ['GET', 'https://192.0.2.7/score', undefined, 3],
      ['GET', 'http://[2001:db8::1]:81/score', undefined, 4],
      ['GET', 'https://moved.example/', undefined, 5],
      ['GET', 'http://risk.example/score', undefined, 1],
      ['GET', 'https://other.example:8443/score', undefined, 2],
      ['GET', `http://127.0.0.1:${peers.port}/`, undefined, undefined],
    ])
    expect(peers.arrived).toBe(0)
  })

  test('is refused datagrams, listening, local sockets and other DNS servers, and told why', async () => {
    const { claims } = await run(
      [],
      `const dgram = require('node:dgram')
      const net = require('node:net')
      const dns = require('node:dns')
      const failing = (emitter) => new Promise((resolve) => emitter.on('error', (error) => resolve([error.code, error.message])))
      claim('datagram', await new Promise((resolve) => {
        dgram.createSocket('udp4').send('x', ${peers.udpPort}, '127.0.0.1', ({ code, message }) => resolve([code, message]))
      }))
      claim('rest', [
        (await failing(net.createServer().listen(0)))[0],
        (await failing(net.connect(${JSON.stringify(peers.socketPath)})))[0],
        await new Promise((resolve) => dns.lookupService('127.0.0.1', 22, ({ code }) => resolve(code))),
      ])
      try { dns.setServers(['127.0.0.1']) } catch ({ code }) { claim('servers', code) }`,
    )
    const denied = 'ERR_ACCESS_DENIED'
    const why = `sending to 127.0.0.1:${peers.udpPort} has no answer here: stubs answer for the network, and over TCP alone; leave the network open to reach the real one`
    expect(claims).toEqual({ datagram: [denied, why], rest: [denied, denied, denied], servers: denied })
    expect(peers.arrived).toBe(0)
  })

  test('meets a connection that is reset, an answer that never comes, and speaks to a server without HTTP in vain', async () => {
    const { claims, requests } = await run(
      [
        { request: { url: 'https://reset.example/' }, response: { error: 'connection-reset' } },
        { request: { url: 'http://reset.example/' }, response: { error: 'connection-reset' } },
        { request: { url: 'https://silent.example/' }, response: { error: 'timeout' } },
      ],
      `const failed = (url) => fetch(url).then(() => 'answered', (error) => error.cause.code)
      claim('failed', [await failed('https://reset.example/'), await failed('http://reset.example/')])
      claim('late', await fetch('https://silent.example/', { signal: AbortSignal.timeout(200) }).catch(({ name }) => name))
      claim('spoken', await new Promise((resolve) => {
        const socket = require('node:net').connect(5432, 'db.example', () => socket.write('\\0\\0\\0\\x08\\x04\\xd2\\x16/'))
        socket.on('error', () => undefined).on('close', () => resolve('closed')).resume()
      }))`,
    )
    expect(claims).toEqual({ failed: ['ECONNRESET', 'ECONNRESET'], late: 'TimeoutError', spoken: 'closed' })
    // The silent one may have been given up before it was made.
    const made = requests.filter(({ url }) => !url.includes('silent'))
    expect(made.map(({ method, url, answeredBy }) => [method, url, answeredBy])).toEqual([
      ['GET', 'https://reset.example/', 0],
      ['GET', 'http://reset.example/', 1],
      ['NOT-HTTP', 'tcp://unknown', undefined],
    ])
  })

  inFull('is not told by axios, node-fetch or the auth0 SDK from one that reaches its services', async () => {
    const registry = await openRegistry()
    const config = readConfig({ ACTIONS_REGISTRY: registry.url })
    const built = await openTries({ config, observer })
    try {
      const stub = (url: string, body: OutboundStub['request']['body']): OutboundStub => ({
        request: { url },
        response: { body: body ?? null },
      })
      const { claims } = await run(
        [
          stub('https://api.example/*', { from: 'the stub' }),
          stub('https://tenant.example/oauth/token', { access_token: 'token', expires_in: 60, token_type: 'Bearer' }),
          stub('https://tenant.example/api/v2/clients/*', { client_id: 'billing', name: 'Billing' }),
        ],
        `claim('axios', (await axios.post('https://api.example/a', { a: 1 })).data)
        const { default: fetch } = await import('node-fetch')
        claim('node-fetch', await (await fetch('https://api.example/b')).json())
        const client = new ManagementClient({ domain: 'tenant.example', clientId: 'a', clientSecret: 'b' })
        claim('sdk', (await client.clients.get('billing')).name)`,
        {
          head: `const axios = require('axios')\nconst { ManagementClient } = require('auth0')`,
          packages: { axios: '1.21.1', 'node-fetch': '3.3.2', auth0: '7.1.0' },
          tries: built,
        },
      )
      expect(claims).toEqual({ axios: { from: 'the stub' }, 'node-fetch': { from: 'the stub' }, sdk: 'Billing' })
    } finally {
      await Promise.all([built.close(), registry.close()])
    }
  })
})

/** One request to stubs as a client would make it that was led to them: its status, headers and body. */
async function ask({ port, certificates }: Outbound, url: string, options: RequestOptions = {}, body?: string) {
  const { protocol, host, hostname, pathname, search } = new URL(url)
  const led = { ...options, host: '127.0.0.1', port, path: `${pathname}${search}`, agent: false }
  const headers = { ...options.headers, host }
  const request =
    protocol === 'https:'
      ? requestSecure({ ...led, headers, servername: hostname, ca: certificates })
      : requestPlain({ ...led, headers })
  return new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response
        .on('error', reject)
        .on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
    })
    request.end(body)
  })
}

/** The texts of the answers to requests, made one after the other. */
async function texts(
  stubs: readonly OutboundStub[],
  requests: readonly (readonly [url: string, options?: RequestOptions, body?: string])[],
) {
  const outbound = await openOutbound(stubs)
  try {
    const answers: string[] = []
    for (const each of requests) answers.push((await ask(outbound, ...each)).text)
    return { answers, outbound }
  } finally {
    await outbound.close()
  }
}

test('a stub answers by method, URL, headers and body; the first that fits and has answers left', async () => {
  const url = 'https://api.example/users/*'
  const { answers } = await texts(
    [
      { request: { method: 'delete', url }, response: { body: 'by method' } },
      { request: { url: 'https://api.example/users/*?page=*' }, response: { body: 'by query' } },
      { request: { url, headers: { 'X-Key': 'k' } }, response: { body: 'by header' } },
      { request: { url, body: { a: [1, { b: null }] } }, response: { body: 'by JSON' } },
      { request: { url, body: 'a=1' }, response: { body: 'by text' } },
      { request: { url }, response: { body: 'once' }, times: 1 },
      { request: { url }, response: { body: 'ever after' } },
    ],
    [
      ['https://api.example/users/1', { method: 'DELETE' }],
      ['https://api.example/users/1?page=2'],
      ['https://api.example/users/1', { headers: { 'x-key': 'k' } }],
      ['https://api.example/users/1', { method: 'POST' }, '{ "a": [1, {"b": null}] }'],
      ['https://api.example/users/1', { method: 'POST' }, 'a=1'],
      ['https://API.example:443/users/1/roles?all'],
      ['https://api.example/users/'],
      ['https://api.example/users/', { method: 'POST' }, '{"a":[1]}'],
    ],
  )
  expect(answers).toEqual([
    'by method',
    'by query',
    'by header',
    'by JSON',
    'by text',
    'once',
    'ever after',
    'ever after',
  ])
})

test('a request that no stub answers is told what was near', async () => {
  const { answers, outbound } = await texts(
    [
      { request: { url: 'http://api.example/a', method: 'PUT' }, response: {} },
      { request: { url: 'http://api.example/a' }, response: { body: 'once' }, times: 1 },
    ],
    [['http://api.example/a'], ['http://api.example/a'], ['http://api.example.evil/a']],
  )
  const near =
    'no stub of this case answers GET http://api.example/a: stub 1 asks for another method, stub 2 has given all its answers'
  const none = 'no stub of this case answers GET http://api.example.evil/a'
  const body = (error_description: string) => JSON.stringify({ error: 'no_stub', error_description })
  expect(answers).toEqual(['once', body(near), body(none)])
  expect(outbound.requests.map(({ answeredBy, unanswered }) => answeredBy ?? unanswered)).toEqual([1, near, none])
})

test('an answer has the status, headers and body that are given, as late as is wanted, and a large request arrives whole', async () => {
  const sent = 'é'.repeat(300_000)
  const outbound = await openOutbound([
    {
      request: { url: 'https://api.example/text', body: sent },
      response: { status: 418, headers: { 'X-A': 'b' }, body: 'text' },
    },
    { request: { url: 'http://api.example/list', body: sent }, response: { body: [1], delay_ms: 20 } },
    {
      request: { url: 'http://api.example/typed' },
      response: { headers: { 'Content-Type': 'text/csv' }, body: 'a,b' },
    },
    { request: { url: 'http://api.example/empty' }, response: { status: 204 } },
  ])
  try {
    const text = await ask(outbound, 'https://api.example/text', { method: 'POST' }, sent)
    expect(text).toMatchObject({
      status: 418,
      text: 'text',
      headers: { 'x-a': 'b', 'content-type': 'text/plain; charset=utf-8' },
    })
    const begun = performance.now()
    const list = await ask(outbound, 'http://api.example/list', { method: 'POST' }, sent)
    expect(performance.now() - begun).toBeGreaterThan(19)
    expect(list).toMatchObject({ status: 200, text: '[1]', headers: { 'content-type': 'application/json' } })
    expect(await ask(outbound, 'http://api.example/typed')).toMatchObject({ headers: { 'content-type': 'text/csv' } })
    expect(await ask(outbound, 'http://api.example/empty')).toMatchObject({ status: 204, text: '' })
    const more = await ask(outbound, 'http://api.example/list', { method: 'POST' }, 'x'.repeat(1_048_577))
    expect(more.status).toBe(501)
    expect(outbound.requests.at(-1)).not.toHaveProperty('body')
  } finally {
    await outbound.close()
  }
})

test('stubs that are closed end every connection, whatever still waits for an answer', async () => {
  const outbound = await openOutbound([
    { request: { url: 'https://silent.example/' }, response: { error: 'timeout' } },
    { request: { url: 'https://slow.example/' }, response: { delay_ms: 60_000 } },
  ])
  const idle = connect(outbound.port, '127.0.0.1').on('error', () => undefined)
  const ended = new Promise((resolve) => idle.on('close', resolve))
  const waiting = ['https://silent.example/', 'https://slow.example/'].map((url) =>
    ask(outbound, url).catch(({ code }) => code),
  )
  await expect.poll(() => outbound.requests.length).toBe(2)
  await outbound.close()
  expect(await Promise.all(waiting)).toEqual(['ECONNRESET', 'ECONNRESET'])
  await ended
  await expect(ask(outbound, 'http://silent.example/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

const url = 'https://api.example/'
const form = 'is no URL: give one like https://api.example.com/users/*'
test.each<[why: string, stub: OutboundStub]>([
  [`request.url "api.example/a" ${form}`, { request: { url: 'api.example/a' }, response: {} }],
  [`request.url "ftp://api.example/" ${form}`, { request: { url: 'ftp://api.example/' }, response: {} }],
  [
    'request.url "https://*.example/" has a * in its host: name the host',
    { request: { url: 'https://*.example/' }, response: {} },
  ],
  ['response.status 99 ends no request: give one from 200 to 599', { request: { url }, response: { status: 99 } }],
  ['times must be a whole number from 1; leave it out for any number', { request: { url }, response: {}, times: 0 }],
])('a stub that cannot be one is refused: %s', async (why, stub) => {
  await expect(openOutbound([stub])).rejects.toThrow(new FormFault(`stub 1: ${why}`))
})
