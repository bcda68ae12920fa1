import { guesses } from './guesses.ts'

/** Fresh random bytes, cryptographically strong. Passed in: the domain draws no randomness. */
export type RandomBytes = (count: number) => Uint8Array

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `length` characters out of `A-Z a-z 0-9`, each equally likely. */
export function alphanumericId(length: number, random: RandomBytes): string {
  let id = ''
  while (id.length < length) {
    for (const byte of random(length * 2)) {
      // 248 is the largest multiple of 62 in a byte: bytes above it would favour the first letters.
      if (byte < 248 && id.length < length) id += alphanumeric[byte % 62]
    }
  }
  return id
}

/** Lower-case hexadecimal digits, two a byte. */
export function hexId(bytes: number, random: RandomBytes): string {
  return Array.from(random(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A random UUID (version 4), the shape of action, version and binding ids. */
export function uuid(random: RandomBytes): string {
  const bytes = Uint8Array.from(random(16))
  // RFC 9562 §5.4
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The shapes of Auth0's identifiers, as seen in its recorded answers. */
export const newId = {
  client: (random: RandomBytes) => alphanumericId(32, random),
  resourceServer: (random: RandomBytes) => hexId(12, random),
  clientGrant: (random: RandomBytes) => `cgr_${alphanumericId(16, random)}`,
  customDomain: (random: RandomBytes) => `cd_${alphanumericId(16, random)}`,
  clientCredential: (random: RandomBytes) => `cred_${alphanumericId(22, random)}`,
  organization: (random: RandomBytes) => `org_${alphanumericId(16, random)}`,
  action: uuid,
  actionVersion: uuid,
  actionModule: uuid,
  actionModuleVersion: uuid,
  binding: uuid,
  logStream: (random: RandomBytes) => `lst_${Array.from(random(16), (byte) => byte % 10).join('')}`,
  signingKey: (random: RandomBytes) => alphanumericId(21, random),
  token: (random: RandomBytes) => alphanumericId(guesses.tokenIdLength, random),
  request: (random: RandomBytes) => hexId(10, random),
  trace: (random: RandomBytes) => hexId(16, random),
} as const
