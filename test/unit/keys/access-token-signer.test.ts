import { createSecretKey, type KeyObject, randomBytes, sign as signAnew } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { type SigningAlgorithm, signingAlgorithms } from '../../../src/domain/index.ts'
import {
  AccessTokenSigner,
  createSigningKey,
  type KeyRing,
  keyFamilyOf,
  openKeyRing,
  type SigningMode,
  type StoredSigningKey,
  type TokenFormat,
} from '../../../src/keys/index.ts'
import { keysOf, lookup, madeAt, sealer } from './given.ts'

const direct: SigningMode = { kind: 'direct' }
const pool: SigningMode = { kind: 'pool', threads: 2, most: 100 }
const secret = createSecretKey('sixteen characters', 'utf8')

let stored: readonly StoredSigningKey[]
let ring: KeyRing
beforeAll(async () => {
  stored = (await Promise.all([keysOf('RS256'), keysOf('ES256'), keysOf('EdDSA')])).flat()
  ring = openKeyRing(stored, sealer)
})

function format(alg: SigningAlgorithm, changes: Partial<TokenFormat> = {}): TokenFormat {
  return { alg, typ: 'JWT', isUnique: false, ...(alg === 'HS256' && { secret }), ...changes }
}

/** A token's claims, after it has verified under the published key set, or under the secret. */
async function verified(token: string, alg: SigningAlgorithm, published: KeyRing = ring): Promise<unknown> {
  const options = { algorithms: [alg] }
  const withoutAlg = lookup({ jwks: published.jwksWithoutAlg })
  const { payload } =
    alg === 'HS256' ? await jwtVerify(token, secret, options) : await jwtVerify(token, withoutAlg, options)
  return payload
}

describe('an access token', () => {
  for (const [how, mode] of Object.entries({ 'on the main thread': direct, 'in the thread pool': pool })) {
    test.each(signingAlgorithms)(`signed with %s ${how} verifies with jose by the published key set`, async (alg) => {
      const signer = new AccessTokenSigner(ring, mode)
      const made = format(alg)
      const claims = { iss: 'https://auth.example.com/', ключ: '😀', sub: 'x@clients' }
      const tokens = await Promise.all(
        Array.from({ length: 20 }, (_, n) => signer.sign(JSON.stringify({ ...claims, n }), made, 1)),
      )
      for (const [n, token] of tokens.entries()) expect(await verified(token ?? '', alg)).toEqual({ ...claims, n })
    })
  }

  test.each(signingAlgorithms)('of %s says its algorithm, its type and its key, in this order', async (alg) => {
    const signer = new AccessTokenSigner(ring, direct)
    const family = keyFamilyOf(alg)
    const kid = family === undefined ? {} : { kid: ring.current.get(family)?.kid }
    for (const typ of ['JWT', 'at+jwt'] as const) {
      const token = await signer.sign('{}', format(alg, { typ }), 1)
      const header = Buffer.from(token?.split('.')[0] ?? '', 'base64url').toString()
      expect(header).toBe(JSON.stringify({ alg, typ, ...kid }))
    }
  })

  test('of PS256 has a salt as long as its digest', async () => {
    const [header, payload, signature] =
      (await new AccessTokenSigner(ring, direct).sign('{}', format('PS256'), 1))?.split('.') ?? []
    const { verify, constants } = await import('node:crypto')
    const key = ring.current.get('RS256')?.publicKey
    if (key === undefined) throw new Error('no key')
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const check = (saltLength: number) =>
      verify(
        'sha256',
        Buffer.from(`${header}.${payload}`),
        { key, padding, saltLength },
        Buffer.from(signature ?? '', 'base64url'),
      )
    expect([check(32), check(0), check(222)]).toEqual([true, false, false])
  })

  test('is not made without a key: the ring lacks its kind, or the API its secret', () => {
    const signer = new AccessTokenSigner(openKeyRing(stored.slice(0, 4), sealer), direct)
    expect(() => signer.sign('{}', format('ES256'), 1)).toThrow('no signing key for ES256')
    expect(() => signer.sign('{}', { alg: 'HS256', typ: 'JWT', isUnique: false }, 1)).toThrow('no signing secret')
  })

  test('is signed by the new ring’s key once that is used, and under way by the old one’s', async () => {
    const signer = new AccessTokenSigner(ring, pool)
    const rs = format('RS256')
    const underWay = signer.sign('{}', rs, 1)
    const [current, next, ...others] = stored
    if (current === undefined || next === undefined) throw new Error('keys were made')
    const rotated = openKeyRing([{ ...current, state: 'previous' }, { ...next, state: 'current' }, ...others], sealer)
    signer.use(rotated)
    const [before, after] = await Promise.all([underWay, signer.sign('{}', rs, 1)])
    expect([before, after].map((token) => decodeProtectedHeader(token ?? '').kid)).toEqual([current.kid, next.kid])
    expect(await verified(before ?? '', 'RS256', rotated)).toEqual({})
    expect(await verified(after ?? '', 'RS256', rotated)).toEqual({})
  })

  test('is not taken by the thread pool beyond what it may hold, and is once others are made', async () => {
    const signer = new AccessTokenSigner(ring, { kind: 'pool', threads: 1, most: 2 })
    const alg = { RS256: format('RS256'), PS256: format('PS256') }
    const taken = [signer.sign('{"n":1}', alg.RS256, 1), signer.sign('{"n":2}', alg.PS256, 1)]
    expect(signer.sign('{"n":3}', alg.RS256, 1)).toBeUndefined()
    expect(signer.sign('{"n":3}', alg.PS256, 1)).toBeUndefined()
    await Promise.all(taken)
    expect(await signer.sign('{"n":3}', alg.RS256, 1)).toBeTypeOf('string')
  })
})

