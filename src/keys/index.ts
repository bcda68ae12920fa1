/**
 * Signing and sealing: bytes in, bytes out. Decides how secrets rest in the store and how an access token is signed and encrypted.
 * Never decides whether a token may be issued, and knows no record, no request and no client.
 */
export * from './certificate-formats.ts'
export * from './client-key.ts'
export * from './client-secret.ts'
export * from './issued-token.ts'
export * from './jwt.ts'
export * from './key-ring.ts'
export { pooledRandom } from './random.ts'
export * from './seal.ts'
export type { SigningMode } from './signature.ts'
export * from './signing-key.ts'
export * from './token-encryption.ts'
