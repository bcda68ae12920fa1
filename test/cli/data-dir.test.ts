import { copyFile, cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lockDataFolder } from '../../src/storage/sqlite/folder-lock.ts'
import { askForToken, freshFolder, startDev, symbolon } from '../support/dev-process.ts'

const quickstart = 'examples/quickstart'

/** Every file under a folder, with its bytes and its mode. */
async function contentsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {}
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const found = await stat(join(folder, name))
    const bytes = found.isFile() ? (await readFile(join(folder, name))).toString('base64') : 'folder'
    files[name] = `${(found.mode & 0o777).toString(8)} ${bytes}`
  }
  return files
}

/** What a start says that is refused; the folder must be the same after it, byte for byte. */
async function refusalOf(dataDir: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  const before = await contentsOf(dataDir)
  const { exitCode, stdout, stderr } = await symbolon(['dev', quickstart], {
    PORT: '0',
    DATA_DIR: dataDir,
    ...variables,
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(await contentsOf(dataDir)).toEqual(before)
  const [line = '', ...others] = stderr.trimEnd().split('\n')
  expect(others).toEqual([])
  return line
}

describe('a data folder', () => {
  let kept: string
  let dataDir: string
  beforeAll(async () => {
    const server = await startDev(quickstart, { ofClone: true })
    await askForToken(server.url, (await server.devFile()).clients[0])
    expect((await server.stop()).exitCode).toBe(0)
    kept = server.dataDir
  })
  beforeEach(async () => {
    dataDir = join(await freshFolder(), 'data')
    await cp(kept, dataDir, { recursive: true })
  })

  test('is the owner’s alone, and holds nothing but ours after a stop', async () => {
    // Root's Actions run as another user, who may pass through and see no name.
    expect((await stat(kept)).mode & 0o777).toBe(process.getuid?.() === 0 ? 0o711 : 0o700)
    const names = ['build', 'bundles', 'config.db', 'dev.json', 'logs.db', 'runner', 'sealing.key', 'tls']
    expect((await readdir(kept)).toSorted()).toEqual(names)
    for (const name of ['config.db', 'logs.db', 'dev.json', 'sealing.key']) {
      expect((await stat(join(kept, name))).mode & 0o077).toBe(0)
    }
  })

  test('holds no client secret in the clear', async () => {
    const { clients } = JSON.parse(await readFile(join(kept, 'dev.json'), 'utf8'))
    for (const name of ['config.db', 'logs.db']) {
      const bytes = await readFile(join(kept, name))
      expect(bytes.includes(clients[0].client_id)).toBe(true)
      expect(bytes.includes(clients[0].client_secret)).toBe(false)
    }
  })

  test('with a file that is not ours is refused and left as it is', async () => {
    await writeFile(join(dataDir, 'thesis.txt'), 'years of work')
    expect(await refusalOf(dataDir)).toBe(
      `symbolon: DATA_DIR ${dataDir} holds "thesis.txt", which is not ours: give an empty or new folder; nothing there was changed`,
    )
  })

  test('that is a file is refused', async () => {
    const file = join(await freshFolder(), 'file')
    await writeFile(file, 'a file')
    const { exitCode, stderr } = await symbolon(['dev', quickstart], { PORT: '0', DATA_DIR: file })
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `symbolon: DATA_DIR ${file} cannot be used (ENOTDIR): give a folder this user may write\n`,
    })
    expect(await readFile(file, 'utf8')).toBe('a file')
  })

  test.each(['config.db', 'logs.db'])('whose %s begins with garbage is refused and left as it is', async (name) => {
    const bytes = await readFile(join(dataDir, name))
    await writeFile(join(dataDir, name), Buffer.concat([Buffer.alloc(100, 0x5a), bytes.subarray(100)]))
    expect(await refusalOf(dataDir)).toMatch(/(config|logs)\.db is not a (configuration|log) database of Symbolon/)
  })

  test.each(['config.db', 'logs.db'])('whose %s is cut short is refused and left as it is', async (name) => {
    await truncate(join(dataDir, name), 5_000)
    expect(await refusalOf(dataDir)).toMatch(/\.db is damaged \(.+\): restore it from a backup/)
  })

  test('whose config.db has a page of garbage is refused and left as it is', async () => {
    const file = join(dataDir, 'config.db')
    const bytes = await readFile(file)
    bytes.fill(0x5a, 4_096, 8_192)
    await writeFile(file, bytes)
    expect(await refusalOf(dataDir)).toMatch(/config\.db is damaged \(.+\): restore it from a backup/)
  })

  test('whose config.db is another program’s database is refused and left as it is', async () => {
    const file = join(dataDir, 'config.db')
    await rm(file)
    const database = new Database(file)
    database.exec('CREATE TABLE photos (name TEXT); INSERT INTO photos VALUES (1)')
    database.close()
    expect(await refusalOf(dataDir)).toMatch(/config\.db is not a configuration database of Symbolon/)
  })

  test('whose config.db is the log of another is refused and left as it is', async () => {
    await copyFile(join(dataDir, 'logs.db'), join(dataDir, 'config.db'))
    expect(await refusalOf(dataDir)).toMatch(/config\.db is not a configuration database of Symbolon/)
  })

  test('is refused with another sealing key and left as it is', async () => {
    expect(await refusalOf(dataDir, { SEALING_KEY: '11'.repeat(32) })).toBe(
      `symbolon: DATA_DIR ${dataDir} was sealed with another sealing key: give that one, or another DATA_DIR; nothing was changed`,
    )
  })

  test('that has records but lost its sealing.key is refused, and no new key is made', async () => {
    await rm(join(dataDir, 'sealing.key'))
    expect(await refusalOf(dataDir)).toBe(
      `symbolon: DATA_DIR ${dataDir} has records but its sealing.key is gone: put it back, give it as SEALING_KEY, or give another DATA_DIR; nothing was changed`,
    )
  })

  test('whose sealing.key holds no key is refused and left as it is', async () => {
    await writeFile(join(dataDir, 'sealing.key'), 'lost\n')
    expect(await refusalOf(dataDir)).toMatch(/sealing\.key does not hold a sealing key; it must be 32 bytes/)
  })

  test('serves another tenant folder: the records follow the folder', async () => {
    const other = join(await freshFolder(), 'other')
    for (const folder of ['clients', 'grants', 'resource-servers'])
      await mkdir(join(other, folder), { recursive: true })
    await writeFile(join(other, 'clients/sole.json'), JSON.stringify({ name: 'sole' }))
    await writeFile(join(other, 'resource-servers/api.json'), JSON.stringify({ name: 'API', identifier: 'urn:api' }))
    await writeFile(
      join(other, 'grants/sole.json'),
      JSON.stringify({ client_id: 'sole', audience: 'urn:api', scope: [] }),
    )
    const server = await startDev(other, { dataDir })
    const { clients } = await server.devFile()
    expect(clients).toMatchObject([{ name: 'sole', audiences: ['urn:api'] }])
    expect((await askForToken(server.url, clients[0])).status).toBe(200)
    expect((await server.stop()).exitCode).toBe(0)
  })
})

