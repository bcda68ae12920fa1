import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TokenDialect, tokenDialects } from '../../../src/domain/index.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi, billing, handler } from '../../support/tenant.ts'

const of = (dialect: TokenDialect) => `urn:${dialect}`
const reserved = `['iss','sub','aud','iat','exp','scope','gty','azp','jti','client_id','permissions','org_id','org_name','cnf']`
const thirdParty = { name: 'Partner', client_id: 'PartnerClientId', client_secret: 'partner secret' } as const
const short = { name: 'Short', client_id: 'ShortClientId', client_secret: 'short secret' } as const

let server: TestServer
beforeAll(async () => {
  const apis = [...tokenDialects.map((token_dialect) => anApi({ identifier: of(token_dialect), token_dialect }))]
  const clients = [billing.name, thirdParty.name, short.name]
  server = await openServer({
    apis: [...apis, anApi({ identifier: 'urn:quarter', token_lifetime: 900 })],
    clients: [
      aClient(),
      aClient({ ...thirdParty, is_first_party: false, token_lifetime: 60 }),
      aClient({ ...short, token_lifetime: 60 }),
    ],
    grants: [...apis.map(({ identifier }) => identifier), 'urn:quarter'].flatMap((audience) =>
      clients.map((client) => aGrant({ client, audience })),
    ),
    actions: [
      handler(`
        if (event.request.body.forge) for (const name of ${reserved}) api.accessToken.setCustomClaim(name, 'forged')
        if (event.request.body.custom) api.accessToken.setCustomClaim('https://ns.example.com/tier', 'gold')
        if (event.request.body.none) for (const s of event.accessToken.scope) api.transaction.removeTargetScope(s)`),
    ],
  })
})
afterAll(() => server.close())

const scope = 'read:orders write:orders'
const auth0 = { gty: 'client-credentials', azp: billing.client_id }
const rfc9068 = { jti: expect.stringMatching(/^[A-Za-z0-9]{22}$/), client_id: billing.client_id }
const permissions = ['read:orders', 'write:orders']
const dialects: Readonly<Record<TokenDialect, readonly [string, Readonly<Record<string, unknown>>]>> = {
  access_token: ['JWT', auth0],
  access_token_authz: ['JWT', { ...auth0, permissions }],
  rfc9068_profile: ['at+jwt', rfc9068],
  rfc9068_profile_authz: ['at+jwt', { ...rfc9068, permissions }],
}

describe.each(tokenDialects)('a token of the dialect %s', (dialect) => {
  const [typ, own] = dialects[dialect]
  const audience = of(dialect)

  test('carries the claims of its dialect and no others', async () => {
    const { body, claims } = await server.token({ audience })
    expect(decodeProtectedHeader(String(body.access_token))).toMatchObject({ alg: 'RS256', typ })
    const { iat = 0, ...rest } = claims
    expect(rest).toEqual({
      iss: 'https://auth.example.com/',
      sub: `${billing.client_id}@clients`,
      aud: audience,
      exp: iat + 86_400,
      scope,
      ...own,
    })
    expect(body).toMatchObject({ scope, expires_in: 86_400, token_type: 'Bearer' })
  })

  test('takes custom claims before its own, and none in their place', async () => {
    const { claims } = await server.token({ audience, custom: '1', forge: '1' })
    expect(Object.keys(claims)[0]).toBe('https://ns.example.com/tier')
    expect(JSON.stringify(claims)).not.toContain('forged')
    expect(claims).toMatchObject(own)
  })

  test('without a scope says so, by an empty list where it names permissions', async () => {
    const { claims } = await server.token({ audience, none: '1' })
    expect(claims).not.toHaveProperty('scope')
    expect(claims.permissions).toEqual('permissions' in own ? [] : undefined)
  })

  test('has an id in the log, which is its own where it carries one', async () => {
    const answers = [await server.token({ audience }), await server.token({ audience })]
    const ids: unknown[] = []
    for (const answer of answers) {
      const [entry] = await server.logsOf(answer)
      const id = entry?.details?.access_token_jti
      expect(id).toMatch(/^[A-Za-z0-9]{22}$/)
      if ('jti' in own) expect(answer.claims.jti).toBe(id)
      ids.push(id)
    }
    expect(ids[0]).not.toBe(ids[1])
  })
})

test('a token that is refused has no id in the log', async () => {
  const answer = await server.token({ audience: of('access_token'), scope: 'delete:orders' })
  const [entry] = await server.logsOf(answer)
  expect(entry?.details).not.toHaveProperty('access_token_jti')
})

describe('a token lives', () => {
  const credentials = ({ client_id, client_secret }: typeof short | typeof thirdParty) => ({ client_id, client_secret })
  test.each([
    ['as its API says', {}, 900],
    ['as its client says, if that says anything', credentials(short), 60],
    ['an hour for a third-party client, whatever token_lifetime says', credentials(thirdParty), 3_600],
  ])('%s', async (_what, parameters, seconds) => {
    const { body, claims } = await server.token({ audience: 'urn:quarter', ...parameters })
    expect(body.expires_in).toBe(seconds)
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(seconds)
  })
})
