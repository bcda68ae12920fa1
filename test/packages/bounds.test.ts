import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openBundler, trialProgram } from '../support/bundler.ts'
import { openRegistry } from '../support/registry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { action, openPackagePool, runActions } from './run-action.ts'

const request = { code: '', dependencies: [{ name: 'lodash', version: '' }], runtime: 'node22' }

/** A registry that takes a request and never answers it. */
async function openSilence(): Promise<{ readonly url: string; readonly asked: Promise<IncomingMessage> }> {
  const server = createServer()
  const asked = new Promise<IncomingMessage>((resolve) => server.on('request', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/`, asked }
}

/** Processes whose command line or folder names a path; empty where there is no /proc. */
function processesOf(path: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return (
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path) ||
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(path)
      )
    } catch {
      // It has ended meanwhile.
      return false
    }
  })
}

test('a build is killed at its deadline, with all it started and all it laid', async ({ skip }) => {
  if (process.platform !== 'linux') return skip('processes are looked up in /proc')
  const silence = await openSilence()
  const opened = await openBundler(silence.url, { deadlineMs: 4_000 })
  onTestFinished(opened.close)
  const building = opened.bundler.build(request)
  await silence.asked
  expect(processesOf(opened.scratch).length).toBeGreaterThanOrEqual(2)
  const built = await building
  expect(built).toMatchObject({
    status: 'failed',
    errors: [{ id: 'build_timed_out', msg: expect.stringContaining('4000 ms') }],
  })
  await expect.poll(() => processesOf(opened.scratch)).toEqual([])
  expect((await readdir(opened.scratch)).filter((name) => name.startsWith('build-'))).toEqual([])
  expect(await readdir(opened.root)).toEqual([])
})

test('a bundler that is closed ends the build under way, and those that wait, as failed', async () => {
  const silence = await openSilence()
  const opened = await openBundler(silence.url)
  onTestFinished(opened.close)
  const builds = ['1', '2'].map((code) => opened.bundler.build({ ...request, code }))
  await silence.asked
  await opened.bundler.close()
  for (const built of await Promise.all(builds)) {
    expect(built).toMatchObject({ status: 'failed', errors: [{ id: 'server_stopped' }] })
  }
})

test('npm sees nothing of the environment of the server, and sends no credential of it', async ({ skip }) => {
  if (process.platform !== 'linux') return skip('the environment of processes is read in /proc')
  const silence = await openSilence()
  const home = await temporaryFolder()
  await writeFile(join(home, '.npmrc'), `${silence.url.replace('http:', '')}:_authToken=canary-of-npmrc\n`)
  const { HOME } = process.env
  const canaries = {
    HOME: home,
    SYMBOLON_CANARY: 'canary',
    NPM_TOKEN: 'canary',
    npm_config__auth: 'canary',
    NODE_OPTIONS: '--title=canary',
  }
  Object.assign(process.env, canaries)
  onTestFinished(() => {
    for (const name of Object.keys(canaries)) delete process.env[name]
    if (HOME !== undefined) process.env.HOME = HOME
  })
  const opened = await openBundler(silence.url)
  onTestFinished(opened.close)
  const building = opened.bundler.build(request)
  const { headers } = await silence.asked
  expect(JSON.stringify(headers)).not.toContain('canary')
  expect(headers.authorization).toBeUndefined()
  const pids = processesOf(opened.scratch)
  expect(pids.length).toBeGreaterThanOrEqual(2)
  for (const pid of pids) expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('canary')
  await opened.bundler.close()
  await building
})

test('without a registry given, the one that npm is configured with is asked', async () => {
  const registry = await openRegistry([{ name: 'only-here', version: '1.0.0', files: { 'index.js': '' } }])
  onTestFinished(registry.close)
  const before = process.env.npm_config_registry
  process.env.npm_config_registry = registry.url
  onTestFinished(() => {
    if (before === undefined) delete process.env.npm_config_registry
    else process.env.npm_config_registry = before
  })
  const opened = await openBundler(undefined)
  onTestFinished(opened.close)
  const built = await opened.bundler.build({ ...request, dependencies: [{ name: 'only-here', version: '' }] })
  expect(built).toMatchObject({ status: 'built', dependencies: [{ name: 'only-here', version: '1.0.0' }] })
})

test('a build that ends with its server leaves no folder to the next one', async () => {
  const registry = await openRegistry()
  onTestFinished(registry.close)
  const opened = await openBundler(registry.url)
  onTestFinished(opened.close)
  const { mkdir } = await import('node:fs/promises')
  await mkdir(join(opened.scratch, 'build-left-by-a-crash'))
  const { openNpmBundler } = await import('../../src/deployment/index.ts')
  const { root, scratch } = opened
  const trial = await trialProgram()
  const options = {
    root,
    scratch,
    trial,
    node: process.execPath,
    heapMiB: 128,
    deadlineMs: 1,
    treeBytes: 1,
    clock: Date.now,
  }
  await (await openNpmBundler(options)).close()
  expect(await readdir(scratch)).toEqual([])
})

test('a build ends with its server, however that ends', async ({ skip }) => {
  if (process.platform !== 'linux') return skip('processes are looked up in /proc')
  const silence = await openSilence()
  const folder = await temporaryFolder()
  const options = {
    root: join(folder, 'root'),
    scratch: join(folder, 'scratch'),
    registry: silence.url,
    trial: '',
    node: process.execPath,
    heapMiB: 128,
    deadlineMs: 60_000,
    treeBytes: 1,
  }
  const door = new URL('../../src/deployment/index.ts', import.meta.url).href
  const server = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { openNpmBundler } from ${JSON.stringify(door)}
const bundler = await openNpmBundler({ ...${JSON.stringify(options)}, clock: Date.now })
await bundler.build(${JSON.stringify(request)})`,
  ])
  onTestFinished(() => void server.kill('SIGKILL'))
  await silence.asked
  expect(processesOf(join(folder, 'scratch')).length).toBeGreaterThanOrEqual(2)
  server.kill('SIGKILL')
  await expect.poll(() => processesOf(join(folder, 'scratch')), { timeout: 10_000 }).toEqual([])
})

test('the code cache is taken by the processes that run actions', { timeout: 60_000 }, async ({ skip }) => {
  if (process.platform !== 'linux') return skip('the flags of processes are read in /proc')
  const registry = await openRegistry()
  onTestFinished(registry.close)
  const opened = await openBundler(registry.url)
  onTestFinished(opened.close)
  const built = await opened.bundler.build(request)
  if (built.status === 'failed' || built.bundle === undefined) throw new Error(JSON.stringify(built))
  const pool = await openPackagePool()
  onTestFinished(pool.close)
  await runActions(pool, opened, { code: action(`require('lodash')`, ''), bundle: built.bundle })
  const [pid] = pool.pool.pids
  const flags = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .filter((flag) => flag.startsWith('--'))
  expect(flags).toContain('--permission')
  const folder = join(opened.root, built.bundle.hash)
  const program = join(folder, 'trial.cjs')
  await writeFile(program, await trialProgram())
  // The trial says whether V8 took the cache; an action has no way to tell.
  const input = JSON.stringify({ tag: 'tag', folder, specifiers: ['lodash'], outOf: 'bundle' })
  const args = [...flags, `--allow-fs-read=${folder}/`, program]
  const { output } = spawnSync(process.execPath, args, {
    input,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    maxBuffer: 100_000_000,
  })
  const answer = String(output[3])
  expect(answer).toContain('{"specifier":"lodash","error":null}')
  expect(answer).toContain('{"cachedDataRejected":false}')
})
