import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { Decision } from '../../../src/engine/index.ts'
import { defaultHttpLimits, httpServer } from '../../../src/http/index.ts'
import {
  type ExchangeReport,
  type OauthPorts,
  openRevokedTokens,
  registerOauth,
  TokenQuotas,
} from '../../../src/oauth/index.ts'
import type { LogBatch } from '../../../src/storage/index.ts'
import { openMemoryEphemeral } from '../../../src/storage/memory/ephemeral.ts'
import { openMemoryStore } from '../../../src/storage/memory/store.ts'
import { audience, authentication, settings, snapshotOf } from './given.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const good = { grant_type: 'client_credentials', client_id: 'client1', client_secret: 'secret1', audience }
const version = { binding_id: 'b1', action_id: 'a1', action_name: 'Deny all', version_id: 'v1', number: 1 }

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A listening server with one client, everything behind the endpoint being as simple as it can be. */
async function serve(ports: Partial<OauthPorts> = {}, extra: Partial<typeof settings> = {}) {
  const batches: LogBatch[] = []
  const defects: unknown[] = []
  const reports: ExchangeReport[] = []
  const reportDefect = (defect: unknown) => {
    defects.push(defect)
  }
  const server = httpServer(defaultHttpLimits, reportDefect)
  registerOauth(
    server.routes,
    {
      snapshot: snapshotOf,
      authentication: authentication(),
      execute: async (exchange) => ({ kind: 'granted', scopes: exchange.initial_scopes, claims: {}, dropped: [] }),
      sign: (claims) => `header.${Buffer.from(claims).toString('base64url')}.signature`,
      jwks: () => ({ keys: [{ kid: 'k1' }] }),
      certificate: () => ({ pem: '', der: Buffer.alloc(0), raw: '', pkcs7: '', thumbprint: '', fingerprint: '' }),
      verificationKey: () => undefined,
      revokedTokens: await openRevokedTokens(openMemoryStore(), () => now),
      quotas: new TokenQuotas(openMemoryEphemeral(() => now)),
      senderConstraint: {
        dpop: { algorithms: ['ES256'], urls: new Set() },
        certificateTokenType: 'Bearer',
        used: openMemoryEphemeral(() => now),
      },
      logs: {
        append: async (batch) => {
          batches.push(batch)
        },
      },
      clock: () => now,
      random: randomBytes,
      reportDefect,
      onExchange: (report) => {
        reports.push({ ...report })
      },
      ...ports,
    },
    { ...settings, ...extra },
  )
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  closers.push(() => server.close())
  const url = `http://127.0.0.1:${port}`
  const ask = async (parameters: Record<string, string> = good, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
      headers,
    })
    return { response, status: response.status, text: await response.text() }
  }
  return { url, ask, batches, defects, reports }
}

function ending(decision: Decision): Partial<OauthPorts> {
  return { execute: async () => decision }
}

function events(batches: readonly LogBatch[]): readonly string[] {
  return batches.flatMap((batch) => batch.events.map((event) => event.type))
}

describe('a granted request', () => {
  test('is answered as Auth0 answers it, key by key', async () => {
    const { ask } = await serve()
    const { response, text } = await ask()
    expect(response.status).toBe(200)
    expect(Object.keys(JSON.parse(text))).toEqual(['access_token', 'scope', 'expires_in', 'token_type'])
    expect(JSON.parse(text)).toMatchObject({ scope: 'write:a read:a', expires_in: 86_400, token_type: 'Bearer' })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-auth0-requestid': expect.stringMatching(/^[0-9a-f]{20}$/),
    })
  })

  test('has no scope member when nothing was granted', async () => {
    const { ask } = await serve(ending({ kind: 'granted', scopes: [], claims: {}, dropped: [] }))
    expect(Object.keys(JSON.parse((await ask()).text))).toEqual(['access_token', 'expires_in', 'token_type'])
  })

  test('carries the issuer of the configuration, whatever Host it came by', async () => {
    const { ask } = await serve()
    const token: string = JSON.parse((await ask(good, { 'x-forwarded-host': 'evil.example' })).text).access_token
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      iss: 'https://auth.example.com/',
      iat: now / 1_000,
    })
  })

  test('is answered only once its log entries are committed', async () => {
    const order: string[] = []
    const { ask } = await serve({
      logs: {
        append: async () => {
          await new Promise((resolve) => setImmediate(resolve))
          order.push('committed')
        },
      },
    })
    await ask()
    order.push('answered')
    expect(order).toEqual(['committed', 'answered'])
  })

  test('is told to the observer, and an observer that throws changes nothing', async () => {
    const { ask, reports } = await serve()
    await ask()
    expect(reports).toMatchObject([
      { authenticated: true, client: { name: 'First' }, audience, decision: { kind: 'granted' } },
    ])
    expect(reports[0]).not.toHaveProperty('refusal')
    const loud = await serve({
      onExchange: () => {
        throw new Error('observer')
      },
    })
    expect((await loud.ask()).status).toBe(200)
    expect(loud.defects).toMatchObject([{ message: 'observer' }])
  })

  test('shows the action what it was made of', async () => {
    const { ask, reports } = await serve()
    await ask({ ...good, order: '7' }, { 'accept-language': 'de-AT,de;q=0.9', 'user-agent': 'agent/1' })
    expect(reports[0]?.exchange?.request).toEqual({
      body: { grant_type: 'client_credentials', client_id: 'client1', audience, order: '7' },
      geoip: {},
      hostname: 'auth.example.com',
      ip: '127.0.0.1',
      language: 'de-AT',
      method: 'POST',
      user_agent: 'agent/1',
    })
  })
})

