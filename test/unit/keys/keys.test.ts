import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newClientSecret, openClientSecretDigests, openSealer, pooledRandom } from '../../../src/keys/index.ts'

const sealer = openSealer(randomBytes(32))

describe('a sealed text', () => {
  test('opens under its key and its context, and never looks the same twice', () => {
    const first = sealer.seal('s3cret', 'clientSecrets:a')
    expect(sealer.open(first, 'clientSecrets:a')).toBe('s3cret')
    expect(sealer.seal('s3cret', 'clientSecrets:a')).not.toBe(first)
    expect(first).not.toContain('s3cret')
  })

  test.each([
    ['another context', (sealed: string) => [sealed, 'clientSecrets:b', sealer] as const],
    ['another key', (sealed: string) => [sealed, 'clientSecrets:a', openSealer(randomBytes(32))] as const],
    [
      'a changed character',
      (sealed: string) => [sealed.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), 'clientSecrets:a', sealer] as const,
    ],
    ['a cut', (sealed: string) => [sealed.slice(0, 20), 'clientSecrets:a', sealer] as const],
    ['an unknown format', (sealed: string) => [sealed.replace('v1', 'v2'), 'clientSecrets:a', sealer] as const],
    ['nothing', () => ['', 'clientSecrets:a', sealer] as const],
  ])('does not open under %s, and the error tells no content', (_what, change) => {
    const [sealed, context, by] = change(sealer.seal('s3cret-value', 'clientSecrets:a'))
    expect(() => by.open(sealed, context)).toThrow(`"${context}" does not open`)
    expect(() => by.open(sealed, context)).not.toThrow('s3cret-value')
  })

  test('does not open with any one character changed or one more', () => {
    const sealed = sealer.seal('ab', 'clientSecrets:a')
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = `${sealed.slice(0, index)}${sealed[index] === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`
      expect(() => sealer.open(changed, 'clientSecrets:a'), `character ${index}`).toThrow('does not open')
    }
    for (const more of ['=', '.', 'A', ' ']) {
      expect(() => sealer.open(`${sealed}${more}`, 'clientSecrets:a')).toThrow('does not open')
    }
  })

  test('a check value tells a wrong key', () => {
    const check = sealer.checkValue()
    expect(sealer.matches(check)).toBe(true)
    expect(openSealer(randomBytes(32)).matches(check)).toBe(false)
    expect(sealer.matches('nonsense')).toBe(false)
  })

  test('a key of another length is refused', () => {
    expect(() => openSealer(randomBytes(31))).toThrow('has 32 bytes; this one has 31')
  })
})

describe('a client secret', () => {
  const digests = openClientSecretDigests(sealer.digestKey)

  test('has 64 characters of the base64url alphabet', () => {
    expect(newClientSecret()).toMatch(/^[A-Za-z0-9_-]{64}$/)
    expect(newClientSecret()).not.toBe(newClientSecret())
  })

  test('is known by any of its live digests, and by nothing else', () => {
    const [first, second] = [newClientSecret(), newClientSecret()]
    const live = [digests.digest(first), digests.digest(second)]
    expect(digests.find(first, live)).toBe(0)
    expect(digests.find(second, live)).toBe(1)
    expect(digests.find(`${first} `, live)).toBe(-1)
    expect(digests.find('', live)).toBe(-1)
    expect(digests.find(first, [])).toBe(-1)
    expect(digests.find(first, [new Uint8Array(0)])).toBe(-1)
  })

  test('digests differ between sealing keys', () => {
    const other = openClientSecretDigests(openSealer(randomBytes(32)).digestKey)
    expect(other.find('s', [digests.digest('s')])).toBe(-1)
  })
})

describe('pooled random bytes', () => {
  test('are as many as asked for, and never handed out twice', () => {
    const random = pooledRandom()
    const seen = new Set(Array.from({ length: 2_000 }, () => Buffer.from(random(16)).toString('hex')))
    expect(seen.size).toBe(2_000)
    expect(random(1)).toHaveLength(1)
    expect(random(10_000)).toHaveLength(10_000)
    const kept = random(16)
    const before = [...kept]
    for (let i = 0; i < 1_000; i++) random(16)
    expect([...kept]).toEqual(before)
  })
})
