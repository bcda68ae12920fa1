import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { importPKCS8, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  client_assertion_type,
  credentialOf,
  type Members,
  newKey,
  ownClaims,
  signed,
  type TestKey,
} from '../../support/assertions.ts'
import { type Answer, domain, openServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { aClient, aGrant, billing } from '../../support/tenant.ts'

const algorithms = ['RS256', 'RS384', 'PS256', 'ES256', 'EdDSA'] as const
const keys = Object.fromEntries(algorithms.map((alg) => [alg, newKey(alg)]))
const keyFor = (alg: string): TestKey => {
  const key = keys[alg]
  if (key === undefined) throw new Error(`no key for ${alg}`)
  return key
}
const [first, second, ended] = [newKey('RS256'), newKey('RS256'), newKey('RS256')]
const refused = { error: 'invalid_client', error_description: 'Client authentication failed' }

const keyed = (
  name: string,
  credentials: readonly ReturnType<typeof credentialOf>[],
  changes: Partial<ReturnType<typeof aClient>> = {},
) =>
  aClient({
    name,
    client_id: name,
    client_secret: `${name}-secret`,
    client_authentication_methods: { private_key_jwt: { credentials } },
    ...changes,
  })

let server: TestServer
beforeAll(async () => {
  server = await openServer({
    clients: [
      aClient(),
      ...algorithms.map((alg) => keyed(alg, [credentialOf(keyFor(alg))])),
      keyed('two', [
        credentialOf(first, { kid: 'the-first-key' }),
        credentialOf(second, { kid: 'the-second-key', expires_at: '2999-01-01T00:00:00Z' }),
      ]),
      keyed('changing', [credentialOf(ended, { expires_at: '2026-01-01T00:00:00Z' }), credentialOf(keyFor('PS256'))]),
      keyed('fapi', [credentialOf(first)], { compliance_level: 'fapi2_sp_pkj_mtls' }),
    ],
    grants: ['Billing', ...algorithms, 'two', 'changing', 'fapi'].map((client) => aGrant({ client })),
  })
})
afterAll(() => server.close())

const ask = (client_assertion: string, parameters: Members = {}) =>
  server.token({
    client_id: undefined,
    client_secret: undefined,
    client_assertion_type,
    client_assertion,
    ...parameters,
  })
const own = (client: string, changes: Members = {}, key: TestKey = keyFor('RS256'), header: Members = {}) =>
  ask(signed(key, ownClaims(client, changes), header))
/** What the tenant's log gives as the reason. */
const reasonOf = async (answer: Answer) => {
  const [entry] = await server.logsOf(answer)
  expect(entry).toMatchObject({ type: 'feccft', description: 'Failed client authentication' })
  return entry?.details?.client_authentication_error
}
const now = () => Math.floor(Date.now() / 1_000)

describe('a client with a key of its own', () => {
  test.each(algorithms)('gets a token by an assertion signed with %s, with and without its client_id', async (alg) => {
    for (const client_id of [alg, undefined]) {
      const answer = await ask(signed(keyFor(alg), ownClaims(alg)), { client_id })
      expect(answer.status).toBe(200)
      expect(answer.claims).toMatchObject({ sub: `${alg}@clients`, azp: alg })
      expect(await server.logsOf(answer)).toMatchObject([{ type: 'seccft', client_id: alg, client_name: alg }])
    }
  })

  test('gets one by what jose signs, its type said or not', async () => {
    const pem = String(keyFor('RS256').privateKey.export({ type: 'pkcs8', format: 'pem' }))
    for (const typ of [undefined, 'JWT', 'client-authentication+jwt', 'application/client-authentication+jwt']) {
      const assertion = await new SignJWT({})
        .setProtectedHeader({ alg: 'RS256', ...(typ !== undefined && { typ }) })
        .setIssuer('RS256')
        .setSubject('RS256')
        .setAudience(`https://${domain}/`)
        .setIssuedAt()
        .setExpirationTime('1m')
        .setJti(randomUUID())
        .sign(await importPKCS8(pem, 'RS256'))
      expect((await ask(assertion)).status).toBe(200)
    }
  })

  test('may send it as JSON', async () => {
    const body = { client_id: undefined, client_secret: undefined, client_assertion_type }
    const client_assertion = signed(keyFor('ES256'), ownClaims('ES256'))
    expect((await server.token({ ...body, client_assertion }, { as: 'json' })).status).toBe(200)
  })

  test('does not show it to the actions', async () => {
    const actions = [
      `exports.onExecuteCredentialsExchange = async (event, api) => {
      api.accessToken.setCustomClaim('seen', Object.keys(event.request.body))
    }`,
    ]
    const other = await openServer({
      clients: [keyed('RS256', [credentialOf(first)])],
      grants: [aGrant({ client: 'RS256' })],
      actions,
    })
    try {
      const answer = await other.token({
        client_id: undefined,
        client_secret: undefined,
        client_assertion_type,
        client_assertion: signed(first, ownClaims('RS256')),
      })
      expect(answer.claims.seen).toEqual(['grant_type', 'audience', 'client_assertion_type'])
    } finally {
      await other.close()
    }
  })

  test('may have two, and name the one it used or not', async () => {
    for (const [key, kid] of [
      [first, 'the-first-key'],
      [second, 'the-second-key'],
    ] as const) {
      expect((await own('two', {}, key)).status).toBe(200)
      expect((await own('two', {}, key, { kid })).status).toBe(200)
    }
    const swapped = await own('two', {}, first, { kid: 'the-second-key' })
    expect(swapped.status).toBe(401)
    expect(await reasonOf(swapped)).toBe('the signature of the client assertion is not that of the credential')
    // Whom it claims to be, though it did not prove it.
    expect(await server.logsOf(swapped)).toMatchObject([{ client_id: 'two', client_name: 'two' }])
  })

  test('is refused by a credential that has expired, and goes on with the other', async () => {
    const answer = await own('changing', {}, ended)
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refused })
    expect(await reasonOf(answer)).toMatch(/^the credential cred_\w{22} has expired$/)
    expect((await own('changing', {}, keyFor('PS256'))).status).toBe(200)
  })

  test('is refused by its secret, and one with a secret by an assertion', async () => {
    const bySecret = await server.token({ client_id: 'RS256', client_secret: 'RS256-secret' })
    expect([bySecret.status, bySecret.body.error]).toEqual([401, 'access_denied'])
    const byKey = await own(billing.client_id)
    expect({ status: byKey.status, body: byKey.body }).toEqual({ status: 401, body: refused })
    expect(await reasonOf(byKey)).toBe('the client does not authenticate by private_key_jwt')
  })

  test('may not send both', async () => {
    const answer = await ask(signed(keyFor('RS256'), ownClaims('RS256')), { client_secret: 'RS256-secret' })
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refused })
  })
})

