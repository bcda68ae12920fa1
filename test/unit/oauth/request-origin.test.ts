import { afterEach, describe, expect, test } from 'vitest'
import { defaultHttpLimits, type HttpServer, httpServer } from '../../../src/http/index.ts'
import { readOrigin } from '../../../src/oauth/request-origin.ts'

const servers: HttpServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** What is read of a real request with these headers. */
async function originOf(headers: Record<string, string>, host = '127.0.0.1'): Promise<Record<string, unknown>> {
  const server = httpServer(defaultHttpLimits, () => {})
  servers.push(server)
  server.routes.get('/', async (request) => readOrigin(request, 7, new Map()))
  const port = await server.listen({ host, port: 0 })
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers })
  return JSON.parse(await response.text())
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('the address of a request', () => {
  test('is the socket’s, whatever forwarding headers say', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' }
    expect(await originOf(headers)).toMatchObject({ ip: '127.0.0.1', received_at: 7, method: 'GET' })
  })

  test('is written as IPv4 when that is what it is, on an IPv6 socket too', async () => {
    expect((await originOf({}, '::')).ip).toBe('127.0.0.1')
  })

  test.each([
    ['198.51.100.7', '198.51.100.7'],
    [' 2001:db8::1 ', '2001:db8::1'],
    ['198.51.100.7, 198.51.100.8', undefined],
    ['example.com', undefined],
  ])('may be claimed in auth0-forwarded-for: %s is %s', async (header, forwarded_for) => {
    expect((await originOf({ 'auth0-forwarded-for': header })).forwarded_for).toBe(forwarded_for)
  })
})

describe('headers that make sense are kept, others are as good as absent', () => {
  test.each([
    ['de-AT,de;q=0.9', 'de-AT'],
    ['en;q=0.5', 'en'],
    ['*', undefined],
    ['<script>', undefined],
  ])('Accept-Language: %s', async (header, language) => {
    expect((await originOf({ 'accept-language': header })).language).toBe(language)
  })

  test.each([
    [
      base64('{"name":"auth0-java","version":"2.0","env":{"java":"21"}}'),
      { name: 'auth0-java', version: '2.0', env: { java: '21' } },
    ],
    [base64('"a text"'), undefined],
    [base64('{"name":"\\u0000"}'), undefined],
    [base64(`{"a":${'['.repeat(20)}${']'.repeat(20)}}`), undefined],
    [base64(`{"a":"${'x'.repeat(2_000)}"}`), undefined],
    ['not base64', undefined],
  ])('Auth0-Client: %s', async (header, auth0_client) => {
    expect((await originOf({ 'auth0-client': header })).auth0_client).toEqual(auth0_client)
  })
})
