import { generateKeyPairSync } from 'node:crypto'
import { compactDecrypt, createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFolder } from '../../../src/compose.ts'
import { type EncryptionAlgorithm, encryptionAlgorithms } from '../../../src/domain/index.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { aGrant, anApi, billing } from '../../support/tenant.ts'
import { folderOnDisk, soundFolder } from '../../unit/tenant-folder/folder-on-disk.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

function encrypted(alg: EncryptionAlgorithm, changes: Parameters<typeof anApi>[0] = {}) {
  const token_encryption = {
    format: 'compact-nested-jwe',
    encryption_key: { alg, pem, kid: 'api-key', name: 'k' },
  } as const
  return anApi({ identifier: `urn:${alg}`, token_encryption, ...changes })
}

let server: TestServer
beforeAll(async () => {
  const rfc = encrypted('RSA-OAEP-256', {
    identifier: 'urn:rfc',
    token_dialect: 'rfc9068_profile',
    signing_alg: 'ES256',
  })
  const apis = [...encryptionAlgorithms.map((alg) => encrypted(alg)), rfc]
  server = await openServer({ apis, grants: apis.map(({ identifier }) => aGrant({ audience: identifier })) })
})
afterAll(() => server.close())

/** Opens the outer token and verifies the inner one by the published key set. */
async function opened(token: string, audience: string) {
  const { plaintext, protectedHeader } = await compactDecrypt(token, privateKey)
  const keys = createRemoteJWKSet(new URL('https://auth.example.com/.well-known/jwks.json'), {
    [customFetch]: (url, options) => fetch(new URL(new URL(url).pathname, server.url), options),
  })
  const expected = { issuer: 'https://auth.example.com/', audience }
  return { outer: protectedHeader, ...(await jwtVerify(plaintext, keys, expected)) }
}

describe('a token of an API that has its tokens encrypted', () => {
  test.each(encryptionAlgorithms)('with %s opens with the API’s key, and verifies inside', async (alg) => {
    const { status, body } = await server.token({ audience: `urn:${alg}` })
    expect(status).toBe(200)
    const token = String(body.access_token)
    expect(token.split('.')).toHaveLength(5)
    const { outer, payload, protectedHeader } = await opened(token, `urn:${alg}`)
    expect(outer).toEqual({ alg, enc: 'A256GCM', cty: 'JWT', kid: 'api-key' })
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'JWT' })
    expect(payload).toMatchObject({ azp: billing.client_id, scope: 'read:orders write:orders' })
    expect(body).toMatchObject({ scope: 'read:orders write:orders', token_type: 'Bearer', expires_in: 86_400 })
  })

  test('may be of any dialect and any signature', async () => {
    const { body } = await server.token({ audience: 'urn:rfc' })
    const { protectedHeader, payload } = await opened(String(body.access_token), 'urn:rfc')
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(payload.jti).toMatch(/^[A-Za-z0-9]{22}$/)
  })

  test('is encrypted anew each time, and shows nobody its claims', async () => {
    const audience = 'urn:RSA-OAEP-256'
    const [first, second] = await Promise.all([server.token({ audience }), server.token({ audience })])
    expect(first?.body.access_token).not.toBe(second?.body.access_token)
    const parts = String(first?.body.access_token).split('.')
    for (const part of parts) expect(Buffer.from(part, 'base64url').includes(billing.client_id)).toBe(false)
    expect(decodeProtectedHeader(String(first?.body.access_token))).not.toHaveProperty('typ')
  })

  test('does not open with another key', async () => {
    const { body } = await server.token({ audience: 'urn:RSA-OAEP-256' })
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    await expect(compactDecrypt(String(body.access_token), other)).rejects.toThrow()
  })
})

test('a folder with a key that cannot encrypt is refused, by file and line', async () => {
  const orders = soundFolder['resource-servers/Orders.json']
  const encryption_key = { alg: 'RSA-OAEP-256', pem: '-----BEGIN PUBLIC KEY-----' }
  const folder = await folderOnDisk({
    ...soundFolder,
    'resource-servers/Orders.json': { ...orders, token_encryption: { format: 'compact-nested-jwe', encryption_key } },
  })
  const { errors, tenant } = await readFolder(folder, {})
  expect(tenant).toBeUndefined()
  expect(errors).toEqual([
    {
      place: { file: 'resource-servers/Orders.json', line: 1 },
      message: 'token_encryption.encryption_key.pem is neither a public key nor a certificate (PEM)',
    },
  ])
})

test('an API whose key cannot encrypt is refused when it is configured, and what was served before still is', async () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' })
  const encryption_key = { alg: 'RSA-OAEP-256', pem: weak.toString() } as const
  const api = anApi({ token_encryption: { format: 'compact-nested-jwe', encryption_key } })
  await expect(server.serve({ apis: [api] })).rejects.toThrow(
    'token_encryption.encryption_key.pem has 1024 bits; an RSA key of 2048 to 4096 is needed',
  )
  expect((await server.token({ audience: 'urn:RSA-OAEP-256' })).status).toBe(200)
})
