import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { compactDecrypt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { aClient, aGrant, anApi, audience, type GivenTenant } from '../../support/tenant.ts'

const other = { client_id: 'OtherClientId', client_secret: 'other-secret' }
const orders = { client_id: 'OrdersApiClientId', client_secret: 'orders-secret' }
const numbered = 'urn:numbered'
const sealed = 'urn:sealed'
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const given: GivenTenant = {
  clients: [
    aClient(),
    aClient({ name: 'Other', ...other }),
    aClient({ name: 'Orders API', ...orders, grant_types: [], resource_server_identifier: audience }),
  ],
  apis: [
    anApi(),
    anApi({ identifier: numbered, token_dialect: 'rfc9068_profile' }),
    anApi({
      identifier: sealed,
      token_encryption: {
        format: 'compact-nested-jwe',
        encryption_key: { alg: 'RSA-OAEP-256', pem: String(publicKey.export({ type: 'spki', format: 'pem' })) },
      },
    }),
  ],
  grants: [aGrant(), aGrant({ audience: numbered, scope: [] }), aGrant({ audience: sealed })],
}

let server: TestServer
beforeAll(async () => {
  server = await openServer(given)
})
afterAll(() => server.close())

type Parameters = Readonly<Record<string, unknown>>
const revoke = (token: unknown, parameters: Parameters = {}, at = server): Promise<Answer> =>
  at.postForm('/oauth/revoke', { token, ...parameters })
const isActive = async (token: unknown, parameters: Parameters = {}, at = server): Promise<unknown> =>
  (await at.postForm('/oauth/introspect', { token, ...parameters })).body.active
const tokenOf = async (parameters: Parameters = {}, at = server): Promise<string> => {
  const { status, body } = await at.token(parameters)
  expect(status).toBe(200)
  return String(body.access_token)
}

describe('a client that revokes its token', () => {
  test.each([
    ['a token with a jti', numbered],
    ['a token without one', audience],
  ])('has it inactive for everyone from then on: %s', async (_what, api) => {
    const own = await openServer(given)
    try {
      const token = await tokenOf({ audience: api }, own)
      expect(await isActive(token, {}, own)).toBe(true)
      const answer = await revoke(token, { token_type_hint: 'access_token' }, own)
      expect([answer.status, answer.text]).toEqual([200, ''])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await isActive(token, {}, own)).toBe(false)
      if (api === audience) expect(await isActive(token, orders, own)).toBe(false)
      // Once more is no mistake.
      expect((await revoke(token, {}, own)).status).toBe(200)
    } finally {
      await own.close()
    }
  })

  test('keeps its other tokens', async () => {
    const [first, second] = [await tokenOf({ audience: numbered }), await tokenOf({ audience: numbered })]
    expect(first).not.toBe(second)
    await revoke(first)
    expect([await isActive(first), await isActive(second)]).toEqual([false, true])
  })

  test('does not get it back by another spelling of its signature', async () => {
    const own = await openServer(given)
    try {
      const token = await tokenOf({}, own)
      // 2,048 bits leave four of the last base64url character unused: it decodes to the same signature.
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      const last = alphabet.indexOf(token.slice(-1))
      const respelt = `${token.slice(0, -1)}${alphabet[last ^ 1]}`
      const signature = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url')
      expect(respelt).not.toBe(token)
      expect(signature(respelt)).toEqual(signature(token))
      await revoke(token, {}, own)
      expect(await isActive(respelt, {}, own)).toBe(false)
      expect(await isActive(`${token}=`, {}, own)).toBe(false)
    } finally {
      await own.close()
    }
  })

  test('finds it revoked still after the server has started again', async () => {
    const environment = { DATA_DIR: join(await temporaryFolder(), 'data') }
    const first = await openServer(given, environment)
    const revoked = await tokenOf({ audience: numbered }, first)
    const kept = await tokenOf({ audience: numbered }, first)
    expect((await revoke(revoked, {}, first)).status).toBe(200)
    await first.close()
    const second = await openServer(given, environment)
    expect([await isActive(revoked, {}, second), await isActive(kept, {}, second)]).toEqual([false, true])
    await second.close()
  })
})

describe('a client that does not own the token', () => {
  test('is refused, and the token holds', async () => {
    const token = await tokenOf({ audience: numbered })
    for (const client of [other, orders]) {
      const { status, body } = await revoke(token, client)
      expect([status, body.error]).toEqual([400, 'invalid_grant'])
    }
    expect(await isActive(token)).toBe(true)
  })

  test('and does not prove itself is refused before the token is read', async () => {
    const token = await tokenOf({ audience: numbered })
    const { status, body, headers } = await revoke(token, { client_secret: 'wrong' })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(headers.get('www-authenticate')).toMatch(/^Basic realm="/)
    expect(await isActive(token)).toBe(true)
  })
})

describe('a text that is no token of ours', () => {
  test.each([
    ['noise', 'not-a-token'],
    ['five segments of noise', 'a.b.c.d.e'],
    [
      'a token of another issuer',
      'eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUvIn0.AAAA',
    ],
  ])('is answered as if it were revoked: %s', async (_what, token) => {
    const { status, text } = await revoke(token)
    expect([status, text]).toEqual([200, ''])
  })

  test('is refused when it is missing', async () => {
    const { status, body } = await revoke(undefined)
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })
})

test('an encrypted token, which its API alone can open, is refused by name; the one inside is asked about and revoked', async () => {
  const token = await tokenOf({ audience: sealed })
  const { status, body } = await revoke(token)
  expect([status, body.error]).toEqual([400, 'unsupported_token_type'])
  expect(await isActive(token)).toBe(false)
  const { plaintext } = await compactDecrypt(token, privateKey)
  const inner = Buffer.from(plaintext).toString()
  expect(await isActive(inner)).toBe(true)
  expect((await revoke(inner)).status).toBe(200)
  expect(await isActive(inner)).toBe(false)
})

test('whoever tries client secrets out at these endpoints is slowed down as at the token endpoint', async () => {
  const limited = await openServer(given, { RATE_LIMIT_PER_SECOND: '1', RATE_LIMIT_BURST: '2' })
  try {
    const ask = () => revoke('x', { client_secret: 'wrong' }, limited)
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    for (const { body, headers } of refused) {
      expect([body.error, Number(headers.get('retry-after'))]).toEqual(['too_many_requests', 1])
    }
  } finally {
    await limited.close()
  }
})
