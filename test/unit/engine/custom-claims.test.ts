import { describe, expect, test } from 'vitest'
import { lacksProfileScope, readClaimValue, ruleAgainstClaim, utf8Length } from '../../../src/engine/custom-claims.ts'

const restricted =
  'acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce object_id org_id org_name orig origid permissions roles rph s_hash sid sip_callid sip_cseq_num sip_date sip_from_tag sip_via_branch sub sub_jwk toe txn typ uuid vot vtm x5t#S256'.split(
    ' ',
  )

describe('claim names', () => {
  test('the sixty names that Auth0 restricts are dropped', () => {
    expect(restricted).toHaveLength(60)
    expect(restricted.filter((name) => ruleAgainstClaim(name, false) !== 'restricted-name')).toEqual([])
  })

  test.each([
    ['role', undefined],
    ['tenant_id', undefined],
    ['Aud', undefined],
    ['scope', 'scope-claim'],
    ['https://example.com/plan', undefined],
    ['https://auth0.com/a', 'auth0-namespace'],
    ['http://x.auth0.com/a', 'auth0-namespace'],
    ['HTTPS://X.AUTH0.COM/a', 'auth0-namespace'],
    ['https://auth0.com./a', 'auth0-namespace'],
    ['https://sandbox.webtask.io/a', 'auth0-namespace'],
    ['https://webtask.run', 'auth0-namespace'],
    ['https://auth0.com.evil.test/a', undefined],
    ['https://notauth0.com/a', undefined],
    ['https://auth0.com@evil.test/a', undefined],
    ['https://evil.test/auth0.com', undefined],
    ['https://auth0%2Ecom/a', 'auth0-namespace'],
    ['https://\uff41uth0.com/a', 'auth0-namespace'],
    ['https://au\tth0.com/a', 'auth0-namespace'],
    ['https:\\\\auth0.com', undefined],
    ['https://auth0.com:443/a', 'auth0-namespace'],
    ['https://auth0.com:x@evil.test/a', undefined],
    ['https://auth0.com?x', 'auth0-namespace'],
    ['https://', undefined],
    ['urn:auth0', 'auth0-namespace'],
    ['urn:auth0:x', 'auth0-namespace'],
    ['urn:auth0x:y', undefined],
    ['urn:example:plan', undefined],
    ['__proto__', undefined],
  ])('%s: %s', (name, rule) => {
    expect(ruleAgainstClaim(name, false)).toBe(rule)
  })

  test('a token for the Management API takes no custom claim at all', () => {
    expect(ruleAgainstClaim('https://example.com/plan', true)).toBe('system-api')
    expect(ruleAgainstClaim('plan', true)).toBe('system-api')
  })

  test.each([
    ['email', 'email'],
    ['email_verified', 'email'],
    ['phone_number', 'phone'],
    ['address', 'address'],
    ['nickname', 'profile'],
    ['updated_at', 'profile'],
  ])('the profile claim %s needs the scope %s', (name, scope) => {
    expect(lacksProfileScope(name, ['read'])).toBe(true)
    expect(lacksProfileScope(name, ['read', scope])).toBe(false)
    expect(lacksProfileScope('plan', [])).toBe(false)
  })
})

describe('claim values', () => {
  const read = (value: unknown) => {
    const result = readClaimValue(value, 1_000)
    return typeof result === 'object' ? result.value : result
  }

  test.each([
    ['a text', 'x', 'x'],
    ['a number', 1.5, 1.5],
    ['NaN', Number.NaN, null],
    ['null', null, null],
    ['false', false, false],
    ['an object', { a: [1, { b: null }], c: undefined }, { a: [1, { b: null }] }],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a map', new Map([[1, 2]]), {}],
    ['an array with holes', [undefined, () => 1], [null, null]],
    ['undefined', undefined, undefined],
    ['a function', () => 1, undefined],
    ['a symbol', Symbol('s'), undefined],
    ['what toJSON makes undefined', { toJSON: () => undefined }, undefined],
  ])('%s takes its JSON form', (_what, value, form) => {
    expect(read(value)).toEqual(form)
  })

  test('a cycle and a BigInt throw what JSON.stringify throws', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(() => read(cycle)).toThrow(TypeError)
    expect(() => read({ n: 1n })).toThrow(TypeError)
  })

  test('what is too large is found out before it is written', () => {
    let visited = 0
    const huge = Array.from({ length: 10_000 }, () => ({
      toJSON: () => {
        visited += 1
        return 'x'.repeat(100)
      },
    }))
    expect(readClaimValue(huge, 1_000)).toBe('too-large')
    expect(visited).toBeLessThan(20)
    expect(readClaimValue('x'.repeat(999), 1_000)).toBe('too-large')
    expect(readClaimValue('x'.repeat(998), 1_000)).toMatchObject({ bytes: 1_000 })
    expect(readClaimValue(true, 3)).toBe('too-large')
  })

  test.each([
    true,
    false,
    null,
    0,
    -1.5,
    1e21,
    Number.NaN,
    '',
    'a',
    'é"\\',
    '\n\u0001',
    '\ud800',
    '😀',
    [1, '"'],
    { a: 'é' },
  ])('the bytes of %j are those of its JSON', (value) => {
    expect(readClaimValue(value, 1_000)).toMatchObject({ bytes: Buffer.byteLength(JSON.stringify(value)) })
  })

  test.each(['', 'a', 'é', '€', '😀', 'a😀é€', '\ud800', 'x\udc00y'])('the UTF-8 length of %j is its bytes', (text) => {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text))
  })
})
