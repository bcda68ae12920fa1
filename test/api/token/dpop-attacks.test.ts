import { createHmac, generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dpopProof, type Members, newProofKey, proofClaims, signatureOf, signedSegments } from '../../support/dpop.ts'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'
import { aGrant, anApi, audience, billing } from '../../support/tenant.ts'

/** The server's clock, and that of every proof unless it says otherwise. On a full second, so that edges are where they are written. */
const now = Math.floor(Date.now() / 1_000) * 1_000
const tenantOf = {
  apis: [anApi({ proof_of_possession: { mechanism: 'dpop', required: true } })],
  grants: [aGrant()],
} as const
const key = newProofKey()
const rsaKey = newProofKey('RS256')

let server: TestServer
beforeAll(async () => {
  server = await openServer(tenantOf, {}, () => now)
})
afterAll(() => server.close())

const ask = (proof: string, at: TestServer = server): Promise<Answer> => at.token({}, { headers: { dpop: proof } })
const claims = (changes: Members = {}) => proofClaims(now, changes)
const toText = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Proofs that must not be accepted, each with what its refusal says. */
const attacks: Readonly<Record<string, readonly [proof: () => string, says: string]>> = {
  'alg none, unsigned': [
    () => `${toText({ typ: 'dpop+jwt', alg: 'none', jwk: key.jwk })}.${toText(claims())}.`,
    'its signature is not base64url',
  ],
  ...Object.fromEntries(
    [
      'none',
      'None',
      'NONE',
      'nOnE',
      '',
      'HS256',
      'HS384',
      'RS384',
      'ES512',
      'ES256K',
      'es256',
      ' ES256',
      'RSA1_5',
      'dir',
    ].map((alg) => [`alg "${alg}"`, [() => dpopProof(key, claims(), { alg }), 'its alg must be one of'] as const]),
  ),
  'alg that is no text': [() => dpopProof(key, claims(), { alg: ['ES256'] }), 'its alg must be one of'],
  'no alg': [() => dpopProof(key, claims(), { alg: undefined }), 'its alg must be one of'],
  'HS256 with the public key as the secret': [
    () => {
      const input = `${toText({ typ: 'dpop+jwt', alg: 'HS256', jwk: key.jwk })}.${toText(claims())}`
      const secret = key.publicKey.export({ type: 'spki', format: 'pem' })
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    },
    'its alg must be one of',
  ],
  'a symmetric key as jwk': [
    () => dpopProof(key, claims(), { jwk: { kty: 'oct', k: 'c2VjcmV0' } }),
    'its jwk must be a public key',
  ],
  'the private key as jwk': [
    () => dpopProof(key, claims(), { jwk: key.privateKey.export({ format: 'jwk' }) }),
    'its jwk must be a public key',
  ],
  'a private RSA key as jwk': [
    () => dpopProof(rsaKey, claims(), { jwk: rsaKey.privateKey.export({ format: 'jwk' }) }),
    'its jwk must be a public key',
  ],
  'an empty d beside the public key': [
    () => dpopProof(key, claims(), { jwk: { ...key.jwk, d: '' } }),
    'its jwk must be a public key',
  ],
  'no jwk': [() => dpopProof(key, claims(), { jwk: undefined }), 'its header must have the public key as "jwk"'],
  'jwk null': [() => dpopProof(key, claims(), { jwk: null }), 'its header must have the public key as "jwk"'],
  'jwk as a text': [
    () => dpopProof(key, claims(), { jwk: JSON.stringify(key.jwk) }),
    'its header must have the public key as "jwk"',
  ],
  'a set of keys as jwk': [
    () => dpopProof(key, claims(), { jwk: { keys: [key.jwk] } }),
    'its jwk is not a key for ES256',
  ],
  "somebody else's key as jwk": [
    () => dpopProof(key, claims(), { jwk: newProofKey().jwk }),
    'its signature does not verify with its key',
  ],
  'a key of another type than alg': [
    () => dpopProof(rsaKey, claims(), { alg: 'ES256' }),
    'its jwk is not a key for ES256',
  ],
  'a key of another curve than alg': [
    () => dpopProof(newProofKey('ES384'), claims(), { alg: 'ES256' }),
    'its jwk is not a key for ES256',
  ],
  'RS256 signed, PS256 said': [
    () => dpopProof(rsaKey, claims(), { alg: 'PS256' }),
    'its signature does not verify with its key',
  ],
  'a point that is not on the curve': [
    () => dpopProof(key, claims(), { jwk: { ...key.jwk, y: key.jwk.x } }),
    'its signature does not verify with its key',
  ],
  'a curve that is not Ed25519': [
    () => dpopProof(key, claims(), { alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'X25519', x: key.jwk.x } }),
    'its jwk is not a key for EdDSA',
  ],
  'an Ed25519 key that everybody can sign for': [
    () => {
      // The neutral point as the key, the neutral point and 0 as the signature: it verifies for every message.
      const neutral = Buffer.from(`01${'00'.repeat(31)}`, 'hex')
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: neutral.toString('base64url') }
      const input = `${toText({ typ: 'dpop+jwt', alg: 'EdDSA', jwk })}.${toText(claims())}`
      return `${input}.${Buffer.concat([neutral, Buffer.alloc(32)]).toString('base64url')}`
    },
    'its jwk is too weak',
  ],
  'an RSA key of 1,024 bits': [
    () => dpopProof(newProofKey('RS256', 1_024), claims()),
    'its jwk must have 2048 to 4096 bits',
  ],
  'an RSA key of 2,040 bits': [
    () => dpopProof(newProofKey('RS256', 2_040), claims()),
    'its jwk must have 2048 to 4096 bits',
  ],
  'an RSA key with the exponent 1, for which every message signs itself': [
    () => dpopProof(rsaKey, claims(), { jwk: { ...rsaKey.jwk, e: 'AQ' } }),
    'its jwk is too weak',
  ],
  'an RSA key with the exponent 3': [
    () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
      return dpopProof({ ...rsaKey, privateKey, jwk: publicKey.export({ format: 'jwk' }) }, claims())
    },
    'its jwk is too weak',
  ],
  'another typ': [() => dpopProof(key, claims(), { typ: 'JWT' }), 'its typ must be "dpop+jwt"'],
  'no typ': [() => dpopProof(key, claims(), { typ: undefined }), 'its typ must be "dpop+jwt"'],
  'a client assertion': [
    () =>
      dpopProof(
        key,
        claims({
          iss: billing.client_id,
          sub: billing.client_id,
          aud: 'https://auth.example.com/',
          exp: now / 1_000 + 60,
        }),
        { typ: 'client-authentication+jwt' },
      ),
    'its typ must be "dpop+jwt"',
  ],
  'another typ in the place of a prototype': [
    () =>
      signedSegments(key, `{"__proto__":{"typ":"dpop+jwt"},"alg":"ES256","jwk":${JSON.stringify(key.jwk)}}`, claims()),
    'its typ must be "dpop+jwt"',
  ],
  ...Object.fromEntries(
    Object.entries({
      crit: ['b64'],
      b64: false,
      jku: 'https://attacker.example/jwks.json',
      x5u: 'https://attacker.example/cert.pem',
      x5c: ['MIIB'],
      x5t: 'AAAA',
      'x5t#S256': 'AAAA',
      zip: 'DEF',
      enc: 'A256GCM',
    }).map(([member, value]) => [
      `the header member ${member}`,
      [() => dpopProof(key, claims(), { [member]: value }), `its header must not have the member "${member}"`] as const,
    ]),
  ),
  'an unencoded payload': [
    () => {
      const header = toText({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, b64: false, crit: ['b64'] })
      const payload = JSON.stringify(claims()).replaceAll('.', '')
      return `${header}.${payload}.${signatureOf(key, `${header}.${payload}`).toString('base64url')}`.replaceAll(
        ',',
        '',
      )
    },
    'Invalid DPoP proof',
  ],
  'the header member alg twice': [
    () =>
      signedSegments(key, `{"typ":"dpop+jwt","alg":"none","alg":"ES256","jwk":${JSON.stringify(key.jwk)}}`, claims()),
    'its header is not a JSON object in base64url, each member once',
  ],
  'a member of the jwk twice': [
    () => {
      const jwk = JSON.stringify(key.jwk).replace('{', '{"crv":"P-384",')
      return signedSegments(key, `{"typ":"dpop+jwt","alg":"ES256","jwk":${jwk}}`, claims())
    },
    'its header is not a JSON object in base64url, each member once',
  ],
  'a claim twice': [
    () => dpopProof(key, JSON.stringify(claims()).replace('{', '{"htm":"GET",')),
    'its payload is not a JSON object in base64url, each member once',
  ],
  'a claim twice, once with an escape': [
    () => dpopProof(key, JSON.stringify(claims()).replace('{', '{"\\u0068tm":"GET",')),
    'its payload is not a JSON object in base64url, each member once',
  ],
  'a payload that is no object': [() => dpopProof(key, '[]'), 'its payload is not a JSON object'],
  'a payload that is no JSON': [() => dpopProof(key, 'htm=POST'), 'its payload is not a JSON object'],
  'a payload that is no UTF-8': [
    () => {
      const header = toText({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
      const payload = Buffer.from(JSON.stringify(claims({ jti: 'ÿÿ' })), 'latin1').toString('base64url')
      return `${header}.${payload}.${signatureOf(key, `${header}.${payload}`).toString('base64url')}`
    },
    'its payload is not a JSON object',
  ],
  'a deep payload': [
    () => dpopProof(key, `{"a":${'['.repeat(400)}${']'.repeat(400)}}`),
    'its payload is not a JSON object',
  ],
  'a signature cut short': [() => dpopProof(key, claims()).slice(0, -6), 'its signature does not verify with its key'],
  'a signature of zeros': [
    () => `${dpopProof(key, claims()).split('.').slice(0, 2).join('.')}.${Buffer.alloc(64).toString('base64url')}`,
    'its signature does not verify with its key',
  ],
  'a signature in DER': [
    () => {
      const input = dpopProof(key, claims()).split('.').slice(0, 2).join('.')
      const raw = signatureOf(key, input)
      const integer = (part: Buffer) => Buffer.concat([Buffer.from([2, part.length + 1, 0]), part])
      const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
      return `${input}.${Buffer.concat([Buffer.from([0x30, body.length]), body]).toString('base64url')}`
    },
    'its signature does not verify with its key',
  ],
  'a signature over another payload': [
    () => {
      const [header = '', , signature = ''] = dpopProof(key, claims()).split('.')
      return `${header}.${toText(claims())}.${signature}`
    },
    'its signature does not verify with its key',
  ],
  'a signature with unused bits set': [
    () => {
      const proof = dpopProof(key, claims())
      const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(proof.at(-1) ?? '')
      return proof.slice(0, -1) + 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.charAt(last + 1)
    },
    'its signature is not base64url',
  ],
  padding: [() => `${dpopProof(key, claims())}==`, 'its signature is not base64url'],
  'the alphabet of base64': [
    () => {
      const header = toText({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk, note: '>>>???' })
      const input = `${header.replaceAll('-', '+').replaceAll('_', '/')}.${toText(claims())}`
      return `${input}.${signatureOf(key, input).toString('base64url')}`
    },
    'its header is not a JSON object in base64url',
  ],
  'four segments': [() => `${dpopProof(key, claims())}.AAAA`, 'it is not three segments joined by dots'],
  'five segments, as an encrypted token has': [
    () => `${dpopProof(key, claims())}.AAAA.AAAA`,
    'it is not three segments joined by dots',
  ],
  'two proofs in one header': [
    () => `${dpopProof(key, claims())}, ${dpopProof(key, claims())}`,
    'the request must carry exactly one',
  ],
  nothing: [() => '', 'it is not three segments joined by dots'],
  'more than fits': [() => dpopProof(key, claims({ note: 'x'.repeat(4_096) })), 'it is longer than 4096 characters'],
  'no jti': [() => dpopProof(key, claims({ jti: undefined })), 'its jti must be a text'],
  'an empty jti': [() => dpopProof(key, claims({ jti: '' })), 'its jti must be a text'],
  'a jti that is a number': [() => dpopProof(key, claims({ jti: 1 })), 'its jti must be a text'],
  'a huge jti': [() => dpopProof(key, claims({ jti: 'j'.repeat(257) })), 'its jti must be a text'],
  'no htm': [() => dpopProof(key, claims({ htm: undefined })), 'its htm must be "POST"'],
  'another htm': [() => dpopProof(key, claims({ htm: 'GET' })), 'its htm must be "POST"'],
  'htm in lower case': [() => dpopProof(key, claims({ htm: 'post' })), 'its htm must be "POST"'],
  'htm in a list': [() => dpopProof(key, claims({ htm: ['POST'] })), 'its htm must be "POST"'],
  ...Object.fromEntries(
    [
      undefined,
      7,
      ['https://auth.example.com/oauth/token'],
      '',
      '/oauth/token',
      'https://auth.example.com/oauth/token/',
      'https://auth.example.com/oauth/token%2F',
      'https://auth.example.com/oauth/Token',
      'https://auth.example.com/oauth/introspect',
      'https://auth.example.com/',
      'http://auth.example.com/oauth/token',
      'https://auth.example.com:444/oauth/token',
      'https://auth.example.com.evil.example/oauth/token',
      'https://evil.example/oauth/token',
      'https://auth.example.com@evil.example/oauth/token',
      'https://user@auth.example.com/oauth/token',
      'https://auth.example.com\\@evil.example/oauth/token',
      'https:\\\\auth.example.com\\oauth\\token',
      'https://auth.example.com/oauth/\ttoken',
      ' https://auth.example.com/oauth/token',
    ].map((htu) => [
      `htu ${JSON.stringify(htu)}`,
      [() => dpopProof(key, claims({ htu })), 'its htu must be the URL of this endpoint'] as const,
    ]),
  ),
  'no iat': [() => dpopProof(key, claims({ iat: undefined })), 'its iat must be a number'],
  'iat as a text': [() => dpopProof(key, claims({ iat: String(now / 1_000) })), 'its iat must be a number'],
  'iat 61 seconds old': [() => dpopProof(key, claims({ iat: now / 1_000 - 61 })), 'it is too old'],
  'iat a thousandth too old': [() => dpopProof(key, claims({ iat: now / 1_000 - 60.001 })), 'it is too old'],
  'iat 61 seconds ahead': [() => dpopProof(key, claims({ iat: now / 1_000 + 61 })), 'its iat is in the future'],
  'iat in milliseconds': [() => dpopProof(key, claims({ iat: now })), 'its iat is in the future'],
  'iat beyond all numbers': [
    () => dpopProof(key, JSON.stringify(claims({ iat: 'IAT' })).replace('"IAT"', '1e999')),
    'its iat is in the future',
  ],
  'exp that is over': [() => dpopProof(key, claims({ exp: now / 1_000 })), 'its exp or nbf does not allow it now'],
  'exp that is a text': [() => dpopProof(key, claims({ exp: 'never' })), 'its exp or nbf does not allow it now'],
  'nbf to come': [() => dpopProof(key, claims({ nbf: now / 1_000 + 61 })), 'its exp or nbf does not allow it now'],
}

describe('no token for a proof with', () => {
  test.each(Object.entries(attacks))('%s', async (_name, [proof, says]) => {
    const answer = await ask(proof())
    expect(answer.body.access_token).toBeUndefined()
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_dpop_proof'])
    expect(String(answer.body.error_description)).toContain(`Invalid DPoP proof: `)
    expect(String(answer.body.error_description)).toContain(says)
  })
})

test('no token for two DPoP headers, however good each is', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const { client_id, client_secret } = billing
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, audience }).toString()
  const lines = [
    'POST /oauth/token HTTP/1.1',
    'Host: auth.example.com',
    'Connection: close',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    `DPoP: ${dpopProof(key, claims())}`,
    `DPoP: ${dpopProof(key, claims())}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).toContain('Invalid DPoP proof: the request must carry exactly one')
})
