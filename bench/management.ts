/**
 * Measures the Management API: what a call costs in CPU time of the server with 10 and with 100,000 clients, what it does to whoever waits for
 * a token meanwhile, and what a token costs among 100,000 clients. Prints figures, their ratios within this run, and conditions; asserts nothing.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ManagementClient } from '../src/compose.ts'
import { secretChanges } from '../src/deployment/client-secrets.ts'
import { newId } from '../src/domain/index.ts'
import { openClientSecretDigests, openSealer } from '../src/keys/index.ts'
import type { Change } from '../src/storage/index.ts'
import { openSqliteStore } from '../src/storage/sqlite/store.ts'
import { cpuMicroseconds, processTree, residentMiB } from './cpu.ts'
import { type Asked, load, openConnection } from './load.ts'
import { median } from './pool.ts'

const serverCore = '0'
const rounds = Number(process.argv[2] ?? 12)
const audience = 'https://orders.example.com'
/** Clients that ask for tokens: more than tokens a second, so that every one is signed anew. */
const asking = 2_000
const secretOf = (client_id: string) => `secret-of-${client_id}`

interface Running {
  readonly clients: number
  readonly pid: number
  readonly port: number
  readonly startMs: number
  readonly startCpuMs: number
  readonly management: ManagementClient
  readonly clientIds: readonly string[]
  /** The header that lets a call in. */
  bearer: string
  stop(): Promise<void>
}

/** What a server says of itself once it is ready. */
interface Ready {
  readonly managementClient: ManagementClient
  readonly startMs: number
  readonly startCpuMs: number
}

async function start(dataDir: string, port: number): Promise<Omit<Running, 'clients' | 'clientIds' | 'bearer'>> {
  const program = fileURLToPath(new URL('./management-server.ts', import.meta.url))
  const child: ChildProcess = spawn('taskset', ['-c', serverCore, process.execPath, program], {
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, HOST: '127.0.0.1', PORT: String(port) },
      ...{ DATA_DIR: dataDir, LOG_LEVEL: 'silent', RUNNER_HARDENING: 'off', MANAGEMENT_RATE_LIMIT_PER_SECOND: '0' },
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (message) => resolve(JSON.parse(JSON.stringify(message))))
    child.once('exit', () => reject(new Error('the server did not start')))
  })
  if (child.pid === undefined) throw new Error('the server has no process id')
  return {
    pid: child.pid,
    port,
    startMs: ready.startMs,
    startCpuMs: ready.startCpuMs,
    management: ready.managementClient,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

/** Fills a store that a server has laid out, as its management would have: clients of usual size, each with its secret and one grant. */
async function seed(dataDir: string, count: number): Promise<readonly string[]> {
  const sealer = openSealer(Buffer.from(readFileSync(join(dataDir, 'sealing.key'), 'utf8').trim(), 'base64url'))
  const digests = openClientSecretDigests(sealer.digestKey)
  const store = await openSqliteStore(join(dataDir, 'config.db'))
  const ports = { store, sealer, digests, clock: Date.now }
  const scopes = ['read:orders', 'write:orders', 'delete:orders']
  const api = { id: newId.resourceServer(randomBytes), identifier: audience, name: 'Orders', token_lifetime: 3600 }
  await store.resourceServers.create({ ...api, scopes: scopes.map((value) => ({ value })) })
  const ids = Array.from({ length: count }, () => newId.client(randomBytes))
  const metadata = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`key${index}`, 'x'.repeat(120)]))
  for (let first = 0; first < count; first += 2_000) {
    const changes: Change[] = []
    for (const [index, client_id] of ids.slice(first, first + 2_000).entries()) {
      const client = {
        client_id,
        name: `Client ${first + index}`,
        app_type: 'non_interactive',
        client_metadata: metadata,
      }
      changes.push({ kind: 'clients', create: { ...client, grant_types: ['client_credentials'] } })
      changes.push(...(await secretChanges(client_id, secretOf(client_id), undefined, ports)))
      const grant = { id: newId.clientGrant(randomBytes), client_id, audience, scope: scopes }
      changes.push({ kind: 'clientGrants', create: { ...grant, subject_type: 'client' } })
    }
    await store.commit(changes)
  }
  await store.close()
  return ids
}

