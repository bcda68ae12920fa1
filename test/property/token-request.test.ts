import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Client, TenantSnapshot } from '../../src/domain/index.ts'
import { authenticateClient } from '../../src/oauth/client-authentication.ts'
import { TokenRefusal } from '../../src/oauth/refusals.ts'
import { parseTokenRequest, type TokenRequest, type TokenRequestBytes } from '../../src/oauth/token-request.ts'
import { base64url, client_assertion_type, newKey, signed } from '../support/assertions.ts'
import { authentication, snapshotOf } from '../unit/oauth/given.ts'

const contentType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'APPLICATION/JSON ;x',
    undefined,
  ),
  fc.string(),
)

const name = fc.oneof(
  fc.constantFrom(
    'grant_type',
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'audience',
    'scope',
    'organization',
    '__proto__',
    'correlation_id',
  ),
  fc.string({ unit: 'binary' }),
)

const pairs = fc.array(fc.tuple(name, fc.jsonValue({ maxDepth: 6 })), { maxLength: 12 })

const body: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 512 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  // Members written by hand: repeats survive.
  pairs.map((members) =>
    Buffer.from(`{${members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`),
  ),
  pairs.map((members) => Buffer.from(members.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('&'))),
  pairs.map((members) => {
    const form = new URLSearchParams()
    for (const [key, value] of members) form.append(key, JSON.stringify(value))
    return Buffer.from(form.toString())
  }),
)

const authorization = fc.option(
  fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }).map((pair) => `Basic ${Buffer.from(pair).toString('base64')}`),
    fc.tuple(fc.constantFrom('Basic ', 'basic\t', 'BASIC'), fc.string()).map((parts) => parts.join('')),
  ),
  { nil: undefined },
)

const anyRequest: fc.Arbitrary<TokenRequestBytes> = fc.record({ body, content_type: contentType, authorization })

/** The request or its refusal; anything else that is thrown fails the property. */
function parsed(bytes: TokenRequestBytes): TokenRequest | TokenRefusal {
  try {
    return parseTokenRequest(bytes)
  } catch (error) {
    if (error instanceof TokenRefusal) return error
    throw error
  }
}

function asJson(value: unknown): TokenRequestBytes {
  return { body: Buffer.from(JSON.stringify(value)), content_type: 'application/json', authorization: undefined }
}

