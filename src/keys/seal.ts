import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

/** Bytes of a sealing key. */
export const sealingKeyBytes = 32

const format = 'v1'
const nonceBytes = 12
const tagBytes = 16
const checkContext = 'symbolon sealing key'

/** Encrypts secrets for storage and opens them again, under one sealing key that is kept outside the store. */
export interface Sealer {
  /**
   * Seals a text. `context` names the record and field it belongs to: a sealed text moved elsewhere does not open.
   */
  seal(text: string, context: string): string
  /** Opens what {@link seal} made under the same key and context. Throws otherwise, naming the context and never the content. */
  open(sealed: string, context: string): string
  /** A sealed text that only this key opens: stored once, to tell a wrong key before anything is read with it. */
  checkValue(): string
  /** Whether a {@link checkValue} was made with this key. */
  matches(checkValue: string): boolean
  /** Keys the digests of client secrets (HMAC-SHA-256); its own key, derived from the sealing key. */
  readonly digestKey: KeyObject
}

/** A sealer (AES-256-GCM, NIST SP 800-38D) over a sealing key of 32 bytes. */
export function openSealer(sealingKey: Uint8Array): Sealer {
  if (sealingKey.length !== sealingKeyBytes) {
    throw new Error(`a sealing key has ${sealingKeyBytes} bytes; this one has ${sealingKey.length}`)
  }
  const key = derive(sealingKey, 'seal')
  const sealer: Sealer = {
    digestKey: derive(sealingKey, 'client secret digest'),
    seal(text, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${format}.${sealed.toString('base64url')}`
    },
    open(sealed, context) {
      try {
        return open(key, sealed, context)
      } catch (cause) {
        throw new Error(`what is sealed for "${context}" does not open: it was changed, or sealed with another key`, {
          cause,
        })
      }
    },
    checkValue: () => sealer.seal(checkContext, checkContext),
    matches(checkValue) {
      try {
        return open(key, checkValue, checkContext) === checkContext
      } catch {
        // Not opening is the answer itself; nothing is let through by it.
        return false
      }
    },
  }
  return sealer
}

function open(key: KeyObject, sealed: string, context: string): string {
  if (!sealed.startsWith(`${format}.`)) throw new Error('unknown format')
  const body = sealed.slice(format.length + 1)
  const bytes = Buffer.from(body, 'base64url')
  // Node skips what is not base64url and ignores unused bits: only the one way to write these bytes opens.
  if (bytes.toString('base64url') !== body) throw new Error('not base64url')
  if (bytes.length < nonceBytes + tagBytes) throw new Error('too short')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(-tagBytes))
  const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
  return text.toString('utf8')
}

/** RFC 5869: one key a purpose, so that no two uses share one. */
function derive(sealingKey: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', sealingKey, '', `symbolon ${purpose}`, 32)))
}
