import { randomBytes } from 'node:crypto'
import { chmod } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freshFolder } from '../../support/dev-process.ts'
import { startManagedServe } from '../../support/managed-server.ts'
import { openRegistry } from '../../support/registry.ts'
import { supported_triggers } from './given-action.ts'

/** A registry that takes every question and answers none, and tells when the first one comes. */
async function silentRegistry(): Promise<{ readonly url: string; readonly asked: Promise<void> }> {
  let tell = () => {}
  const asked = new Promise<void>((resolve) => {
    tell = resolve
  })
  const server = createServer(() => tell())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/`, asked }
}

test('a build that the end of the server broke off is taken up when it starts again', async () => {
  const root = await freshFolder()
  await chmod(root, 0o711)
  const kept = { DATA_DIR: join(root, 'data'), SEALING_KEY: randomBytes(32).toString('base64') }
  const silent = await silentRegistry()
  const first = await startManagedServe({ ...kept, ACTIONS_REGISTRY: silent.url })
  const dependencies = [{ name: 'small', version: '1.0.0' }]
  await first.manage('POST', '/actions/actions', { name: 'cut off', supported_triggers, dependencies })
  await silent.asked
  await first.stop()

  const registry = await openRegistry([{ name: 'small', version: '1.0.0', files: { 'index.js': '' } }])
  onTestFinished(() => registry.close())
  const second = await startManagedServe({ ...kept, ACTIONS_REGISTRY: registry.url })
  const list = () => second.manage('GET', '/actions/actions')
  await expect.poll(list, { timeout: 20_000 }).toMatchObject({ actions: [{ name: 'cut off', status: 'built' }] })
})
