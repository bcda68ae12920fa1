import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type WatchOptions, watchTenantFolder } from '../../../src/tenant-folder/index.ts'
import { folderOnDisk, soundFolder, write } from './folder-on-disk.ts'

/** Watches a folder; `next` is the next report, `seen` the first that names a path. */
async function watching(root: string, options: WatchOptions = {}) {
  const reports: (readonly string[])[] = []
  let wake = () => {}
  const close = await watchTenantFolder(
    root,
    {
      onChange: (changed) => {
        reports.push(changed)
        wake()
      },
      onError: (error) => {
        throw error
      },
    },
    options,
  )
  onTestFinished(close)
  const next = async () => {
    while (reports.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return reports.shift()
  }
  const seen = async (path: string) => {
    while (!(await next())?.includes(path));
  }
  return { next, seen, reports }
}

describe('watching a tenant folder', () => {
  test('many writes are one report, of what changed and of nothing else', async () => {
    const root = await folderOnDisk(soundFolder)
    const ignored = join(root, 'data')
    await write(root, { 'data/dev.json': '{}', 'node_modules/a/index.js': '' })
    const { next, reports } = await watching(root, { ignored: [ignored], quietMs: 500 })
    await write(root, { 'data/dev.json': '[]', 'node_modules/a/index.js': '1', '.git/index': '1' })
    await write(root, { 'clients/billing.json': '{}' })
    await write(root, { 'clients/billing.json': '{ }', 'actions/enrich/code.js': '1' })
    expect(await next()).toEqual([join(root, 'actions/enrich/code.js'), join(root, 'clients/billing.json')])
    expect(reports).toEqual([])
  })

  test('changes that do not end are reported all the same', async () => {
    const root = await folderOnDisk({ 'tenant.json': {} })
    const { seen } = await watching(root, { quietMs: 2_000 })
    const writing = setInterval(() => write(root, { 'tenant.json': '{ }' }), 100)
    onTestFinished(() => clearInterval(writing))
    await seen(join(root, 'tenant.json'))
  })

  test('a file replaced by a rename is seen, and seen again', async () => {
    const root = await folderOnDisk(soundFolder)
    const { seen } = await watching(root)
    const file = join(root, 'clients/billing.json')
    for (const content of ['{"a": 1}', '{"a": 2}', '{"a": 3}']) {
      await write(root, { '../new.json': content })
      await rename(join(root, '../new.json'), file)
      await seen(file)
    }
  })

  test('folders and files that come and go are seen, the .env beside the folder too', async () => {
    const root = await folderOnDisk({ 'tenant.json': {} })
    const { seen } = await watching(root)
    await write(root, { 'clients/new.json': '{}' })
    await seen(join(root, 'clients/new.json'))
    await write(root, { '../.env': 'A=1' })
    await seen(join(root, '../.env'))
    await rm(join(root, 'clients/new.json'))
    await seen(join(root, 'clients/new.json'))
  })

  test('a YAML file is watched with the folder it stands in', async () => {
    const root = await folderOnDisk({ 'tenant.yaml': 'clients: []', 'code.js': '' })
    const { seen } = await watching(join(root, 'tenant.yaml'))
    await write(root, { 'code.js': '1' })
    await seen(join(root, 'code.js'))
  })
})
