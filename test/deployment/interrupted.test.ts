import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DraftBuilds, demandAction, deployAction } from '../../src/deployment/index.ts'
import { openSqliteStore } from '../../src/storage/sqlite/store.ts'
import { openRegistry } from '../support/registry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openDeployment } from './given.ts'
import { openSecretsOf } from './open-secrets.ts'

describe('a server that is killed in the middle of a build', () => {
  test('finds the draft whole when it starts again: pending, and built when it is asked for', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'config.db')
    const silent = createServer()
    const asked = once(silent, 'request')
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => {
      silent.closeAllConnections()
      silent.close()
    })
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const program = fileURLToPath(new URL('interrupted/server.ts', import.meta.url))
    const server = spawn(process.execPath, [program, file, `http://127.0.0.1:${port}/`], {
      stdio: 'ignore',
      // It cannot clear up after itself.
      env: { ...process.env, TMPDIR: folder },
    })
    onTestFinished(() => {
      server.kill('SIGKILL')
    })
    const ended = once(server, 'exit')
    await Promise.race([asked, ended])
    // Its npm holds this connection: it ends with its server, or it would be an orphan.
    const connections = () => new Promise<number>((resolve) => silent.getConnections((_error, count) => resolve(count)))
    expect(await connections()).toBeGreaterThan(0)
    server.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    await expect.poll(connections, { timeout: 10_000 }).toBe(0)

    const registry = await openRegistry([
      { name: 'small', version: '1.0.0', files: { 'index.js': 'module.exports = 1' } },
    ])
    onTestFinished(() => registry.close())
    const deployment = await openDeployment(() => openSqliteStore(file), registry.url)
    const [left] = await deployment.store.actions.list()
    expect(left).toMatchObject({ name: 'cut off', status: 'building' })
    const id = left?.id ?? ''
    await expect(deployAction(id, deployment)).rejects.toThrow("must be in the 'built' state")

    const builds = new DraftBuilds(deployment)
    expect(await builds.recover()).toMatchObject([{ name: 'cut off' }])
    expect(await demandAction(id, deployment.store)).toMatchObject({ status: 'pending', errors: [] })
    expect(await builds.recover()).toEqual([])
    expect(await builds.build(id)).toMatchObject({ status: 'built', errors: [] })
    const version = await deployAction(id, deployment)
    expect(version).toMatchObject({ number: 1, dependencies: [{ name: 'small', version: '1.0.0' }] })
    expect(openSecretsOf(version, deployment)).toEqual({ KEY: 'pepper' })
  })
})
