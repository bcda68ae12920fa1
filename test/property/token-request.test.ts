import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenRefusal } from '../../src/oauth/refusals.ts'
import { parseTokenRequest, type TokenRequest, type TokenRequestBytes } from '../../src/oauth/token-request.ts'

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
        expect(JSON.stringify(result.body)).toBe(JSON.stringify({ ...own, client_secret: undefined }))
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
