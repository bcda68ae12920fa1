import { describe, expect, test } from 'vitest'
import type { JsonObject, ResourceServer } from '../../../src/domain/index.ts'
import { accessTokenClaims } from '../../../src/oauth/access-token.ts'
import { resolveExchange } from '../../../src/oauth/client-credentials.ts'
import { audience, client, form, origin, settings, snapshotOf } from './given.ts'

function claimsOf(
  granted: { scopes: readonly string[]; claims: JsonObject },
  api: Partial<ResourceServer> = {},
): string {
  const exchange = resolveExchange(form({ audience }), client, snapshotOf({ api }), origin, settings)
  return accessTokenClaims(exchange, granted, 1_000)
}

describe('the claims of an access token', () => {
  test('stand in Auth0’s order', () => {
    expect(claimsOf({ scopes: ['read:a', 'write:a'], claims: {} })).toBe(
      '{"iss":"https://auth.example.com/","sub":"client1@clients","aud":"https://api.example.com/","iat":1000,' +
        '"exp":87400,"scope":"read:a write:a","gty":"client-credentials","azp":"client1"}',
    )
  })

  test('have no scope when none is granted', () => {
    expect(JSON.parse(claimsOf({ scopes: [], claims: { scope: 'admin' } }))).not.toHaveProperty('scope')
  })

  test('expire after the API’s lifetime, which may be none at all', () => {
    expect(JSON.parse(claimsOf({ scopes: [], claims: {} }, { token_lifetime: 60 })).exp).toBe(1_060)
    expect(JSON.parse(claimsOf({ scopes: [], claims: {} }, { token_lifetime: 0 })).exp).toBe(1_000)
  })

  test.each([
    [undefined, 4_600],
    [120, 1_120],
  ])('of a third-party client expire as its jwt_configuration says (%s), whatever its API does', (seconds, exp) => {
    const thirdParty = {
      ...client,
      is_first_party: false,
      ...(seconds !== undefined && { jwt_configuration: { lifetime_in_seconds: seconds } }),
    }
    const exchange = resolveExchange(form({ audience }), thirdParty, snapshotOf({ api: {} }), origin, settings)
    expect(JSON.parse(accessTokenClaims(exchange, { scopes: [], claims: {} }, 1_000)).exp).toBe(exp)
  })

  test('begin with the custom ones, values as they are', () => {
    const text = claimsOf({ scopes: [], claims: { 'https://ns/x': { a: [1, null, 'ü"'] }, plain: false } })
    expect(Object.keys(JSON.parse(text)).slice(0, 3)).toEqual(['https://ns/x', 'plain', 'iss'])
    expect(JSON.parse(text)).toMatchObject({ 'https://ns/x': { a: [1, null, 'ü"'] }, plain: false })
  })

  test('are never replaced by custom ones, nor said twice', () => {
    const names = ['iss', 'sub', 'aud', 'iat', 'exp', 'scope', 'gty', 'azp']
    const text = claimsOf({ scopes: ['read:a'], claims: Object.fromEntries(names.map((name) => [name, 'mine'])) })
    expect(text).not.toContain('mine')
    for (const name of names) expect(text.split(`"${name}":`)).toHaveLength(2)
  })

  test('may have one named __proto__, which is a name like any other', () => {
    const claims: JsonObject = JSON.parse('{"__proto__":{"iss":"x"},"a":{"__proto__":1}}')
    const text = claimsOf({ scopes: [], claims })
    expect(text.startsWith('{"__proto__":{"iss":"x"},"a":{"__proto__":1},"iss":"https://auth.example.com/"')).toBe(true)
  })
})
