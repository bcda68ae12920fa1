/**
 * The bytes' way in and out: what a request may weigh and how long it may take, its id, what HTTPS proves itself with, the headers every answer
 * carries, what a malformed or broken request is answered with, and how the server stops. Never decides what a request means: knows no OAuth and
 * no other room.
 */
export { readBytes } from './body.ts'
export { type Health, registerHealth } from './health.ts'
export { type LocalAuthority, openLocalAuthority } from './local-authority.ts'
export { makePassingAuthority, type PassingAuthority } from './passing-authority.ts'
export { plainAddress } from './plain-address.ts'
export * from './server.ts'
export {
  type PeerCertificate,
  peerCertificateOf,
  readTlsFiles,
  type TlsFiles,
  type TlsIdentity,
  watchTlsFiles,
} from './tls.ts'
