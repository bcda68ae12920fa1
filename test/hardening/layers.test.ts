import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { chmod, chown, mkdtemp, writeFile } from 'node:fs/promises'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest'
import { hardeningUser, type LayerName } from '../../src/runner/hardening/hardening.ts'
import { isProcessor } from '../../src/runner/hardening/syscalls.ts'
import { buildPrograms } from '../../src/runner/index.ts'
import {
  openYardFolder,
  probeAs,
  removeFolder,
  runScript,
  type ScriptOptions,
  strangerUser,
  whyNoScripts,
  type Yard,
} from '../support/hardening.ts'
import { allAttempts, attempts, callNumbers, type Surroundings, scriptTools, uselessCalls } from './attempts.ts'

const isRoot = process.getuid?.() === 0
const ownUser = process.getuid?.() ?? -1
const cases = isRoot
  ? [
      { title: 'started as root, running as a user of its own', spawnedAs: undefined, runsAs: hardeningUser },
      { title: 'started by a user without rights', spawnedAs: strangerUser, runsAs: strangerUser },
    ]
  : [{ title: 'started by a user without rights', spawnedAs: undefined, runsAs: ownUser }]

describe.each(cases)('a hardened process, $title', ({ spawnedAs, runsAs }) => {
  let missing: string | undefined
  let yard: Yard
  let given: Surroundings & { readonly useless: readonly string[]; readonly ca: string }
  let victim: ChildProcess
  const servers: Server[] = []
  const folders: string[] = []
  let refused: Promise<Record<string, unknown>>

  beforeAll(async () => {
    missing = await whyNoScripts(runsAs)
    if (missing !== undefined) return
    const folder = await openYardFolder()
    folders.push(folder)
    const { launcher } = await buildPrograms(join(folder, 'programs'))
    const hardening = await probeAs(spawnedAs, folder, launcher)
    yard = { folder, hardening, runsAs, ...(spawnedAs === undefined ? {} : { uid: spawnedAs }) }
    const open = join(folder, 'open')
    await writeFile(join(open, 'file.txt'), 'kept')
    await chmod(join(open, 'file.txt'), 0o666)
    await writeFile(join(open, 'own.txt'), 'own')
    if (isRoot) await chown(join(open, 'own.txt'), runsAs, runsAs)
    const user = isRoot ? { uid: runsAs, gid: runsAs } : {}
    victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6); console.log("up")'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {},
      ...user,
    })
    await new Promise((resolve) => victim.stdout?.once('data', resolve))
    const socketFile = join(open, 'socket')
    const elsewhere = await mkdtemp(join(tmpdir(), 'symbolon-elsewhere-'))
    folders.push(elsewhere)
    await chmod(elsewhere, 0o777)
    const abstractSocket = `\0symbolon-test-${randomUUID()}`
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    const secure = createHttpsServer({ key, cert }, (_request, response) => response.end('hello'))
    const plain = () => createServer((socket) => socket.destroy())
    const listedPort = await listen(secure, { port: 0, host: '127.0.0.1' })
    const unlistedPort = await listen(plain(), { port: 0, host: '127.0.0.1' })
    await listen(plain(), { path: socketFile })
    await chmod(socketFile, 0o666)
    await listen(plain(), { path: abstractSocket })
    const processor = process.arch
    assert.ok(isProcessor(processor))
    given = {
      calls: callNumbers(processor),
      useless: uselessCalls,
      parent: process.pid,
      victim: victim.pid ?? 0,
      listedPort,
      unlistedPort,
      abstractSocket,
      socketFile,
      outside: join(elsewhere, 'written'),
      open,
      node: process.execPath,
      ca: cert,
    }
    refused = value(allAttempts, { connectPorts: [listedPort] })
  })

  afterAll(async () => {
    victim?.kill('SIGKILL')
    for (const server of servers) server.close()
    for (const folder of folders) await removeFolder(folder)
  })

  async function listen(server: Server, where: object): Promise<number> {
    servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, resolve)
    })
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async function value(body: string, options: ScriptOptions = {}): Promise<Record<string, unknown>> {
    const end = await runScript(yard, body, given, options)
    assert.equal(end.complaint, '', JSON.stringify(end))
    assert.ok(typeof end.value === 'object' && end.value !== null, JSON.stringify(end))
    assert.equal('failed' in end.value, false, JSON.stringify(end.value))
    return Object.fromEntries(Object.entries(end.value))
  }

  /** Skips, naming the layer, where the kernel has none of them. */
  function needs(context: TestContext, ...layers: readonly LayerName[]): void {
    context.skip(missing !== undefined, missing ?? '')
    for (const name of layers) {
      const layer = yard.hardening.layers[name]
      context.skip(!layer.active, layer.active ? '' : `${name}: ${layer.why}`)
    }
  }

  const kernelLayers = ['landlockFiles', 'landlockPorts', 'landlockSignals', 'seccomp'] as const

  test.for(attempts)('it cannot do this: it $name', async ({ name, refused: codes }, context) => {
    needs(context, ...kernelLayers)
    const ends = await refused
    assert.ok(
      codes.some((code) => code === ends[name]),
      `${name}: ${String(ends[name])}`,
    )
  })

  test('each of these goes through for the same user without the launcher', async (context) => {
    needs(context)
    const ends = await value(allAttempts, { bare: true })
    const stillRefused = attempts
      .filter((attempt) => attempt.alsoRefusedBare === undefined)
      .filter(({ name, refused: codes }) => codes.some((code) => code === ends[name]))
    assert.deepEqual(
      stillRefused.map(({ name }) => name).filter((name) => !mayBeMissing.has(name)),
      [],
    )
  })

  test('system calls that no JavaScript needs are refused to it', async (context) => {
    needs(context, 'seccomp')
    const { useless } = await refused
    assert.deepEqual(useless, Object.fromEntries(uselessCalls.map((name) => [name, -1])))
  })

  test('sockets of other families, and raw ones, are refused to it', async (context) => {
    needs(context, 'seccomp')
    const { families } = await refused
    assert.deepEqual(families, { 1: -1, 15: -1, 17: -1, 38: -1, 40: -1 })
    const raw = await value(`${scriptTools()}
      return { inet: made('socket', 2, 3, 1), inet6: made('socket', 10, 3, 58), audit: made('socket', 16, 3, 9) }`)
    assert.deepEqual(raw, { inet: -1, inet6: -1, audit: -1 })
  })

  test('a process cannot be forked from it', async (context) => {
    needs(context, 'seccomp')
    const end = await value(`${scriptTools()}
      const asFork = made('clone', 17, 0, 0, 0, 0)
      if (asFork === 0) process.exit(0)
      return { asFork, inNamespaces: made('clone', 0x10010000 | 0x100 | 0x800) }`)
    assert.deepEqual(end, { asFork: -1, inNamespaces: -1 })
  })

  test('its user, its groups and its capabilities are those of nobody else', async (context) => {
    needs(context, 'noNewPrivileges')
    const end = await value(`${scriptTools()}
      const capabilities = new Uint32Array(6)
      call(given.calls.capget, new Uint32Array([0x20080522, 0]), capabilities)
      return {
        users: [process.getuid(), process.geteuid(), process.getgid(), process.getegid()],
        groups: process.getgroups(),
        capabilities: [...capabilities],
        newPrivileges: made('prctl', 39),
        toRoot: code(() => process.setuid(0)),
      }`)
    assert.deepEqual(end, {
      users: [runsAs, runsAs, runsAs, runsAs],
      groups: isRoot ? [runsAs] : end.groups,
      capabilities: [0, 0, 0, 0, 0, 0],
      newPrivileges: 1,
      toRoot: 'EPERM',
    })
  })

  test('it leaves no core file, writes to no file it may hold, and cannot lift its limits', async (context) => {
    needs(context, 'resourceLimits')
    const end = await value(`${scriptTools()}
      const limit = (resource) => {
        const pair = new BigUint64Array(2)
        made('prlimit64', 0, resource, 0, pair)
        return Array.from(pair, String)
      }
      const lift = made('prlimit64', 0, 4, new BigUint64Array([1n, 1n]), 0)
      return { core: limit(4), fileSize: limit(1), descriptors: limit(7).map(Number), lift }`)
    assert.deepEqual({ ...end, descriptors: 0 }, { core: ['0', '0'], fileSize: ['0', '0'], descriptors: 0, lift: -1 })
    assert.ok(Array.isArray(end.descriptors) && end.descriptors.every((most) => most <= 4_096))
  })

  test('memory beyond its limit is refused to it', async (context) => {
    needs(context, 'resourceLimits')
    const fill = `
      const held = []
      try { while (held.length < 10) held.push(Buffer.alloc(32 * 2 ** 20, 1)) } catch (error) { return { held: held.length, error: error.name } }
      return { held: held.length }`
    const { held, error } = await value(fill, { dataBytes: 256 * 2 ** 20 })
    assert.equal(error, 'RangeError')
    assert.ok(typeof held === 'number' && held < 8, String(held))
    assert.deepEqual(await value(fill), { held: 10 })
  })

  test('of the descriptors of its server only the socket reaches it', async (context) => {
    needs(context)
    const secret = openSync('/etc/passwd', 'r')
    try {
      const descriptors = Array.from({ length: 60 }, () => secret)
      const readAll = `${scriptTools()}
        const readable = []
        for (let descriptor = 4; descriptor < 64; descriptor += 1) {
          if (code(() => { if (fs.readSync(descriptor, Buffer.alloc(8), 0, 8, 0) === 0) throw { code: 'empty' } }) === 'went through') readable.push(descriptor)
        }
        return { readable: readable.length }`
      assert.deepEqual(await value(readAll, { descriptors }), { readable: 0 })
      assert.deepEqual(await value(readAll, { descriptors, bare: true }), { readable: 60 })
    } finally {
      closeSync(secret)
    }
  })

  test('what Actions need works: its folder, names, TLS, fetch, timers, threads of the pool, the machine asked about', async (context) => {
    needs(context)
    const works = `
      const { promisify } = require('util')
      const crypto = require('crypto')
      const https = require('https')
      const os = require('os')
      require('tls').setDefaultCACertificates([given.ca])
      const url = 'https://localhost:' + given.listedPort
      const body = await new Promise((resolve, reject) => {
        const request = https.get(url, (response) => response.setEncoding('utf8').once('data', resolve))
        request.once('error', reject)
      })
      const lookup = await require('dns/promises').lookup('localhost', { family: 4 })
      const started = performance.now()
      await new Promise((resolve) => setTimeout(resolve, 5))
      const keys = await Promise.all(Array.from({ length: 6 }, () => promisify(crypto.pbkdf2)('a', 'b', 10, 8, 'sha256')))
      return {
        body,
        fetched: await (await fetch(url)).text(),
        address: lookup.address,
        waited: performance.now() - started > 4,
        own: require('fs').readFileSync(__filename, 'utf8').startsWith("'use strict'"),
        listed: require('fs').readdirSync(__dirname).includes('open'),
        keys: new Set(keys.map(String)).size,
        zipped: (await promisify(require('zlib').gzip)('text')).length > 0,
        memory: process.memoryUsage().rss > 0,
        machine: os.cpus().length > 0 && os.totalmem() > 0 && os.networkInterfaces().lo !== undefined,
        random: crypto.randomBytes(8).length,
        ownSignal: process.kill(process.pid, 0),
        zone: new Date(0).getHours(),
        env: Object.keys(process.env).sort(),
      }`
    assert.deepEqual(await value(works, { connectPorts: [given.listedPort] }), {
      body: 'hello',
      fetched: 'hello',
      address: '127.0.0.1',
      waited: true,
      own: true,
      listed: true,
      keys: 1,
      zipped: true,
      memory: true,
      machine: true,
      random: 8,
      ownSignal: true,
      zone: 0,
      env: ['NODE_ENV', 'TZ'],
    })
  })

  test('with every port open it still binds none; with none listed it has no internet socket at all', async (context) => {
    needs(context, 'landlockPorts', 'seccomp')
    const script = `${scriptTools()}
      return {
        connects: await connect({ port: given.unlistedPort }),
        binds: await listen({ port: 0, host: '127.0.0.1' }),
        datagrams: made('socket', 2, 2, 0) >= 0,
      }`
    assert.deepEqual(await value(script, { connectPorts: 'all' }), {
      connects: 'went through',
      binds: 'EACCES',
      datagrams: true,
    })
    assert.deepEqual(await value(script, { connectPorts: [] }), { connects: 'EPERM', binds: 'EPERM', datagrams: false })
  })
})

/** Attempts at what a machine may lack, or forbid to everyone: without the launcher they need not go through. */
const mayBeMissing: ReadonlySet<string> = new Set(['uses io_uring', 'opens multipath TCP, past the rules for ports'])