describe('an assertion', () => {
  test.each([
    ['the issuer', `https://${domain}/`],
    ['the issuer without its slash', `https://${domain}`],
    ['the token endpoint', `https://${domain}/oauth/token`],
    ['a list of the issuer', [`https://${domain}/`]],
    ['a list of all three', [`https://${domain}/`, `https://${domain}`, `https://${domain}/oauth/token`]],
  ])('may be for %s', async (_what, aud) => {
    expect((await own('RS256', { aud })).status).toBe(200)
  })

  test.each([
    ['nobody', undefined],
    ['an empty list', []],
    ['an empty text', ''],
    ['another server', 'https://other.example.com/'],
    ['us and another server', [`https://${domain}/`, 'https://other.example.com/']],
    ['us in capitals', `https://${domain.toUpperCase()}/`],
    ['us without https', `http://${domain}/`],
    ['us with two slashes', `https://${domain}//`],
    ['a longer address', `https://${domain}/oauth/token/x`],
    ['a longer host', `https://${domain}.evil.example/`],
    ['a number', 7],
    ['a list in a list', [[`https://${domain}/`]]],
  ])('is refused for %s', async (_what, aud) => {
    const answer = await own('RS256', { aud })
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refused })
    expect(await reasonOf(answer)).toMatch(/^'aud' claim /)
  })

  test('is for the issuer as it is written alone where the client has a level of FAPI 2.0', async () => {
    expect((await own('fapi', {}, first)).status).toBe(200)
    for (const aud of [
      `https://${domain}`,
      `https://${domain}/oauth/token`,
      [`https://${domain}/`, `https://${domain}`],
    ])
      expect((await own('fapi', { aud }, first)).status).toBe(401)
  })

  test.each<[string, () => Members, RegExp]>([
    [
      'lives five minutes and a second',
      () => ({ exp: now() + 301, iat: now() }),
      /^'exp' claim must specify a time that is no more than 5 minutes after 'iat'$/,
    ],
    [
      'lives long and says nothing of its beginning',
      () => ({ exp: now() + 330, iat: undefined }),
      /no more than 5 minutes from now$/,
    ],
    ['has expired', () => ({ exp: now() - 11, iat: now() - 60 }), /has expired$/],
    ['begins later', () => ({ nbf: now() + 15 }), /^'nbf' claim is in the future$/],
    ['was made later', () => ({ iat: now() + 15 }), /^'iat' claim is in the future$/],
    ['ends before it begins', () => ({ iat: now() + 5, exp: now() + 5 }), /^'exp' claim must be after 'iat'$/],
    ['has no end', () => ({ exp: undefined }), /^'exp' claim must be a number/],
    ['ends at a text', () => ({ exp: String(now() + 60) }), /^'exp' claim must be a number/],
    ['began at a text', () => ({ iat: '0' }), /^'iat' claim must be a number/],
    ['has no jti', () => ({ jti: undefined }), /^'jti' claim is missing$/],
    ['has an empty jti', () => ({ jti: '' }), /^'jti' claim must be a text/],
    ['has a numeric jti', () => ({ jti: 7 }), /^'jti' claim must be a text/],
    ['has a jti of 65 characters', () => ({ jti: 'j'.repeat(65) }), /^'jti' claim has 65 characters/],
    ['has no issuer', () => ({ iss: undefined }), /^'iss' claim must be a text$/],
    ['has no subject', () => ({ sub: undefined }), /^'sub' claim must be a text$/],
    ['is of another subject', () => ({ sub: 'ES256' }), /not those of an issuer/],
    ['is longer than 2048 bytes', () => ({ more: 'x'.repeat(1_500) }), /the limit is 2048$/],
  ])('that %s is refused, and the log says why', async (_what, changes, reason) => {
    const answer = await own('RS256', changes())
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refused })
    expect(await reasonOf(answer)).toMatch(reason)
  })

  test.each<[string, () => Members]>([
    ['five minutes', () => ({ exp: now() + 300, iat: now() })],
    ['a clock that is nine seconds ahead', () => ({ iat: now() + 9, nbf: now() + 9, exp: now() + 60 })],
    ['a clock that is five seconds behind', () => ({ iat: now() - 60, exp: now() - 5 })],
    ['neither iat nor nbf', () => ({ iat: undefined })],
    ['a fraction of a second', () => ({ iat: now() - 0.5, exp: now() + 30.25 })],
    ['claims of its own', () => ({ purpose: 'billing', deep: { a: [1, null] } })],
    ['a jti of 64 characters', () => ({ jti: randomUUID().padEnd(64, 'x') })],
  ])('may have %s', async (_what, changes) => {
    expect((await own('RS256', changes())).status).toBe(200)
  })

  test('is used once, by whatever parameters it comes back', async () => {
    const assertion = signed(keyFor('RS256'), ownClaims('RS256'))
    expect((await ask(assertion)).status).toBe(200)
    for (const parameters of [{}, { client_id: 'RS256' }, { audience: 'urn:other' }]) {
      const again = await ask(assertion, parameters)
      expect({ status: again.status, body: again.body }).toEqual({ status: 401, body: refused })
      expect(await reasonOf(again)).toBe("'jti' claim was used before")
    }
    const jti = randomUUID()
    expect((await own('RS256', { jti })).status).toBe(200)
    // The same jti of another client is another assertion.
    expect((await own('ES256', { jti }, keyFor('ES256'))).status).toBe(200)
    expect((await own('RS256', { jti, more: 1 })).status).toBe(401)
  })

  test('that is refused for something else is not spent', async () => {
    const jti = randomUUID()
    expect((await own('RS256', { jti, aud: 'https://other.example.com/' })).status).toBe(401)
    expect((await own('RS256', { jti }, keyFor('RS384'))).status).toBe(401)
    expect((await own('RS256', { jti })).status).toBe(200)
  })

  test('sent forty times at once is used once', async () => {
    const assertion = signed(keyFor('RS256'), ownClaims('RS256'))
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(assertion)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(39)
  })

  test('is of the client that the request names', async () => {
    const answer = await ask(signed(keyFor('RS256'), ownClaims('RS256')), { client_id: 'ES256' })
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refused })
    expect(await reasonOf(answer)).toBe("'sub' claim is not the client_id of the request")
  })

  test.each([
    ['is of nobody', () => own('nobody'), "'sub' claim is no client that is known"],
    [
      'names a key that the client has not',
      () => own('RS256', {}, keyFor('RS256'), { kid: 'another-key-id' }),
      "'kid' names no credential of the client",
    ],
    [
      "is signed with another algorithm than the credential's",
      () => own('RS256', {}, { ...keyFor('RS256'), alg: 'PS256' }),
      "'alg' is not that of the credential: RS256",
    ],
    [
      'comes as another kind of assertion',
      () =>
        ask(signed(keyFor('RS256'), ownClaims('RS256')), {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
        }),
      `client_assertion_type must be "${client_assertion_type}"`,
    ],
    [
      'comes without its kind',
      () => ask(signed(keyFor('RS256'), ownClaims('RS256')), { client_assertion_type: undefined }),
      `client_assertion_type must be "${client_assertion_type}"`,
    ],
    [
      'says that it is something else',
      () => own('RS256', {}, keyFor('RS256'), { typ: 'at+jwt' }),
      `'typ' must be "client-authentication+jwt" or "JWT"`,
    ],
  ])('that %s is refused', async (_what, send, reason) => {
    const answer = await send()
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refused })
    expect(await reasonOf(answer)).toBe(reason)
  })
})

