import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitStatus } from '../../src/cli/exit.ts'
import { writeFreshFolder } from '../../src/cli/init.ts'
import { readTenantFolder } from '../../src/tenant-folder/index.ts'
import { imported, onlyIncluded, patienceMs } from '../sdk/auth0-deploy-cli/deploy.ts'
import { askForToken, freshFolder, startDev, symbolon } from '../support/dev-process.ts'
import { inFull, isFull } from '../support/in-full.ts'
import { startManagedServe } from '../support/managed-server.ts'

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

test('init writes a tenant folder to start from, keeps its secret out of Git, and says how to go on', async () => {
  const folder = join(await freshFolder(), 'tenant')
  const made = await symbolon(['init', folder])
  expect(made).toMatchObject({ exitCode: exitStatus.done, stderr: '' })
  expect(made.stdout).toContain('  symbolon test\n  symbolon try actions/describe-client\n  symbolon dev\n')
  const files = await filesOf(folder)
  for (const file of files) expect(made.stdout).toContain(`written  ${file}\n`)
  expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600)
  expect((await readFile(join(folder, '.gitignore'), 'utf8')).split('\n')).toContain('.env')
  const { errors, warnings } = await readTenantFolder(folder, { environment: {} })
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] })
})

for (const [language, ...option] of [['JavaScript'], ['TypeScript', '--typescript']])
  inFull(`what init writes in ${language} is tested, tried and served as it is`, async () => {
    const folder = join(await freshFolder(), 'tenant')
    await symbolon(['init', folder, ...option])
    const tested = await symbolon(['test', folder, '--json'])
    expect(JSON.parse(tested.stdout)).toMatchObject({ passed: 3, failed: 0, skipped: 0 })
    const tried = await symbolon(['try', join(folder, 'actions/describe-client'), '--json'])
    expect(JSON.parse(tried.stdout)).toMatchObject({ result: 'issued', dropped: [] })
    const server = await startDev(folder)
    const { clients } = await server.devFile()
    const answer = await askForToken(
      server.url,
      clients.find(({ name }) => name === 'nightly-report'),
    )
    expect(await answer.json()).toMatchObject({ scope: 'read:items' })
    expect(server.output()).not.toMatch(/warning: (?!Actions run as root)/)
  })

if (isFull)
  test(
    "auth0-deploy-cli imports what init writes, and the Action's secret by its keyword",
    async () => {
      const folder = join(await freshFolder(), 'tenant')
      await symbolon(['init', folder])
      const server = await startManagedServe({}, { longestMs: patienceMs })
      await imported(server, folder, { ...onlyIncluded, AUTH0_KEYWORD_REPLACE_MAPPINGS: '{"REFERENCE_KEY":"k"}' })
      const bound = await server.manage('GET', '/actions/triggers/credentials-exchange/bindings')
      expect(bound).toMatchObject({ bindings: [{ action: { name: 'describe-client' } }] })
      const listed = await server.manage('GET', '/actions/actions?actionName=describe-client')
      expect(listed).toMatchObject({ actions: [{ all_changes_deployed: true, secrets: [{ name: 'REFERENCE_KEY' }] }] })
    },
    patienceMs,
  )

test('init writes nothing where one of its files is there, and names all that are', async () => {
  const folder = await freshFolder()
  await mkdir(join(folder, 'clients'))
  await writeFile(join(folder, 'README.md'), 'mine')
  await writeFile(join(folder, 'clients/order-worker.json'), '{}')
  const refused = writeFreshFolder(folder, {})
  await expect(refused).rejects.toThrow(
    `${folder} holds README.md, clients/order-worker.json already, and nothing was written: give a new folder, or move them away`,
  )
  expect(await filesOf(folder)).toEqual(['README.md', 'clients/order-worker.json'])
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('mine')

  const yaml = await freshFolder()
  await writeFile(join(yaml, 'tenant.yaml'), '')
  await expect(writeFreshFolder(yaml, {})).rejects.toThrow('holds tenant.yaml already')
  await expect(writeFreshFolder(join(folder, 'README.md'), {})).rejects.toThrow('is a file: give a folder')
  await expect(writeFreshFolder(join(folder, 'README.md/deeper'), {})).rejects.toThrow('cannot be written (ENOTDIR)')
  await expect(writeFreshFolder(folder, { typescript: true, fromHook: 'h.js' })).rejects.toThrow(
    'leave out --typescript',
  )
  await expect(writeFreshFolder(yaml, { fromHook: join(yaml, 'absent.js') })).rejects.toThrow('cannot be read (ENOENT)')
})

test('a Hook becomes the Action of a new tenant, or one more of a tenant that is there', async () => {
  const folder = await freshFolder()
  const hook = join(folder, 'add claims.js')
  await writeFile(
    hook,
    `const axios = require('axios')
module.exports = (client, scope, audience, context, cb) => cb(null, { scope, key: context.webtask.secrets.API_KEY })\n`,
  )
  const tenant = join(folder, 'tenant')
  const report = await writeFreshFolder(tenant, { fromHook: hook })
  expect(report).toMatchObject({ action: 'add-claims', warnings: [expect.stringContaining('requires axios')] })
  expect(await filesOf(tenant)).toEqual(report.files)
  expect(await readFile(join(tenant, '.env.example'), 'utf8')).toContain('API_KEY=\n')
  expect(await filesOf(tenant)).not.toContain('.env')
  const { errors, actions } = await readTenantFolder(tenant, { environment: { API_KEY: 'k' } })
  expect(errors).toEqual([])
  expect(actions).toMatchObject([
    {
      name: 'add-claims',
      code: expect.stringContaining(await readFile(hook, 'utf8')),
      dependencies: [{ name: 'axios', version: 'latest' }],
      secrets: [{ name: 'API_KEY', value: 'k' }],
    },
  ])

  const other = join(folder, 'other')
  await mkdir(join(other, 'actions'), { recursive: true })
  await writeFile(join(other, 'tenant.json'), '{}')
  const { next } = await writeFreshFolder(other, { fromHook: hook })
  expect(next).toContainEqual(expect.stringContaining('"action_name":"add-claims"'))
  expect(await filesOf(other)).toEqual([
    'actions/add-claims.json',
    'actions/add-claims/cases/add-claims.yaml',
    'actions/add-claims/code.js',
    'tenant.json',
  ])
})
