import type { KeyObject } from 'node:crypto'
import type { Sealer } from './seal.ts'
import {
  type KeyFamily,
  keyFamilies,
  openSigningKey,
  type PublicJwk,
  type SigningKey,
  type SigningKeyState,
  type StoredSigningKey,
} from './signing-key.ts'

/** A published key set. @see RFC 7517 §5 */
export interface KeySet {
  readonly keys: readonly PublicJwk[]
}

/** The tenant's signing keys, opened: of each family one signs, and the published ones verify. */
export interface KeyRing {
  /** The key that signs, by family. RSA always has one. */
  readonly current: ReadonlyMap<KeyFamily, SigningKey>
  /** Every key that verifies, by `kid`: current, next, and each previous one until it is revoked. */
  readonly published: ReadonlyMap<string, SigningKey>
  readonly jwks: KeySet
  /** The same without `alg`: for a tenant whose verifiers take RS512 or PS256 from an RSA key. */
  readonly jwksWithoutAlg: KeySet
}

/** In order of publication; a revoked key is not published. */
const publishedStates: readonly SigningKeyState[] = ['current', 'next', 'previous']

/**
 * Opens a tenant's signing keys. Throws unless of each family that has keys exactly one is current and at most one next, RSA has keys, and all
 * that are not revoked open and fit: neither a verifier nor a rotation is to find out later.
 */
export function openKeyRing(stored: readonly StoredSigningKey[], sealer: Sealer): KeyRing {
  const live = stored.filter(({ state }) => state !== 'revoked').map((key) => openSigningKey(key, sealer))
  const current = new Map<KeyFamily, SigningKey>()
  const published: SigningKey[] = []
  for (const family of keyFamilies) {
    const keys = live.filter((key) => key.family === family)
    // An API asks for the other families, every tenant has RSA.
    if (keys.length === 0 && family !== 'RS256') continue
    const inState = (state: SigningKeyState) => keys.filter((key) => key.state === state)
    const [signing, ...others] = inState('current')
    if (signing === undefined || others.length > 0) {
      throw new Error(`one signing key for ${family} must be current; ${inState('current').length} are`)
    }
    if (inState('next').length > 1) {
      throw new Error(`at most one signing key for ${family} may be next; ${inState('next').length} are`)
    }
    current.set(family, signing)
    published.push(...publishedStates.flatMap(inState))
  }
  return Object.freeze({
    current,
    published: new Map(published.map((key) => [key.kid, key])),
    jwks: keySet(published.map(({ jwk }) => jwk)),
    jwksWithoutAlg: keySet(published.map(({ jwk: { alg: _named, ...jwk } }) => Object.freeze(jwk))),
  })
}

/** The public key that a token's `kid` names, if it is still published and of a family that signs with `alg`. */
export function verificationKey(ring: KeyRing, kid: string, family: KeyFamily | undefined): KeyObject | undefined {
  const key = ring.published.get(kid)
  return key?.family === family ? key?.publicKey : undefined
}

function keySet(keys: readonly PublicJwk[]): KeySet {
  return Object.freeze({ keys: Object.freeze(keys) })
}