async function open(folder: string, clients: number, port: number): Promise<Running> {
  const dataDir = join(folder, `data-${clients}`)
  await (await start(dataDir, port)).stop()
  const clientIds = await seed(dataDir, clients)
  const running = { ...(await start(dataDir, port)), clients, clientIds, bearer: '' }
  const { client_id, client_secret } = running.management
  const answer = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'client_credentials', client_id, client_secret, audience: running.management.audience },
    }),
  })
  const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
  return { ...running, bearer: `Authorization: Bearer ${access_token}\r\n` }
}

/** Requests of one kind, each about another client. */
function asks(
  running: Running,
  make: (client_id: string, turn: number) => Asked,
  among = Number.POSITIVE_INFINITY,
): () => Asked {
  const ids = running.clientIds.slice(0, among)
  let turn = 0
  return () => {
    turn += 1
    const asked = make(ids[(turn * 7_919) % ids.length] ?? '', turn)
    return asked.line === undefined ? asked : { ...asked, headers: running.bearer }
  }
}

const getOne = (client_id: string): Asked => ({ line: `GET /api/v2/clients/${client_id}`, body: '' })
// Both servers have that many: the global client and the one that manages are among them.
const getPage = (): Asked => ({ line: 'GET /api/v2/clients?page=0&per_page=10&include_totals=true', body: '' })
const patch = (client_id: string, turn: number): Asked => ({
  line: `PATCH /api/v2/clients/${client_id}`,
  body: JSON.stringify({ description: `turn ${turn}` }),
})
const token = (client_id: string): Asked => ({
  body: new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id, client_secret: secretOf(client_id), audience },
  }).toString(),
})

/** CPU microseconds of the server for each of so many requests. */
async function cost({ port, pid }: Running, next: () => Asked, count: number): Promise<number> {
  const read = () => processTree(pid).reduce((sum, each) => sum + cpuMicroseconds(each), 0)
  const before = read()
  await load(port, next, 8, count)
  return (read() - before) / count
}

