import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDataFolder } from '../../../src/storage/index.ts'

test('a data folder is made with the folders above it, for its owner alone', async () => {
  const root = await mkdtemp(join(tmpdir(), 'symbolon-data-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const { path } = await openDataFolder(join(root, 'a/b'))
  for (const made of [path, join(root, 'a')]) expect((await stat(made)).mode & 0o777).toBe(0o700)
  expect((await openDataFolder(path)).path).toBe(path)
})

test.skipIf(!existsSync('/proc/self'))(
  'a place where no folder can be made is refused, and not asked for ever (needs /proc)',
  async () => {
    for (const place of ['/proc/none', '/proc/none/below'])
      await expect(openDataFolder(place)).rejects.toThrow(
        `DATA_DIR ${place} cannot be made (ENOENT): give a folder this user may write`,
      )
  },
)