describe('where assertions are for the issuer alone', () => {
  let strict: TestServer
  beforeAll(async () => {
    strict = await openServer(
      { clients: [keyed('RS256', [credentialOf(first)])], grants: [aGrant({ client: 'RS256' })] },
      { CLIENT_ASSERTION_AUDIENCE: 'issuer' },
    )
  })
  afterAll(() => strict.close())

  test.each([
    [200, `https://${domain}/`],
    [200, [`https://${domain}/`]],
    [401, `https://${domain}`],
    [401, `https://${domain}/oauth/token`],
    [401, [`https://${domain}/`, `https://${domain}/oauth/token`]],
  ])('%i for %j', async (status, aud) => {
    const client_assertion = signed(first, ownClaims('RS256', { aud }))
    const answer = await strict.token({
      client_id: undefined,
      client_secret: undefined,
      client_assertion_type,
      client_assertion,
    })
    expect(answer.status).toBe(status)
  })
})

test('a credential that is taken out proves nothing from the next exchange on', async () => {
  const given = (credentials: readonly ReturnType<typeof credentialOf>[]) => ({
    clients: [keyed('turning', credentials)],
    grants: [aGrant({ client: 'turning' })],
  })
  const turning = await openServer(given([credentialOf(first), credentialOf(second)]))
  const send = async (key: TestKey) =>
    (
      await turning.token({
        client_id: undefined,
        client_secret: undefined,
        client_assertion_type,
        client_assertion: signed(key, ownClaims('turning')),
      })
    ).status
  try {
    expect([await send(first), await send(second)]).toEqual([200, 200])
    await turning.serve(given([credentialOf(second)]))
    expect([await send(first), await send(second)]).toEqual([401, 200])
    await turning.serve(given([]))
    expect(await send(second)).toBe(401)
  } finally {
    await turning.close()
  }
})