describe('whatever bytes a token request is made of', () => {
  test('it is read, or refused with a 4xx and a text', () => {
    fc.assert(
      fc.property(anyRequest, (bytes) => {
        const result = parsed(bytes)
        if (!(result instanceof TokenRefusal)) return
        expect(result.status).toBeGreaterThanOrEqual(400)
        expect(result.status).toBeLessThan(500)
        expect(result.message).not.toBe('')
      }),
      { numRuns: 3_000 },
    )
  })

  test('an action sees the body as it was, without credentials and with no foreign prototype', () => {
    const parameters = fc.dictionary(name, fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true })
    fc.assert(
      fc.property(parameters, (extra) => {
        const own = { ...extra, grant_type: 'client_credentials', client_id: 'c' }
        const result = parsed(asJson({ ...own, client_secret: 's3cret' }))
        if (result instanceof TokenRefusal) return
        expect(Object.getPrototypeOf(result.body)).toBe(Object.prototype)
        expect(JSON.stringify(result.body)).toBe(
          JSON.stringify({ ...own, client_secret: undefined, client_assertion: undefined }),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('a form says the same as its JSON', () => {
    const texts = fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__' && key !== 'client_secret'),
      fc.string({ unit: 'grapheme' }),
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(texts, (extra) => {
        const all = { ...extra, grant_type: 'client_credentials', client_id: 'c', client_secret: 's' }
        const form = parsed({
          body: Buffer.from(new URLSearchParams(all).toString()),
          content_type: 'application/x-www-form-urlencoded',
          authorization: undefined,
        })
        expect(form).toEqual(parsed(asJson(all)))
      }),
      { numRuns: 500 },
    )
  })
})

describe('whatever a client assertion is made of', () => {
  const key = newKey('ES256')
  const now = Date.UTC(2026, 0, 1)
  const good = { iss: 'c', sub: 'c', aud: 'https://auth.example.com/', exp: now / 1_000 + 60, jti: 'j' }
  const client: Client = {
    client_id: 'c',
    name: 'C',
    grant_types: ['client_credentials'],
    client_authentication_methods: {
      private_key_jwt: { credentials: [{ id: 'cred_1' }] },
      federated_jwt: { issuers: [{ issuer: 'https://issuer.example.com', subject: 's', jwks: { keys: [] } }] },
    },
  }
  const times = { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' }
  const facts = {
    id: 'cred_1',
    client_id: 'c',
    credential_type: 'public_key',
    kid: 'a-key-of-c',
    alg: 'ES256',
  } as const
  const known = { client, secret_digests: [], credentials: [{ ...facts, ...times, pem: key.pem }] }
  const snapshot: TenantSnapshot = { ...snapshotOf(), clients: new Map([['c', known]]) }

  /** Whether it proves the client; anything thrown but a refusal of assertions fails the property. */
  async function isProof(client_assertion: string): Promise<boolean> {
    const presented = { client_secrets: [], client_assertion, client_assertion_type }
    try {
      await authenticateClient(presented, snapshot, authentication({ clock: () => now }))
      return true
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error
      expect(error).toMatchObject({ reason: 'assertion-rejected', status: 401 })
      expect(error.detail).not.toBe('')
      return false
    }
  }

  const segment = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.jsonValue({ maxDepth: 4 }).map((value) => base64url(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => base64url(bytes)),
    fc
      .dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'iss', 'sub', 'exp', 'aud'), fc.jsonValue())
      .map((value) => base64url(JSON.stringify(value))),
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('.')),
    fc.tuple(fc.constantFrom(...signed(key, good).split('.')), segment, segment).map((segments) => segments.join('.')),
  )

  test('it is refused as an assertion, and proves nobody', async () => {
    expect(await isProof(signed(key, good))).toBe(true)
    await fc.assert(
      fc.asyncProperty(text, async (assertion) => {
        expect(await isProof(assertion)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('signed as it is to be, it proves the client only with the claims it is to have', async () => {
    const claim = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...Object.values(good)))
    const changes = fc.dictionary(fc.constantFrom('iss', 'sub', 'aud', 'exp', 'jti', 'iat', 'nbf'), claim, {
      noNullPrototype: true,
    })
    const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value)
    await fc.assert(
      fc.asyncProperty(changes, async (changed) => {
        const claims: Record<string, unknown> = { ...good, ...changed }
        const { iss, sub, aud, exp, jti, iat, nbf } = claims
        const seconds = now / 1_000
        const expected =
          iss === 'c' &&
          sub === 'c' &&
          [aud].flat().length > 0 &&
          [aud].flat().every((one) => one === good.aud) &&
          typeof jti === 'string' &&
          jti.length > 0 &&
          jti.length <= 64 &&
          isTime(exp) &&
          Number(exp) > seconds - 10 &&
          Number(exp) <= seconds + 310 &&
          (nbf === undefined || (isTime(nbf) && Number(nbf) <= seconds + 10)) &&
          (iat === undefined ||
            (isTime(iat) &&
              Number(iat) <= seconds + 10 &&
              Number(iat) < Number(exp) &&
              Number(exp) - Number(iat) <= 300))
        expect(await isProof(signed(key, claims))).toBe(expected)
      }),
      { numRuns: 1_000 },
    )
  })

  test('one changed character of it proves nobody', async () => {
    const assertion = signed(key, good)
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: assertion.length - 1 }),
        fc.string({ minLength: 1, maxLength: 1 }),
        async (at, character) => {
          fc.pre(assertion[at] !== character)
          expect(await isProof(assertion.slice(0, at) + character + assertion.slice(at + 1))).toBe(false)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
