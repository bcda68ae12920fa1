import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verifyDpopProof } from '../../../src/oauth/dpop.ts'
import { TokenRefusal } from '../../../src/oauth/refusals.ts'
import { openMemoryEphemeral } from '../../../src/storage/memory/ephemeral.ts'
import { dpopProof, newProofKey, proofClaims, signedSegments } from '../../support/dpop.ts'

const now = Date.UTC(2026, 0, 1)
const key = newProofKey()
const rule = { algorithms: ['ES256'], urls: new Set(['https://auth.example.com/oauth/token']) }
const request = { method: 'POST', received_at: now }
const used = openMemoryEphemeral(() => now)

const endOf = (header: string): Promise<unknown> =>
  verifyDpopProof(header, request, rule, used).catch((error: unknown) => error)

test('a proof is verified to the thumbprint of its key', async () => {
  expect(await endOf(dpopProof(key, proofClaims(now)))).toBe(key.thumbprint)
})

test('a proof that cannot be remembered is not accepted, and not refused either: no token leaves for it', async () => {
  const lost = new Error('the ephemeral store is gone')
  const proof = dpopProof(key, proofClaims(now))
  const end = verifyDpopProof(proof, request, rule, { claim: () => Promise.reject(lost) })
  await expect(end).rejects.toBe(lost)
})

test('whatever the header is, it is refused and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (header) => {
      expect(await endOf(header)).toBeInstanceOf(TokenRefusal)
    }),
  )
})

test('whatever is signed beside what a proof needs changed by one member, it is refused and nothing else', async () => {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk }
  const member = fc.constantFrom('typ', 'alg', 'jwk', 'crit', 'jku', 'x5c', 'b64')
  await fc.assert(
    fc.asyncProperty(member, fc.jsonValue(), async (name, value) => {
      fc.pre(JSON.stringify(value) !== JSON.stringify(Reflect.get(header, name)))
      const proof = signedSegments(key, JSON.stringify({ ...header, [name]: value }), proofClaims(now))
      expect(await endOf(proof)).toBeInstanceOf(TokenRefusal)
    }),
  )
  const claim = fc.constantFrom('jti', 'htm', 'htu', 'iat')
  const noClaim = fc.jsonValue().filter((value) => typeof value !== 'string' && typeof value !== 'number')
  await fc.assert(
    fc.asyncProperty(claim, noClaim, async (name, value) => {
      expect(await endOf(dpopProof(key, proofClaims(now, { [name]: value })))).toBeInstanceOf(TokenRefusal)
    }),
  )
})
