import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dpopProof, type Members, newProofKey, type ProofAlgorithm, proofClaims } from '../../support/dpop.ts'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'
import { aGrant, anApi } from '../../support/tenant.ts'

/** The server's clock, and that of every proof unless it says otherwise. On a full second, so that edges are where they are written. */
const now = Math.floor(Date.now() / 1_000) * 1_000
const tenantOf = {
  apis: [anApi({ proof_of_possession: { mechanism: 'dpop', required: true } })],
  grants: [aGrant()],
} as const
const key = newProofKey()

let server: TestServer
beforeAll(async () => {
  server = await openServer(tenantOf, {}, () => now)
})
afterAll(() => server.close())

const ask = (proof: string, at: TestServer = server): Promise<Answer> => at.token({}, { headers: { dpop: proof } })
const claims = (changes: Members = {}) => proofClaims(now, changes)

describe('a DPoP proof', () => {
  test.each<ProofAlgorithm>(['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'])(
    'signed with %s binds the token to its key',
    async (alg) => {
      const own = newProofKey(alg)
      const answer = await ask(dpopProof(own, claims()))
      expect([answer.status, answer.body.token_type]).toEqual([200, 'DPoP'])
      expect(answer.claims.cnf).toEqual({ jkt: own.thumbprint })
      expect(answer.headers.get('dpop-nonce')).toBeNull()
    },
  )

  test.each([
    ['the issuer', () => 'https://auth.example.com/oauth/token'],
    ['a query and a fragment, which do not count', () => 'https://auth.example.com/oauth/token?a=b#c'],
    ['the host and the port as a URL may spell them', () => 'HTTPS://AUTH.example.com:443/oauth/token'],
    ['the address the server listens on, on its own machine', () => `${server.url}/oauth/token`],
  ])('may name this endpoint by %s', async (_name, htu) => {
    expect((await ask(dpopProof(key, claims({ htu: htu() })))).status).toBe(200)
  })

  test.each([
    ['60 seconds old', -60],
    ['60 seconds ahead', 60],
  ])('may be %s', async (_name, seconds) => {
    expect((await ask(dpopProof(key, claims({ iat: now / 1_000 + seconds })))).status).toBe(200)
  })

  test('may have a jti that another key has used', async () => {
    const used = claims()
    expect((await ask(dpopProof(key, used))).status).toBe(200)
    expect((await ask(dpopProof(newProofKey(), used))).status).toBe(200)
  })

  test('is accepted once', async () => {
    const proof = dpopProof(key, claims())
    expect((await ask(proof)).status).toBe(200)
    const again = await ask(proof)
    expect([again.status, again.body]).toEqual([
      400,
      { error: 'invalid_dpop_proof', error_description: 'Invalid DPoP proof: it was used before' },
    ])
  })

  test('is accepted once, by however many requests at once it is sent, and under another signature of the same key', async () => {
    const used = claims()
    // ECDSA draws a number for each signature: the same proof in another text.
    const answers = await Promise.all(Array.from({ length: 24 }, () => ask(dpopProof(key, used))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 23 }, () => 400)])
  })

  test('is not used up by a request that was refused for another reason', async () => {
    const proof = dpopProof(key, claims())
    const refused = await server.token({ scope: 'delete:orders' }, { headers: { dpop: proof } })
    expect(refused.status).toBe(403)
    expect((await ask(proof)).status).toBe(200)
  })

  test('that nobody holds the client to is not looked at', async () => {
    const plain = await openServer({}, {}, () => now)
    try {
      const answer = await ask('no proof at all', plain)
      expect([answer.status, answer.body.token_type, answer.claims.cnf]).toEqual([200, 'Bearer', undefined])
    } finally {
      await plain.close()
    }
  })
})

describe('time', () => {
  test('does not make a used proof new: neither at its last moment nor when the clock is set back', async () => {
    let time = now
    const own = await openServer(tenantOf, {}, () => time)
    try {
      const proof = dpopProof(key, claims({ iat: now / 1_000 + 60 }))
      expect((await ask(proof, own)).status).toBe(200)
      for (const later of [1, 60_000, 120_000, -60_000]) {
        time = now + later
        expect((await ask(proof, own)).body.error).toBe('invalid_dpop_proof')
      }
    } finally {
      await own.close()
    }
  })
})

describe('where DPOP_ALGORITHMS names one algorithm', () => {
  test('a proof of another is refused, and the metadata names the one', async () => {
    const own = await openServer(tenantOf, { DPOP_ALGORITHMS: 'ES256' }, () => now)
    try {
      expect((await ask(dpopProof(key, claims()), own)).status).toBe(200)
      const other = await ask(dpopProof(newProofKey('EdDSA'), claims()), own)
      expect(other.body.error_description).toBe('Invalid DPoP proof: its alg must be one of ES256')
      const metadata = await own.send('/.well-known/oauth-authorization-server')
      expect(metadata.body.dpop_signing_alg_values_supported).toEqual(['ES256'])
    } finally {
      await own.close()
    }
  })
})

describe('where DPOP_NONCE is on', () => {
  let own: TestServer
  let time = now
  beforeAll(async () => {
    own = await openServer(tenantOf, { DPOP_NONCE: 'on' }, () => time)
  })
  afterAll(() => own.close())

  const proofAt = (changes: Members) => dpopProof(key, proofClaims(time, changes))
  const nonceOf = (answer: Answer) => answer.headers.get('dpop-nonce') ?? ''

  test('a proof without one is told so and given one, with which the next proof is accepted', async () => {
    const first = await ask(proofAt({}), own)
    expect([first.status, first.body]).toEqual([
      400,
      { error: 'use_dpop_nonce', error_description: 'Authorization server requires nonce in DPoP proof' },
    ])
    const second = await ask(proofAt({ nonce: nonceOf(first) }), own)
    expect([second.status, second.body.token_type]).toEqual([200, 'DPoP'])
    expect(nonceOf(second)).not.toBe('')
  })

  test.each([
    ['made up', 'x'.repeat(43)],
    ['empty', ''],
    ['a number', 7],
  ])('a nonce that is %s is not accepted', async (_name, nonce) => {
    expect((await ask(proofAt({ nonce }), own)).body.error).toBe('use_dpop_nonce')
  })

  test('a nonce is good for minutes and not for ever', async () => {
    const nonce = nonceOf(await ask(proofAt({}), own))
    const startedAt = time
    time = startedAt + 150_000
    expect((await ask(proofAt({ nonce }), own)).status).toBe(200)
    time = startedAt + 300_000
    expect((await ask(proofAt({ nonce }), own)).body.error).toBe('use_dpop_nonce')
    time = startedAt
  })

  test("another server's nonce is not accepted", async () => {
    const other = await openServer(tenantOf, { DPOP_NONCE: 'on' }, () => time)
    try {
      const nonce = nonceOf(await ask(proofAt({}), other))
      expect((await ask(proofAt({ nonce }), own)).body.error).toBe('use_dpop_nonce')
    } finally {
      await other.close()
    }
  })
})