describe('no token leaves', () => {
  const broken = () => {
    throw new Error('broken: s3cret-detail')
  }
  const failed: Decision = {
    kind: 'failed',
    failure: 'threw',
    detail: 'broken: s3cret-detail',
    by: version,
    dropped: [],
  }
  const withheld: Decision = {
    kind: 'denied',
    error: 'server_error',
    reason: 'broken: s3cret-detail',
    withheld: true,
    by: version,
    dropped: [],
  }

  test.each<[string, Partial<OauthPorts>, readonly string[]]>([
    ['the execution breaks', { execute: async () => broken() }, ['feccft']],
    ['an action fails', ending(failed), ['actions_execution_failed', 'feccft']],
    ['an action denies with a code of its own', ending(withheld), ['feccft']],
    ['signing breaks', { sign: broken }, ['feccft']],
    ['signing rejects', { sign: async () => broken() }, ['feccft']],
    ['a client secret cannot be checked', { authentication: authentication({ findClientSecret: broken }) }, ['feccft']],
    ['the log cannot be written', { logs: { append: async () => broken() } }, []],
  ])('when %s, and the client learns no more than the request id', async (_name, ports, logged) => {
    const { ask, batches } = await serve(ports)
    const { response, status, text } = await ask()
    expect(status).toBe(500)
    expect(JSON.parse(text)).toEqual({
      error: 'server_error',
      error_description: `The token could not be issued. Request id: ${response.headers.get('x-auth0-requestid')}`,
    })
    expect(events(batches)).toEqual(logged)
  })

  test('and the message is on the wire where the operator wants it there', async () => {
    const { ask } = await serve({ sign: broken }, { errorDetail: true })
    expect(JSON.parse((await ask()).text).error_description).toMatch(
      /^The token could not be issued: broken: s3cret-detail\. Request id: [0-9a-f]{20}$/,
    )
  })

  test.each<[string, Partial<OauthPorts>]>([
    ['the runner', ending({ kind: 'failed', failure: 'overloaded', detail: 'queue full', by: version, dropped: [] })],
    ['signing', { sign: () => undefined }],
  ])('while %s is too busy: the client is asked to come back', async (_name, ports) => {
    const { ask } = await serve(ports)
    const { response, text } = await ask()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(JSON.parse(text).error).toBe('temporarily_unavailable')
  })
})

describe('a refusal', () => {
  test.each([
    ['invalid_request', 400],
    ['invalid_scope', 400],
    ['server_error', 500],
  ] as const)('by an action with %s is answered with its reason', async (error, status) => {
    const { ask, batches } = await serve(
      ending({ kind: 'denied', error, reason: 'Not today', withheld: false, by: version, dropped: [] }),
    )
    const answer = await ask()
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { error, error_description: 'Not today' }])
    expect(events(batches)).toEqual(['feccft'])
  })

  test('is answered even when it cannot be logged', async () => {
    const { ask, defects } = await serve({
      logs: {
        append: async () => {
          throw new Error('disk full')
        },
      },
    })
    expect((await ask({ ...good, client_secret: 'wrong' })).status).toBe(401)
    expect(defects).toMatchObject([{ message: 'disk full' }])
  })

  test('names a scheme only to a client that used the Authorization header', async () => {
    const { ask } = await serve()
    const { client_id: _id, client_secret: _secret, ...rest } = good
    const byHeader = await ask(rest, { authorization: `Basic ${Buffer.from('client1:wrong').toString('base64')}` })
    const malformed = await ask(rest, { authorization: 'Basic ?' })
    const byBody = await ask({ ...good, client_secret: 'wrong' })
    const schemes = [byHeader, malformed, byBody].map(({ response }) => response.headers.get('www-authenticate'))
    expect(schemes).toEqual([expect.stringMatching(/^Basic realm=/), expect.stringMatching(/^Basic realm=/), null])
    expect(new Set([byHeader, malformed, byBody].map(({ text }) => text)).size).toBe(1)
  })

  test('of a client without the grant type carries error_uri', async () => {
    const { ask } = await serve({ snapshot: () => snapshotOf({ client: { grant_types: [] } }) })
    expect(JSON.parse((await ask()).text)).toEqual({
      error: 'unauthorized_client',
      error_description: "Grant type 'client_credentials' not allowed for the client.",
      error_uri: 'https://auth0.com/docs/clients/client-grant-types',
    })
  })

  test('is what a body of any other media type gets', async () => {
    const { url } = await serve()
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
      const response = await fetch(`${url}/oauth/token`, {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': type },
      })
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: 'invalid_request', error_description: 'Invalid request body' },
      ])
    }
  })
})

test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('%s /oauth/token is not found', async (method) => {
  const { url } = await serve()
  expect((await fetch(`${url}/oauth/token`, { method })).status).toBe(404)
})

describe('discovery', () => {
  test('is one document under two names', async () => {
    const { url } = await serve()
    const [first, second] = await Promise.all(
      ['openid-configuration', 'oauth-authorization-server'].map((name) => fetch(`${url}/.well-known/${name}`)),
    )
    const text = await first?.text()
    expect(await second?.text()).toBe(text)
    expect(JSON.parse(text ?? '')).toMatchObject({
      issuer: 'https://auth.example.com/',
      token_endpoint: 'https://auth.example.com/oauth/token',
    })
  })

  test('publishes the key set as it stands, and lets it be cached', async () => {
    const { url } = await serve()
    const response = await fetch(`${url}/.well-known/jwks.json`)
    expect(await response.json()).toEqual({ keys: [{ kid: 'k1' }] })
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  })
})
