import { describe, expect, test } from 'vitest'
import type { Exchange, JsonObject, ResourceServer, TokenDialect } from '../../../src/domain/index.ts'
import { accessTokenClaims, tokenTypeOf } from '../../../src/oauth/access-token.ts'
import { resolveExchange } from '../../../src/oauth/client-credentials.ts'
import { audience, client, form, origin, settings, snapshotOf } from './given.ts'

const issuance = { issuedAt: 1_000, jti: 'abcdefghijklmnopqrstuv' }

function claimsOf(
  granted: { scopes: readonly string[]; claims: JsonObject },
  api: Partial<ResourceServer> = {},
  facts: Partial<Exchange> = {},
): string {
  const exchange = resolveExchange(form({ audience }), client, snapshotOf({ api }), origin, settings)
  return accessTokenClaims({ ...exchange, ...facts }, granted, issuance)
}

const organization = {
  organization: { id: 'org_1', name: 'acme' },
  org_name: 'acme',
  confirmation: { jkt: 'thumbprint' },
}

describe('the claims of an access token', () => {
  test.each<[TokenDialect | undefined, string]>([
    [undefined, '"gty":"client-credentials","azp":"client1"'],
    ['access_token', '"gty":"client-credentials","azp":"client1"'],
    ['access_token_authz', '"gty":"client-credentials","azp":"client1","permissions":["read:a","write:a"]'],
    ['rfc9068_profile', '"jti":"abcdefghijklmnopqrstuv","client_id":"client1"'],
    [
      'rfc9068_profile_authz',
      '"jti":"abcdefghijklmnopqrstuv","client_id":"client1","permissions":["read:a","write:a"]',
    ],
  ])(
    'of the dialect %s stand in Auth0’s order, with an organization and a confirmation where there are some',
    (dialect, rest) => {
      const granted = { scopes: ['read:a', 'write:a'], claims: {} }
      const api = dialect === undefined ? {} : { token_dialect: dialect }
      const first =
        '{"iss":"https://auth.example.com/","sub":"client1@clients","aud":"https://api.example.com/","iat":1000,' +
        '"exp":87400,"scope":"read:a write:a",'
      expect(claimsOf(granted, api)).toBe(`${first}${rest}}`)
      expect(claimsOf(granted, api, organization)).toBe(
        `${first}"org_id":"org_1","org_name":"acme",${rest},"cnf":{"jkt":"thumbprint"}}`,
      )
    },
  )

  test('name no permission, but say so, when no scope is granted', () => {
    const text = claimsOf({ scopes: [], claims: {} }, { token_dialect: 'access_token_authz' })
    expect(JSON.parse(text)).toMatchObject({ permissions: [] })
    expect(JSON.parse(text)).not.toHaveProperty('scope')
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
    expect(JSON.parse(accessTokenClaims(exchange, { scopes: [], claims: {} }, issuance)).exp).toBe(exp)
  })

  test('expire as a first-party client’s token_lifetime says, before its API does', () => {
    const short = { ...client, token_lifetime: 300 }
    const snapshot = snapshotOf({ api: { token_lifetime: 60 } })
    const exp = (of: typeof short) =>
      JSON.parse(
        accessTokenClaims(
          resolveExchange(form({ audience }), of, snapshot, origin, settings),
          { scopes: [], claims: {} },
          issuance,
        ),
      ).exp
    expect(exp(short)).toBe(1_300)
    expect(exp({ ...short, token_lifetime: 0 })).toBe(1_000)
    // Of a third-party client the documented rule alone holds.
    expect(exp(Object.assign({}, short, { is_first_party: false }))).toBe(4_600)
  })

  test('begin with the custom ones, values as they are', () => {
    const text = claimsOf({ scopes: [], claims: { 'https://ns/x': { a: [1, null, 'ü"'] }, plain: false } })
    expect(Object.keys(JSON.parse(text)).slice(0, 3)).toEqual(['https://ns/x', 'plain', 'iss'])
    expect(JSON.parse(text)).toMatchObject({ 'https://ns/x': { a: [1, null, 'ü"'] }, plain: false })
  })

  test.each<TokenDialect>(['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz'])(
    'of the dialect %s are never replaced by custom ones, nor said twice, nor taken from another dialect',
    (token_dialect) => {
      const own = JSON.parse(claimsOf({ scopes: ['read:a'], claims: {} }, { token_dialect }, organization))
      const names = [
        ...['iss', 'sub', 'aud', 'iat', 'exp', 'scope', 'org_id', 'org_name', 'gty', 'azp', 'jti', 'client_id'],
        ...['permissions', 'cnf'],
      ]
      const claims = Object.fromEntries(names.map((name) => [name, 'mine']))
      const text = claimsOf({ scopes: ['read:a'], claims }, { token_dialect }, organization)
      expect(JSON.parse(text)).toEqual(own)
      for (const name of Object.keys(own)) expect(text.split(`"${name}":`)).toHaveLength(2)
    },
  )

  test('may have one named __proto__, which is a name like any other', () => {
    const claims: JsonObject = JSON.parse('{"__proto__":{"iss":"x"},"a":{"__proto__":1}}')
    const text = claimsOf({ scopes: [], claims })
    expect(text.startsWith('{"__proto__":{"iss":"x"},"a":{"__proto__":1},"iss":"https://auth.example.com/"')).toBe(true)
  })
})

test('a token bound to a DPoP key is called one, any other a bearer’s', () => {
  const exchange = resolveExchange(form({ audience }), client, snapshotOf({ api: {} }), origin, settings)
  expect(tokenTypeOf(exchange)).toBe('Bearer')
  expect(tokenTypeOf({ ...exchange, confirmation: { jkt: 'thumbprint' } })).toBe('DPoP')
  expect(tokenTypeOf({ ...exchange, confirmation: { 'x5t#S256': 'thumbprint' } })).toBe('Bearer')
})
