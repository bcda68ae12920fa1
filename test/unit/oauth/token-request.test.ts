import { describe, expect, test } from 'vitest'
import { parseTokenRequest } from '../../../src/oauth/token-request.ts'
import { form, json, refusalOf } from './given.ts'

const ours = { grant_type: 'client_credentials', client_id: 'client1', client_secret: 'secret1' }

function sent(body: string | Buffer, content_type: string | undefined, authorization?: string) {
  return parseTokenRequest({ body: Buffer.from(body), content_type, authorization })
}

function basic(pair: string | Buffer): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

describe('the body', () => {
  test.each([
    ['application/x-www-form-urlencoded', new URLSearchParams(ours).toString()],
    ['application/x-www-form-urlencoded; charset=ISO-8859-1', new URLSearchParams(ours).toString()],
    ['Application/JSON;charset=utf-8', JSON.stringify(ours)],
  ])('is read as %s', (type, text) => {
    expect(sent(text, type)).toMatchObject({ client_id: 'client1', client_secrets: ['secret1'] })
  })

  test.each([
    ['another media type', 'text/plain', 'grant_type=client_credentials'],
    ['no media type', undefined, 'grant_type=client_credentials'],
    ['broken JSON', 'application/json', '{"grant_type":'],
    ['JSON that is no object', 'application/json', '[1]'],
    ['a JSON null', 'application/json', 'null'],
    ['an escape that is no UTF-8', 'application/x-www-form-urlencoded', 'grant_type=%ff'],
    ['an escape cut short', 'application/x-www-form-urlencoded', 'grant_type=%e'],
    ['bytes that are no UTF-8', 'application/json', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a form name that is a prototype', 'application/x-www-form-urlencoded', '__proto__=1'],
    ['a JSON name that is a prototype', 'application/json', '{"__proto__":{}}'],
    ['an escaped prototype deep inside', 'application/json', '{"a":[{"\\u005f_proto__":{"b":1}}]}'],
    ['more than 32 levels', 'application/json', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['absurd nesting, unclosed', 'application/json', `{"a":${'['.repeat(60_000)}`],
  ])('of %s is refused in one sentence', (_name, type, text) => {
    expect(refusalOf(() => sent(text, type))).toMatchObject({
      status: 400,
      error: 'invalid_request',
      message: 'Invalid request body',
    })
  })

  test('may be nested 32 levels deep', () => {
    const text = `{"grant_type":"client_credentials","a":${'['.repeat(31)}${']'.repeat(31)}}`
    expect(json(text).body).toHaveProperty('a')
  })

  test('of no bytes lacks its grant type, whatever its media type', () => {
    for (const type of [undefined, 'application/json', 'application/x-www-form-urlencoded']) {
      expect(refusalOf(() => sent('', type)).message).toBe('Missing required parameter: grant_type')
    }
  })
})

describe('a parameter sent twice is refused', () => {
  test.each([
    ['in a form', 'application/x-www-form-urlencoded', 'audience=a&audience=b', 'audience'],
    ['in a form, once escaped', 'application/x-www-form-urlencoded', 'audience=a&%61udience=a', 'audience'],
    ['in JSON', 'application/json', '{"audience":"a","audience":"a"}', 'audience'],
    ['in JSON, once escaped', 'application/json', '{"audience":"a","\\u0061udience":"b"}', 'audience'],
    ['also one of the caller’s own', 'application/json', '{"x":1,"y:\\"{":2,"x":3}', 'x'],
  ])('%s', (_name, type, text, parameter) => {
    expect(refusalOf(() => sent(text, type))).toMatchObject({
      reason: 'repeated-parameter',
      status: 400,
      message: `Parameter must not be repeated: ${parameter}`,
    })
  })

  test('but not a name that only recurs deeper, or inside a text', () => {
    const text = '{"grant_type":"client_credentials","a":{"a":1,"b":[{"a":2}]},"b":"\\"a\\":1,\\\\","c":"}:"}'
    expect(json(text).body).toMatchObject({ a: { a: 1 }, b: '"a":1,\\', c: '}:' })
  })
})

describe('grant_type', () => {
  test.each([
    [{ grant_type: '' }, 'grant-type-missing', 400],
    [{ grant_type: 'password' }, 'grant-type-unsupported', 400],
    [{ grant_type: 7 }, 'parameter-not-text', 400],
    [{ grant_type: ['client_credentials'] }, 'parameter-not-text', 400],
    [{ grant_type: null }, 'grant-type-missing', 400],
  ])('%j is refused', (body, reason, status) => {
    expect(refusalOf(() => json(body))).toMatchObject({ reason, status })
  })
})

describe('parameters that OAuth defines', () => {
  test.each(['client_id', 'client_secret', 'audience', 'organization', 'client_assertion'])(
    '%s must be a text; null and an empty text count as absent',
    (name) => {
      for (const value of [['x'], { x: 1 }, 1, true]) {
        expect(refusalOf(() => json({ ...ours, [name]: value }))).toMatchObject({
          reason: 'parameter-not-text',
          message: `Invalid parameter: ${name} must be a string`,
        })
      }
      for (const value of [null, '']) expect(() => json({ ...ours, [name]: value })).not.toThrow()
    },
  )

  test('an empty audience is no audience', () => {
    expect(form({ audience: '' })).not.toHaveProperty('audience')
  })
})

describe('scope', () => {
  test.each([
    ['read:a  write:a read:a', ['read:a', 'write:a']],
    ['', []],
    ['  ', []],
    [
      ['a', 'b c', 'a'],
      ['a', 'b', 'c'],
    ],
    [[], []],
    [null, []],
  ])('%j names %j', (scope, requested) => {
    expect(json({ ...ours, scope }).requested_scopes).toEqual(requested)
  })

  test.each([[7], [{ a: 1 }], [['a', 1]], [true]])('%j is neither a text nor a list of texts', (scope) => {
    expect(refusalOf(() => json({ ...ours, scope }))).toEqual({
      reason: 'scope-not-text',
      status: 400,
      error: 'invalid_scope',
      message: 'Scope must be an array or a string',
    })
  })
})

describe('what an action sees of the body', () => {
  test('is every parameter but those that carry credentials, values as they came', () => {
    const withheld = ['client_secret', 'client_assertion', 'refresh_token', 'password', 'assertion', 'auth_session']
    const sentBody = {
      ...ours,
      ...Object.fromEntries(withheld.map((name) => [name, 'x'])),
      order: { items: [1, null] },
    }
    expect(json({ ...sentBody, scope: '' }).body).toEqual({
      grant_type: 'client_credentials',
      client_id: 'client1',
      order: { items: [1, null] },
      scope: '',
    })
  })

  test('never holds what came by Basic', () => {
    expect(form({}, basic('client1:secret1')).body).toEqual({ grant_type: 'client_credentials' })
  })
})

describe('correlation_id', () => {
  test.each([
    ['order-1.2*~@+/:_', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['a b', false],
    ['', false],
    [7, false],
  ])('%j is one: %s', (correlation_id, valid) => {
    expect(json({ ...ours, correlation_id }).correlation_id).toBe(valid ? correlation_id : undefined)
  })
})

describe('the Authorization header', () => {
  test.each([
    ['plain, as curl sends it', 'client1:s3cret-_', ['s3cret-_']],
    ['percent-encoded, as RFC 6749 §2.3.1 asks', 'client1:a%2Bb%25', ['a+b%', 'a%2Bb%25']],
    ['plain with a percent sign that escapes nothing', 'client1:100%', ['100%']],
    ['plain with a plus', 'client1:a+b', ['a b', 'a+b']],
    ['with colons in the secret', 'client1:a:b', ['a:b']],
    ['without a secret', 'client1:', []],
  ])('is understood %s', (_name, pair, client_secrets) => {
    expect(form({}, basic(pair))).toMatchObject({ client_id: 'client1', client_secrets })
  })

  test.each([
    ['bytes that are no base64', 'Basic §§'],
    ['nothing after the scheme', 'Basic '],
    ['the scheme alone', 'basic'],
    ['no colon', basic('client1')],
    ['no UTF-8', basic(Buffer.from([0xff, 0x3a, 0xff]))],
  ])('with %s is a failed authentication', (_name, header) => {
    expect(refusalOf(() => form({}, header))).toMatchObject({ status: 401, message: 'Unauthorized' })
  })

  test('of another scheme is not looked at', () => {
    expect(form({ client_id: 'c', client_secret: 's' }, 'Bearer abc')).toMatchObject({
      client_id: 'c',
      client_secrets: ['s'],
    })
  })

  test.each([
    ['the same id', { client_id: 'client1' }],
    ['the same id and secret', { client_id: 'client1', client_secret: 'a+b' }],
    ['the same secret alone', { client_secret: 'a+b' }],
  ])('may come beside %s in the body', (_name, parameters) => {
    expect(form(parameters, basic('client1:a%2Bb')).client_id).toBe('client1')
  })

  test.each([
    ['another id', { client_id: 'client2' }],
    ['another secret', { client_id: 'client1', client_secret: 'other' }],
  ])('may not come beside %s in the body', (_name, parameters) => {
    expect(refusalOf(() => form(parameters, basic('client1:secret1')))).toMatchObject({
      reason: 'credentials-differ',
      status: 400,
    })
  })

  test('without a secret takes it from the body', () => {
    expect(form({ client_secret: 'secret1' }, basic('client1:')).client_secrets).toEqual(['secret1'])
  })
})