/** Sends so many requests a second, whether or not the ones before are answered, for some seconds; resolves with their latencies, sorted. */
async function paced(port: number, next: () => Asked, perSecond: number, seconds: number): Promise<readonly number[]> {
  const idle = Array.from({ length: 16 }, () => openConnection(port))
  const all = [...idle]
  const answers: Promise<number>[] = []
  const begin = performance.now()
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.floor(((performance.now() - begin) / 1_000) * perSecond)
    for (; sent < due && sent < perSecond * seconds; sent += 1) {
      const connection = idle.pop() ?? openConnection(port)
      answers.push(connection.ask(next()).finally(() => idle.push(connection)))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const latencies = await Promise.all(answers)
  for (const connection of new Set([...all, ...idle])) connection.close()
  return latencies.toSorted((one, other) => one - other)
}

const line = (name: string, figure: string, bar: string) =>
  process.stdout.write(`${name.padEnd(58)} ${figure.padStart(26)}   ${bar}\n`)
const at = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN

execFileSync('taskset', ['-cp', cpus().length > 1 ? `1-${cpus().length - 1}` : '0', String(process.pid)], {
  stdio: 'ignore',
})
const folder = mkdtempSync(join(tmpdir(), 'symbolon-bench-'))
try {
  process.stdout.write(
    `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores; server on core ${serverCore}; ${rounds} samples of each, alternating; medians\n\n`,
  )
  const few = await open(folder, 10, 14_500)
  const many = await open(folder, 100_000, 14_501)
  line(
    'start to ready with 100,000 clients, on one core',
    `${many.startMs.toFixed(0)} ms, CPU ${many.startCpuMs.toFixed(0)} ms`,
    `with 10: CPU ${few.startCpuMs.toFixed(0)} ms`,
  )
  const [own = many.pid] = processTree(many.pid)
  line(
    'resident size with 100,000 clients',
    `${residentMiB(own).toFixed(0)} MiB`,
    `with 10: ${residentMiB(few.pid).toFixed(0)}`,
  )

  const calls: readonly (readonly [string, (client_id: string, turn: number) => Asked, number, string])[] = [
    ['GET one client', getOne, 300, 'bar 1000 µs'],
    ['GET a page of 10 with totals', getPage, 60, ''],
    ['PATCH a client, served when answered', patch, 60, ''],
  ]
  for (const [name, make, count, bar] of calls) {
    const costs = [few, many].map((running) => ({ running, next: asks(running, make), samples: Array.of<number>() }))
    for (const { running, next } of costs) await cost(running, next, count)
    for (let round = 0; round < rounds; round += 1)
      for (const each of costs) each.samples.push(await cost(each.running, each.next, count))
    const [small = Number.NaN, large = Number.NaN] = costs.map(({ samples }) => median(samples))
    line(
      name,
      `${small.toFixed(0)} µs, ${large.toFixed(0)} µs`,
      `with 10, with 100,000: ${(large / small).toFixed(2)} × ${bar}`,
    )
  }

  // As many clients ask on either side; only what lies beside them differs.
  const side = await open(folder, asking, 14_502)
  const tokens = [side, many].map((running) => ({
    running,
    next: asks(running, token, asking),
    samples: Array.of<number>(),
  }))
  for (const { running, next } of tokens) await cost(running, next, 2_000)
  for (let round = 0; round < rounds; round += 1)
    for (const each of tokens) each.samples.push(await cost(each.running, each.next, 500))
  const [small = Number.NaN, large = Number.NaN] = tokens.map(({ samples }) => median(samples))
  line(
    'RS256 token, no Action',
    `${small.toFixed(0)} µs, ${large.toFixed(0)} µs`,
    `among ${asking}, among 100,000: ${(large / small).toFixed(2)} ×, bar 1.1 ×`,
  )

  for (const running of [side, many]) {
    const name = running === side ? '2,000' : '100,000'
    const next = asks(running, token)
    const reads = asks(running, getOne)
    const pages = asks(running, getPage)
    const writes = asks(running, patch)
    // The first call loads what answers it, and keeps everyone waiting: told by itself.
    const first = openConnection(running.port)
    const firstMs = await first.ask(reads())
    first.close()
    for (const call of [reads, pages, writes]) await cost(running, call, 300)
    if (running === side) line('the first call of the Management API, once', `${firstMs.toFixed(0)} ms`, '')
    const alone: number[] = []
    const beside: number[] = []
    const written: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      alone.push(...(await paced(running.port, next, 200, 3)))
      const [reading] = await Promise.all([
        paced(running.port, next, 200, 3),
        paced(running.port, reads, 40, 3),
        paced(running.port, pages, 5, 3),
      ])
      beside.push(...reading)
      const [writing] = await Promise.all([
        paced(running.port, next, 200, 3),
        paced(running.port, reads, 40, 3),
        paced(running.port, pages, 5, 3),
        paced(running.port, writes, 2, 3),
      ])
      written.push(...writing)
    }
    const [quiet, reading, writing] = [alone, beside, written].map((all) => all.toSorted((one, other) => one - other))
    if (quiet === undefined || reading === undefined || writing === undefined) throw new Error('unreachable')
    const told = (sorted: readonly number[]) =>
      `p50 ${at(sorted, 0.5).toFixed(2)}, p99 ${at(sorted, 0.99).toFixed(2)} ms`
    const ratio = (sorted: readonly number[]) => `${(at(sorted, 0.99) / at(quiet, 0.99)).toFixed(2)} ×, bar 1.2 ×`
    line(`200 tokens a second, ${name} clients`, told(quiet), '')
    line('  beside 40 GETs and 5 pages a second', told(reading), ratio(reading))
    line('  and 2 PATCHes a second', told(writing), ratio(writing))
  }
  for (const running of [few, many, side]) await running.stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