describe('tokens of the same second', () => {
  const claims = '{"iss":"https://auth.example.com/","iat":1}'
  /** Signed without the signer, by the rules of RFC 7515 and RFC 7518 alone. */
  const anew = (header: object, text: string, digest: string, key: KeyObject) => {
    const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from(text).toString('base64url')}`
    return `${input}.${signAnew(digest, Buffer.from(input), key).toString('base64url')}`
  }

  for (const [how, mode] of Object.entries({ 'on the main thread': direct, 'in the thread pool': pool })) {
    test.each([
      ['RS256', 'sha256'],
      ['RS512', 'sha512'],
    ] as const)(
      `that are equal share one signature of %s ${how}, byte for byte what signing anew gives`,
      async (alg, digest) => {
        const signer = new AccessTokenSigner(ring, mode)
        const made = format(alg)
        const shared = await Promise.all([1, 2, 3].map(() => signer.sign(claims, made, 1)))
        const key = ring.current.get('RS256')
        if (key === undefined) throw new Error('no key')
        const expected = anew({ alg, typ: 'JWT', kid: key.kid }, claims, digest, key.privateKey)
        expect(shared).toEqual([expected, expected, expected])
        // A signer of its own shares nothing with the first.
        expect(await new AccessTokenSigner(ring, mode).sign(claims, made, 1)).toBe(expected)
      },
    )
  }

  test('in the thread pool cost one signature: two equal ones fit where one does', async () => {
    const signer = new AccessTokenSigner(ring, { kind: 'pool', threads: 1, most: 1 })
    const rs = format('RS256')
    const [first, second, other] = [
      signer.sign(claims, rs, 1),
      signer.sign(claims, rs, 1),
      signer.sign('{"iat":1}', rs, 1),
    ]
    expect(second).toBe(first)
    expect(other).toBeUndefined()
    await first
  })

  test.each(['PS256', 'ES256'] as const)('of %s never share: such a signature is never the same', async (alg) => {
    const signer = new AccessTokenSigner(ring, direct)
    const made = format(alg)
    expect(await signer.sign(claims, made, 1)).not.toBe(await signer.sign(claims, made, 1))
  })

  test('that carry a jti never share, not even when it is the same', async () => {
    const signer = new AccessTokenSigner(ring, { kind: 'pool', threads: 1, most: 1 })
    const unique = format('RS256', { isUnique: true, typ: 'at+jwt' })
    const first = signer.sign('{"jti":"a","iat":1}', unique, 1)
    // With room for one signature, a second one that was shared would fit.
    expect(signer.sign('{"jti":"a","iat":1}', unique, 1)).toBeUndefined()
    await first
  })

  test('whose claims differ never share, however little: each carries its own', async () => {
    const signer = new AccessTokenSigner(ring, direct)
    const rs = format('RS256')
    const texts = [claims, `${claims} `, claims.replace('1}', '2}'), claims.replace('iss', 'ISS'), '{}', '']
    const tokens = await Promise.all(texts.map((text) => signer.sign(text, rs, 1)))
    expect(new Set(tokens).size).toBe(texts.length)
    const payloads = tokens.map((token) => Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString())
    expect(payloads).toEqual(texts)
  })

  test('with another algorithm, type or secret never share', async () => {
    const signer = new AccessTokenSigner(ring, direct)
    const other = createSecretKey('another sixteen characters', 'utf8')
    const formats = [
      format('RS256'),
      format('RS512'),
      format('RS256', { typ: 'at+jwt' }),
      format('HS256'),
      format('HS256', { secret: other }),
    ]
    const tokens = await Promise.all([...formats, ...formats].map((made) => signer.sign(claims, made, 1)))
    expect(new Set(tokens).size).toBe(formats.length)
    expect(tokens.slice(5)).toEqual(tokens.slice(0, 5))
    const header = (made: string | undefined) => decodeProtectedHeader(made ?? '')
    expect(tokens.slice(0, 5).map((token) => [header(token).alg, header(token).typ])).toEqual(
      formats.map(({ alg, typ }) => [alg, typ]),
    )
    await expect(compactVerify(tokens[4] ?? '', other)).resolves.toBeDefined()
    await expect(compactVerify(tokens[4] ?? '', secret)).rejects.toThrow()
  })

  test('are not shared over a rotation', async () => {
    const signer = new AccessTokenSigner(ring, direct)
    const rs = format('RS256')
    const before = await signer.sign(claims, rs, 1)
    const others = stored.filter(({ alg }) => alg !== 'RS256')
    const options = { family: 'RS256', commonName: 'a', sealer, now: madeAt, random: randomBytes } as const
    const fresh = await createSigningKey({ ...options, state: 'current' })
    signer.use(openKeyRing([fresh, ...others], sealer))
    const after = await signer.sign(claims, rs, 1)
    expect(decodeProtectedHeader(after ?? '').kid).toBe(fresh.kid)
    expect(after).not.toBe(before)
  })

  test('that are encrypted share what is inside, and are encrypted one by one', async () => {
    const signer = new AccessTokenSigner(ring, pool)
    let count = 0
    const encrypt = async (token: string) => {
      count += 1
      return `${count}:${token}`
    }
    const made = format('RS256', { encrypt })
    const [first, second] = await Promise.all([signer.sign(claims, made, 1), signer.sign(claims, made, 1)])
    expect([first?.slice(0, 2), second?.slice(0, 2)]).toEqual(['1:', '2:'])
    expect(first?.slice(2)).toBe(second?.slice(2))
  })
})
