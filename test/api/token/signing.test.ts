import { createHmac } from 'node:crypto'
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SigningAlgorithm, signingAlgorithms } from '../../../src/domain/index.ts'
import { openGate } from '../../support/gate.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { aGrant, anApi, type GivenTenant, handler } from '../../support/tenant.ts'

const of = (alg: SigningAlgorithm) => `urn:${alg}`
const signing_secret = 'a signing secret of an API'

function given(algorithms: readonly SigningAlgorithm[], flags: Readonly<Record<string, boolean>> = {}): GivenTenant {
  return {
    settings: { flags },
    apis: algorithms.map((signing_alg) =>
      anApi({ identifier: of(signing_alg), signing_alg, ...(signing_alg === 'HS256' && { signing_secret }) }),
    ),
    grants: algorithms.map((alg) => aGrant({ audience: of(alg) })),
  }
}

function keySet(server: TestServer) {
  return createRemoteJWKSet(new URL('https://auth.example.com/.well-known/jwks.json'), {
    [customFetch]: (url, options) => fetch(new URL(new URL(url).pathname, server.url), options),
  })
}

async function published(server: TestServer): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await server.send('/.well-known/jwks.json')
  return body.keys as readonly Readonly<Record<string, unknown>>[]
}

for (const mode of ['direct', 'pool']) {
  describe(`with signatures made ${mode === 'direct' ? 'on the main thread' : 'in the thread pool'}`, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await openServer(given(signingAlgorithms, { remove_alg_from_jwks: true }), { SIGNING: mode })
    })
    afterAll(() => server.close())

    test.each(signingAlgorithms.filter((alg) => alg !== 'HS256'))(
      'a token of an API that asks for %s verifies by the published key set',
      async (alg) => {
        const { body } = await server.token({ audience: of(alg) })
        const expected = { issuer: 'https://auth.example.com/', audience: of(alg), algorithms: [alg] }
        const { protectedHeader } = await jwtVerify(String(body.access_token), keySet(server), expected)
        expect(protectedHeader).toEqual({ alg, typ: 'JWT', kid: expect.stringMatching(/^[A-Za-z0-9]{21}$/) })
      },
    )

    test('a token of an API that asks for HS256 verifies by its secret, and names no key', async () => {
      const { body } = await server.token({ audience: of('HS256') })
      const token = String(body.access_token)
      const key = new TextEncoder().encode(signing_secret)
      await expect(jwtVerify(token, key, { audience: of('HS256'), algorithms: ['HS256'] })).resolves.toBeDefined()
      expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' })
    })
  })
}

describe('the key set', () => {
  test('has a key pair of a kind from the moment an API asks for it, and no secret ever', async () => {
    const server = await openServer(given(['RS256', 'HS256']))
    const algorithms = async () => (await published(server)).map(({ alg }) => alg)
    expect(await algorithms()).toEqual(['RS256', 'RS256'])
    await server.serve(given(['RS256', 'PS256', 'RS512', 'HS256', 'ES256']))
    expect(await algorithms()).toEqual(['RS256', 'RS256', 'ES256', 'ES256'])
    await server.serve(given(['RS256', 'EdDSA', 'ES256', 'HS256']))
    expect(await algorithms()).toEqual(['RS256', 'RS256', 'ES256', 'ES256', 'EdDSA', 'EdDSA'])
    const { text } = await server.send('/.well-known/jwks.json')
    expect(text).not.toContain(signing_secret)
    expect(text).not.toMatch(/"(d|p|q|k)":/)
    await server.close()
  })

  test('names algorithms unless the tenant has them removed, from the next request on', async () => {
    const server = await openServer(given(['RS256', 'PS256']))
    const token = String((await server.token({ audience: of('PS256') })).body.access_token)
    const verify = () => jwtVerify(token, keySet(server), { algorithms: ['PS256'] })
    // An RSA key says RS256, and jose takes it at its word.
    await expect(verify()).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    await server.serve(given(['RS256', 'PS256'], { remove_alg_from_jwks: true }))
    for (const key of await published(server)) expect(key).not.toHaveProperty('alg')
    await expect(verify()).resolves.toBeDefined()
    await server.close()
  })
})

describe('a signing secret', () => {
  const hs = (secret?: string): GivenTenant => ({
    apis: [
      anApi({ identifier: of('HS256'), signing_alg: 'HS256', ...(secret !== undefined && { signing_secret: secret }) }),
    ],
    grants: [aGrant({ audience: of('HS256') })],
  })
  const signedBy = (token: unknown, secret: string) => {
    const [header, claims, signature] = String(token).split('.')
    return createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url') === signature
  }

  test('that is replaced signs the very next token, and the one before none', async () => {
    const server = await openServer(hs('the first secret of two'))
    const ask = async () => (await server.token({ audience: of('HS256') })).body.access_token
    expect(signedBy(await ask(), 'the first secret of two')).toBe(true)
    await server.serve(hs('the second secret of two'))
    const after = await ask()
    expect([signedBy(after, 'the second secret of two'), signedBy(after, 'the first secret of two')]).toEqual([
      true,
      false,
    ])
    await server.close()
  })

  test('that is replaced while an exchange runs is not that exchange’s: it ends as it began', async () => {
    const gate = await openGate()
    const waits = { actions: [handler(`await fetch('${gate.url}')`)] }
    const server = await openServer({ ...hs('the first secret of two'), ...waits })
    const underWay = server.token({ audience: of('HS256') })
    await gate.reached
    await server.serve({ ...hs('the second secret of two'), actions: [] })
    const fresh = await server.token({ audience: of('HS256') })
    gate.open()
    expect(signedBy((await underWay).body.access_token, 'the first secret of two')).toBe(true)
    expect(signedBy(fresh.body.access_token, 'the second secret of two')).toBe(true)
    await server.close()
  })

  test('is made where none is given, and stays', async () => {
    const server = await openServer(hs())
    const ask = async () => String((await server.token({ audience: of('HS256') })).body.access_token)
    const first = await ask()
    await server.serve({ ...hs(), settings: { friendly_name: 'changed' } })
    const second = await ask()
    expect(decodeProtectedHeader(first)).toEqual({ alg: 'HS256', typ: 'JWT' })
    // Claims of the same second are the same text: the same secret then gives the same signature.
    const claims = (token: string) => token.split('.')[1]
    if (claims(first) === claims(second)) expect(second).toBe(first)
    await server.close()
  })

  test('does not lie in the data folder in the clear', async () => {
    const { readdir, readFile } = await import('node:fs/promises')
    const { join } = await import('node:path')
    const server = await openServer(hs('a secret to look for on the disk'))
    await server.token({ audience: of('HS256') })
    for (const name of await readdir(server.dataDir)) {
      if (!name.includes('.db')) continue
      expect((await readFile(join(server.dataDir, name))).includes('to look for on the disk'), name).toBe(false)
    }
    await server.close()
  })

  test('of fewer than 16 characters is refused, and what was served before still is', async () => {
    const server = await openServer(given(['RS256']))
    await expect(server.serve(hs('fifteen charact'))).rejects.toThrow(
      'no token can be made for the API "urn:HS256": signing_secret must have 16 characters or more',
    )
    expect((await server.token({ audience: of('RS256') })).status).toBe(200)
    await server.close()
  })
})
