import type { JsonObject } from '../domain/index.ts'

/** Members of a JWK that only its owner may know. RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** The key that each algorithm takes; for a curve, the bytes of a coordinate. */
const keyOf: Readonly<Record<string, { readonly kty: string; readonly crv?: string; readonly bytes?: number }>> = {
  ES256: { kty: 'EC', crv: 'P-256', bytes: 32 },
  ES384: { kty: 'EC', crv: 'P-384', bytes: 48 },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', bytes: 32 },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', bytes: 32 },
  PS256: { kty: 'RSA' },
  RS256: { kty: 'RSA' },
}

/** Bits of an RSA modulus: less proves nothing, more costs the server more than it is worth. */
const leastModulusBits = 2_048
const mostModulusBits = 4_096

/**
 * Why a public key that a client sends along may not verify for an algorithm, as half a sentence; `undefined` when it may. Refuses private and
 * symmetric keys, another key type or curve than the algorithm's, RSA outside of 2,048 to 4,096 bits or with an exponent under 65,537, and
 * the points of Ed25519 for which anybody can sign.
 */
export function weaknessOfJwk(jwk: JsonObject, alg: string): string | undefined {
  const expected = keyOf[alg]
  if (privateMembers.some((member) => Object.hasOwn(jwk, member))) return 'its jwk must be a public key'
  if (expected === undefined || jwk.kty !== expected.kty || (expected.crv !== undefined && jwk.crv !== expected.crv))
    return `its jwk is not a key for ${alg}`
  if (expected.kty === 'RSA') return weaknessOfRsa(bytesOf(jwk.n), bytesOf(jwk.e))
  const x = bytesOf(jwk.x)
  const coordinates = expected.kty === 'EC' ? [x, bytesOf(jwk.y)] : [x]
  if (coordinates.some((bytes) => bytes?.length !== expected.bytes)) return `its jwk is not a key for ${alg}`
  return expected.kty === 'OKP' && x !== undefined && isOfSmallOrder(x) ? 'its jwk is too weak' : undefined
}

function weaknessOfRsa(modulus: Buffer | undefined, exponent: Buffer | undefined): string | undefined {
  // RFC 7518 §6.3.1: as few bytes as the number needs, so the first one is not zero.
  if (modulus === undefined || exponent === undefined || modulus[0] === 0 || exponent[0] === 0)
    return 'its jwk is not an RSA key'
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  if (bits < leastModulusBits || bits > mostModulusBits)
    return `its jwk must have ${leastModulusBits} to ${mostModulusBits} bits`
  const isSound = exponent.length >= 3 && exponent.length <= 4 && exponent.readUIntBE(0, exponent.length) >= 65_537
  return isSound && (exponent.at(-1) ?? 0) % 2 === 1 ? undefined : 'its jwk is too weak'
}

/** The bytes of a base64url text; `undefined` unless it is the one way to write them, and some. */
function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  const bytes = Buffer.from(value, 'base64url')
  return bytes.toString('base64url') === value ? bytes : undefined
}

/**
 * The points of order 1, 2, 4 and 8 in every encoding of them, the sign bit left out: with such a key, one signature fits any message.
 * As libsodium and "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020) list them.
 */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

function isOfSmallOrder(point: Buffer): boolean {
  const unsigned = Buffer.from(point)
  unsigned[31] = (unsigned[31] ?? 0) & 0x7f
  return smallOrder.has(unsigned.toString('hex'))
}