test('a data folder is one server’s until it is given back, and then the next one’s', async () => {
  const path = await freshFolder()
  const folder = { path, lockFile: join(path, 'server.lock') }
  const giveBack = lockDataFolder(folder)
  // Twice: being refused must not loosen the lock.
  for (const _time of [1, 2]) expect(() => lockDataFolder(folder)).toThrow(/is in use by another server: stop that one/)
  giveBack()
  expect(await readdir(path)).toEqual([])
  // As a server that was killed leaves it.
  await writeFile(folder.lockFile, '')
  lockDataFolder(folder)()
})

test('the audiences of a client stand sorted in dev.json', async () => {
  const root = join(await freshFolder(), 'tenant')
  for (const folder of ['clients', 'grants', 'resource-servers']) await mkdir(join(root, folder), { recursive: true })
  await writeFile(join(root, 'clients/sole.json'), JSON.stringify({ name: 'sole' }))
  for (const name of ['b', 'c', 'a']) {
    await writeFile(join(root, `resource-servers/${name}.json`), JSON.stringify({ name, identifier: `urn:${name}` }))
    // In file-name order the grants are those of c, b and a.
    const file = `grants/${String.fromCharCode(300 - name.charCodeAt(0))}.json`
    await writeFile(join(root, file), JSON.stringify({ client_id: 'sole', audience: `urn:${name}`, scope: [] }))
  }
  const server = await startDev(root)
  expect((await server.devFile()).clients).toMatchObject([{ name: 'sole', audiences: ['urn:a', 'urn:b', 'urn:c'] }])
  expect((await server.stop()).exitCode).toBe(0)
})
