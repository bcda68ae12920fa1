import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isFull } from '../../support/in-full.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { aGrant, anApi, audience, type GivenTenant } from '../../support/tenant.ts'

const issuer = 'https://auth.example.com/'
const given: GivenTenant = {
  apis: [
    anApi(),
    anApi({ identifier: 'urn:es', signing_alg: 'ES256', token_dialect: 'rfc9068_profile' }),
    anApi({ identifier: 'urn:ed', signing_alg: 'EdDSA' }),
  ],
  grants: [aGrant(), aGrant({ audience: 'urn:es' }), aGrant({ audience: 'urn:ed' })],
}

async function opened(environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await openServer(given, environment)
  onTestFinished(() => server.close())
  return server
}

/** A verifier as APIs have them: it keeps the key set for ten minutes, and asks again only for a key that is not in it. */
function verifier(server: TestServer) {
  let fetches = 0
  const keys = createRemoteJWKSet(new URL(`${issuer}.well-known/jwks.json`), {
    cacheMaxAge: 600_000,
    cooldownDuration: 0,
    [customFetch]: (url, options) => {
      fetches += 1
      return fetch(new URL(new URL(url).pathname, server.url), options)
    },
  })
  return {
    verify: (token: string) => jwtVerify(token, keys, { issuer }),
    get fetches() {
      return fetches
    },
  }
}

async function kidsOf(server: TestServer): Promise<readonly string[]> {
  const { body } = await server.send('/.well-known/jwks.json')
  const { keys } = body as { readonly keys: readonly { readonly kid: string }[] }
  return keys.map(({ kid }) => kid)
}

const ask = async (server: TestServer, api = audience): Promise<string> =>
  String((await server.token({ audience: api })).body.access_token)
const kidOf = (token: string) => decodeProtectedHeader(token).kid ?? ''

describe('a rotation of the signing keys', () => {
  test('moves each kind to the key that was published before, and a running server signs with it at once', async () => {
    const server = await opened()
    for (const api of [audience, 'urn:es', 'urn:ed']) {
      const before = await kidsOf(server)
      const old = await ask(server, api)
      const current = await server.rotateSigningKeys()
      expect(current).toHaveLength(3)
      for (const kid of current) expect(before).toContain(kid)
      const fresh = await ask(server, api)
      expect(current).toContain(kidOf(fresh))
      expect(kidOf(fresh)).not.toBe(kidOf(old))
      const after = await kidsOf(server)
      expect(after).toEqual(expect.arrayContaining([kidOf(old), kidOf(fresh)]))
      expect(after).toHaveLength(before.length + 3)
    }
  })

  test(`under load fails no verification, ${isFull ? 100 : 3} times over`, { timeout: 300_000 }, async () => {
    const server = await opened()
    const live = verifier(server)
    const kids = new Set<string>()
    const tokens: string[] = []
    let isRotating = true
    const failures: unknown[] = []
    const load = Array.from({ length: 4 }, async (_, worker) => {
      const api = ['urn:es', audience, 'urn:ed', audience][worker]
      while (isRotating) {
        const { status, body } = await server.token({ audience: api })
        const token = String(body.access_token)
        if (status !== 200) failures.push(body)
        else await live.verify(token).catch((error: unknown) => failures.push(error))
        if (!kids.has(kidOf(token))) tokens.push(token)
        kids.add(kidOf(token))
      }
    })
    for (let count = 0; count < (isFull ? 100 : 3); count += 1) {
      await server.rotateSigningKeys()
      // Each key signs before the next one does: the load has seen it.
      for (const api of [audience, 'urn:es', 'urn:ed']) {
        const token = await ask(server, api)
        await live.verify(token).catch((error: unknown) => failures.push(error))
        tokens.push(token)
      }
    }
    isRotating = false
    await Promise.all(load)
    expect(failures).toEqual([])
    // It kept the key set: it asked again for keys it had not seen, not for tokens.
    expect(live.fetches).toBeLessThan(tokens.length)
    // Tokens of every key that ever signed verify still: none was revoked.
    const late = verifier(server)
    for (const token of tokens) await expect(late.verify(token)).resolves.toBeDefined()
    expect(late.fetches).toBe(1)
    expect(new Set(tokens.map(kidOf)).size).toBeGreaterThanOrEqual(3 * (isFull ? 100 : 3))
  })

  test('outlives the server', async () => {
    const environment = { DATA_DIR: join(await temporaryFolder(), 'data') }
    const first = await openServer(given, environment)
    const old = await ask(first)
    const current = await first.rotateSigningKeys()
    const before = await kidsOf(first)
    await first.close()
    const second = await opened(environment)
    expect(await kidsOf(second)).toEqual(before)
    const fresh = await ask(second)
    expect(current).toContain(kidOf(fresh))
    const { verify } = verifier(second)
    for (const token of [old, fresh]) await expect(verify(token)).resolves.toBeDefined()
  })
})

describe('a revoked signing key', () => {
  test('is gone from the key set, so that its tokens verify no more, and the others’ do', async () => {
    const server = await opened()
    const old = await ask(server)
    await server.rotateSigningKeys()
    const fresh = await ask(server)
    await server.revokeSigningKey(kidOf(old))
    expect(await kidsOf(server)).not.toContain(kidOf(old))
    const { verify } = verifier(server)
    await expect(verify(old)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    await expect(verify(fresh)).resolves.toBeDefined()
  })

  test.each(['the current one', 'the next one', 'an unknown one'])('is never %s: nothing changes', async (which) => {
    const server = await opened()
    const before = await kidsOf(server)
    const [current = '', next = ''] = before
    const kid = { 'the current one': current, 'the next one': next }[which] ?? 'unknown'
    await expect(server.revokeSigningKey(kid)).rejects.toThrow(
      which === 'an unknown one' ? 'there is no signing key' : 'only a previous one can be revoked',
    )
    expect(await kidsOf(server)).toEqual(before)
    expect((await server.token()).status).toBe(200)
  })
})

describe('the certificate of the key that signs', () => {
  test('is published in the forms that Auth0 has, and follows a rotation', async () => {
    const server = await opened()
    const fetched = async (path: string) => {
      const response = await fetch(`${server.url}${path}`)
      return { type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) }
    }
    for (let rotated = 0; rotated < 2; rotated += 1) {
      const kid = kidOf(await ask(server))
      const { body } = await server.send('/.well-known/jwks.json')
      const { keys } = body as { readonly keys: readonly { readonly kid: string; readonly x5c?: readonly string[] }[] }
      const der = Buffer.from(keys.find((key) => key.kid === kid)?.x5c?.[0] ?? '', 'base64')
      const certificate = new X509Certificate(der)
      const [pem, cer, rawpem, pb7, fingerprint] = await Promise.all(
        ['/pem', '/cer', '/rawpem', '/pb7', '/fingerprint'].map(fetched),
      )
      expect(new X509Certificate(pem?.bytes ?? '').raw.equals(der)).toBe(true)
      expect(cer?.bytes.equals(der)).toBe(true)
      expect(rawpem?.bytes.toString()).toBe(der.toString('base64'))
      expect(pb7?.bytes.toString()).toMatch(/^-----BEGIN PKCS7-----\r\n/)
      expect(fingerprint?.bytes.toString()).toBe(certificate.fingerprint)
      expect([pem, cer, rawpem, pb7, fingerprint].map((form) => form?.type?.split(';')[0])).toEqual([
        'application/x-pem-file',
        'application/pkix-cert',
        'text/plain',
        'application/x-pkcs7-certificates',
        'text/plain',
      ])
      await server.rotateSigningKeys()
    }
  })
})
