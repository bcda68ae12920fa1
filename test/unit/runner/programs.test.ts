import { access, mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildPrograms } from '../../../src/runner/index.ts'

const day = 86_400

test('programs of other sources stay while somebody may start processes from them, and go when nobody has asked for them in a day', async () => {
  const root = await mkdtemp(join(tmpdir(), 'symbolon-programs-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const used = async (name: string, daysAgo: number) => {
    const at = Date.now() / 1_000 - daysAgo * day
    await mkdir(join(root, name), { recursive: true })
    await utimes(join(root, name), at, at)
  }
  await used('programs-of-another-run', 0.9)
  await used('programs-of-last-week', 7)
  const [, own] = await Promise.all([buildPrograms(root), buildPrograms(root)])
  await access(own.spawner)
  const [mine, ...others] = (await readdir(root)).sort((a, b) => b.length - a.length)
  expect(others).toEqual(['programs-of-another-run'])

  // Asked for again, they are new.
  await used(mine ?? '', 7)
  await buildPrograms(root)
  await used('programs-of-another-run', 7)
  expect(await buildPrograms(root)).toEqual(own)
  await access(own.launcher)
})
