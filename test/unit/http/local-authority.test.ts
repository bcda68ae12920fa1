import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openLocalAuthority } from '../../../src/http/local-authority.ts'

const dayMs = 86_400_000
const start = Date.UTC(2026, 5, 1)
const names = ['localhost', '127.0.0.1', '::1']

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

describe('the certificate authority of this machine', () => {
  let folder: string
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'symbolon-authority-')), 'tls')
    folders.push(join(folder, '..'))
  })
  const open = (nowMs = start, of = names) => openLocalAuthority(folder, of, () => nowMs)
  const certificate = ({ identity }: Awaited<ReturnType<typeof open>>) => new X509Certificate(identity.cert)

  test('vouches for every name of the server, for three months', async () => {
    const opened = await open()
    const own = certificate(opened)
    const authority = new X509Certificate(await readFile(opened.caFile))
    expect(own.verify(authority.publicKey)).toBe(true)
    expect(authority.ca && authority.verify(authority.publicKey)).toBe(true)
    expect([own.checkHost('localhost'), own.checkIP('127.0.0.1'), own.checkIP('::1')]).not.toContain(undefined)
    expect(own.checkHost('example.com')).toBeUndefined()
    expect((Date.parse(own.validTo) - start) / dayMs).toBe(90)
  })

  test('keeps its private keys for its owner, and leaves nothing half-written', async () => {
    await open()
    expect((await readdir(folder)).toSorted()).toEqual(['ca.crt', 'ca.key', 'localhost.crt', 'localhost.key'])
    const modes = await Promise.all(
      ['.', 'ca.key', 'localhost.key'].map(async (name) => (await stat(join(folder, name))).mode & 0o777),
    )
    expect(modes).toEqual([0o700, 0o600, 0o600])
  })

  test('is the same after a restart, and so is the certificate', async () => {
    const first = await open()
    const authority = await readFile(first.caFile, 'utf8')
    const second = await open(start + dayMs)
    expect(second.identity).toEqual(first.identity)
    expect(await readFile(second.caFile, 'utf8')).toBe(authority)
  })

  test.each([
    ['over soon', start + 61 * dayMs, names],
    ['for other names', start, [...names, 'auth.example.com']],
    ['for more names than the server has', start, ['localhost']],
  ])('a certificate that is %s is made anew, under the same authority', async (_what, nowMs, of) => {
    const first = await open()
    const authority = await readFile(first.caFile, 'utf8')
    const second = await open(nowMs, of)
    expect(second.identity.cert).not.toBe(first.identity.cert)
    expect(certificate(second).verify(new X509Certificate(authority).publicKey)).toBe(true)
    expect(await readFile(second.caFile, 'utf8')).toBe(authority)
  })

  test('a certificate is renewed while it is in use, once it is over soon', async () => {
    let nowMs = start
    const opened = await openLocalAuthority(folder, names, () => nowMs)
    expect(await opened.renew()).toBeUndefined()
    nowMs = start + 61 * dayMs
    const renewed = await opened.renew()
    expect(Date.parse(new X509Certificate(renewed?.cert ?? '').validTo)).toBe(nowMs + 90 * dayMs)
    expect(await opened.renew()).toBeUndefined()
  })

  test.each(['localhost.key', 'localhost.crt'])(
    'a broken %s is made anew: nobody trusts it by itself',
    async (name) => {
      const first = await open()
      await writeFile(join(folder, name), 'broken')
      const second = await open()
      expect(certificate(second).verify(new X509Certificate(await readFile(first.caFile)).publicKey)).toBe(true)
    },
  )

  test.each([
    ['a certificate that is none', 'ca.crt', 'broken'],
    ['a key that is none', 'ca.key', ''],
  ])('an authority with %s is never replaced unasked: one line says the way out', async (_what, name, content) => {
    await open()
    await writeFile(join(folder, name), content)
    const fault = await open().catch((error: Error) => error.message)
    expect(fault).toContain(`remove ${folder} to have a new one made`)
    expect(String(fault).split('\n')).toHaveLength(1)
  })

  test('an authority whose writing was cut off is made anew', async () => {
    await open()
    await rm(join(folder, 'ca.crt'))
    const { caFile, identity } = await open()
    expect(new X509Certificate(identity.cert).verify(new X509Certificate(await readFile(caFile)).publicKey)).toBe(true)
  })

  test('an authority that is over before its certificates are is made anew', async () => {
    const first = await readFile((await open()).caFile, 'utf8')
    const late = start + 3_600 * dayMs
    const second = await open(late)
    expect(await readFile(second.caFile, 'utf8')).not.toBe(first)
    expect(certificate(second).verify(new X509Certificate(await readFile(second.caFile)).publicKey)).toBe(true)
  })

  test('a folder that is none is named with the way out', async () => {
    await writeFile(folder, 'a file')
    await expect(open()).rejects.toThrow(
      `${folder} cannot be used (EEXIST): give a DATA_DIR whose files this user may write`,
    )
  })
})
