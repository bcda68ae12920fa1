import { randomBytes } from 'node:crypto'
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import {
  createSigningKey,
  type KeyFamily,
  type KeyRing,
  openSealer,
  type SigningKeyState,
  type StoredSigningKey,
} from '../../../src/keys/index.ts'

/** The sealer of every key that {@link keysOf} makes. */
export const sealer = openSealer(randomBytes(32))

/** When they were made. */
export const madeAt = new Date('2026-01-01T00:00:00.000Z')

/** One signing key of a family in each state. */
export function keysOf(
  family: KeyFamily,
  states: readonly SigningKeyState[] = ['current', 'next', 'previous', 'revoked'],
): Promise<readonly StoredSigningKey[]> {
  const options = { family, commonName: 'auth.example.com', sealer, now: madeAt, random: randomBytes }
  return Promise.all(states.map((state) => createSigningKey({ ...options, state })))
}

/** A ring's key set, as jose looks keys up in it. */
export function lookup({ jwks }: Pick<KeyRing, 'jwks'>): JWTVerifyGetKey {
  return createLocalJWKSet(JSON.parse(JSON.stringify(jwks)))
}