test('an assertion that was used before a restart is not used again after it, and a new one is', async () => {
  const DATA_DIR = join(await temporaryFolder(), 'data')
  const given = { clients: [keyed('again', [credentialOf(first)])], grants: [aGrant({ client: 'again' })] }
  const send = async (to: TestServer, client_assertion: string) =>
    (await to.token({ client_id: undefined, client_secret: undefined, client_assertion_type, client_assertion })).status
  const assertion = signed(first, ownClaims('again'))
  const without = signed(first, ownClaims('again', { iat: undefined }))
  const before = await openServer(given, { DATA_DIR })
  expect([await send(before, assertion), await send(before, without)]).toEqual([200, 200])
  await before.close()
  const laterSeconds = 5
  const after = await openServer(given, { DATA_DIR }, () => Date.now() + laterSeconds * 1_000)
  try {
    expect([await send(after, assertion), await send(after, without)]).toEqual([401, 401])
    const iat = now() + laterSeconds
    expect(await send(after, signed(first, ownClaims('again', { iat, exp: iat + 60 })))).toBe(200)
    const entries = await after.logs()
    expect(entries.at(-2)?.details?.client_authentication_error).toBe(
      'the client assertion may have been used before the server was started anew; a new one will do',
    )
  } finally {
    await after.close()
  }
})
