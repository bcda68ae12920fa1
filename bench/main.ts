/**
 * Measures what a token costs: CPU time of the server and its runner together, as a ratio to raw RSA-2048 signatures on the same core,
 * measured before and after in the same run. Prints ratios and conditions; asserts nothing.
 */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { build } from '../scripts/build.ts'
import type { DevFile } from '../src/cli/dev-file.ts'
import { cpuMicroseconds, processTree, residentMiB } from './cpu.ts'
import { type Asked, load } from './load.ts'
import { median } from './pool.ts'
import { dpopHeader } from './proof.ts'
import { type BenchTenant, writeTenant } from './tenant.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const serverCore = '0'
const allCores = `0-${cpus().length - 1}`
const rounds = Number(process.argv[2] ?? 24)
// Samples are short and alternate, so that a machine whose speed drifts drifts alike for what is compared.
const exchangesASample = 600
const signaturesASample = 300
const inFlight = 32

interface RunningServer {
  readonly pid: number
  readonly port: number
  readonly next: () => Asked
  readonly startMs: number
  stop(): Promise<void>
}

/** Lays the package into a folder as it is published, built, and answers with its program: a clone would take the types off at every start. */
function layPackage(folder: string): string {
  build(join(folder, 'dist'))
  for (const part of ['bin', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'bin/symbolon.cjs')
}

/** The id of the one organization, which only the store knows. */
function organizationOf(dataDir: string): string {
  const database = new Database(join(dataDir, 'config.db'), { readonly: true })
  try {
    const body = database.prepare<[], string>("SELECT body FROM records WHERE kind = 'organizations'").pluck().get()
    const organization: { readonly id: string } = JSON.parse(body ?? '')
    return organization.id
  } finally {
    database.close()
  }
}

async function startServer(
  folder: string,
  dataDir: string,
  tenant: BenchTenant,
  port: number,
  cores: string,
): Promise<RunningServer> {
  const startedAt = performance.now()
  const child = spawn('taskset', ['-c', cores, process.execPath, program, 'dev', folder], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      TLS_PORT: String(port + 1_000),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      // As in production.
      RECORD_EVENTS: 'off',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  let hasEnded = false
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => {
    hasEnded = true
  })
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status === 200
  while (!(await isReady())) {
    if (hasEnded) throw new Error('the server did not start')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const startMs = performance.now() - startedAt
  const file: DevFile = JSON.parse(readFileSync(join(dataDir, 'dev.json'), 'utf8'))
  const { clients } = file
  const htu = `https://${file.domain}/oauth/token`
  const bodies = clients.map(({ client_id, client_secret, audiences }: (typeof clients)[number]) =>
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      audience: audiences[0] ?? '',
      ...(tenant.organization === true && { organization: organizationOf(dataDir) }),
    }).toString(),
  )
  let sent = 0
  if (child.pid === undefined) throw new Error('the server has no process id')
  return {
    pid: child.pid,
    port,
    startMs,
    // Another client each time: tokens that are alike within a second share a signature.
    next: () => {
      sent += 1
      const body = bodies[sent % bodies.length] ?? ''
      return tenant.dpop === true ? { body, headers: dpopHeader(htu) } : { body }
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** CPU microseconds a token, of the server and of its runner. */
async function tokenCost(
  server: RunningServer,
  count: number,
): Promise<{ readonly server: number; readonly runner: number }> {
  const [own, ...children] = processTree(server.pid)
  const read = () => ({
    server: cpuMicroseconds(own ?? server.pid),
    runner: children.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0),
  })
  const before = read()
  const { exchanges } = await load(server.port, server.next, inFlight, count)
  const after = read()
  return { server: (after.server - before.server) / exchanges, runner: (after.runner - before.runner) / exchanges }
}

interface RawSigner {
  sample(): Promise<number>
  stop(): void
}

async function startSigner(): Promise<RawSigner> {
  const script = join(root, 'bench/raw-signature.ts')
  const child = spawn('taskset', ['-c', serverCore, process.execPath, script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const message = () => new Promise<number>((resolve) => child.once('message', (value) => resolve(Number(value))))
  await message()
  return {
    sample: () => {
      const answer = message()
      child.send(signaturesASample)
      return answer
    },
    stop: () => child.kill(),
  }
}

const line = (name: string, figure: string, bar: string) =>
  process.stdout.write(`${name.padEnd(58)} ${figure.padStart(22)}   ${bar}\n`)

// The load comes from the other cores, so that it does not share the server's.
execFileSync('taskset', ['-cp', cpus().length > 1 ? `1-${cpus().length - 1}` : '0', String(process.pid)], {
  stdio: 'ignore',
})
const folder = mkdtempSync(join(tmpdir(), 'symbolon-bench-'))
const program = layPackage(join(folder, 'package'))
try {
  process.stdout.write(
    `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores; the package as published, server and runner on core ${serverCore}; ` +
      `${rounds} samples of ${exchangesASample} exchanges each, ${inFlight} in flight, alternating with raw signatures; medians (least to most)\n\n`,
  )
  const servers: RunningServer[] = []
  // More clients than tokens a second: every token is signed anew.
  const clients = 4_000
  const cases: readonly (BenchTenant & { readonly name: string; readonly bar: string })[] = [
    { name: 'RS256 token, no Action', actions: 0, clients, bar: 'bar 1.3 ×' },
    { name: 'RS256 token, 1 Action', actions: 1, clients, bar: 'bar 1.5 ×' },
    { name: 'RS256 token, 3 Actions', actions: 3, clients, bar: '' },
    { name: 'ES256 token, 1 Action', actions: 1, clients, signing_alg: 'ES256', bar: 'bar 0.65 ×' },
    { name: 'RS256 token, no Action, one client', actions: 0, clients: 1, bar: 'bar 0.5 ×' },
    { name: 'RS256 token, 1 Action, of an organization', actions: 1, clients, organization: true, bar: '' },
    { name: 'RS256 token, 1 Action, under a quota', actions: 1, clients, quota: true, bar: '' },
    { name: 'RS256 token, 1 Action, bound by DPoP', actions: 1, clients, dpop: true, bar: '' },
  ]
  for (const [index, tenant] of cases.entries()) {
    await writeTenant(join(folder, `tenant-${index}`), tenant)
    servers.push(
      await startServer(
        join(folder, `tenant-${index}`),
        join(folder, `data-${index}`),
        tenant,
        14_400 + index,
        serverCore,
      ),
    )
  }
  const signer = await startSigner()
  for (const server of servers) await tokenCost(server, 8_000)
  const raw: number[] = [await signer.sample()]
  const costs = cases.map(() => ({ server: Array.of<number>(), runner: Array.of<number>(), ratio: Array.of<number>() }))
  for (let round = 0; round < rounds; round++) {
    for (const [index, server] of servers.entries()) {
      const before = raw.at(-1) ?? Number.NaN
      const cost = await tokenCost(server, exchangesASample)
      const after = await signer.sample()
      raw.push(after)
      costs[index]?.server.push(cost.server)
      costs[index]?.runner.push(cost.runner)
      costs[index]?.ratio.push(((cost.server + cost.runner) * 2) / (before + after))
    }
  }
  signer.stop()
  line('one raw RSA-2048 signature', `${median(raw).toFixed(1)} µs`, '')
  for (const [index, { name, bar }] of cases.entries()) {
    const cost = costs[index]
    if (cost === undefined) continue
    const [least, most] = [Math.min(...cost.ratio), Math.max(...cost.ratio)].map((ratio) => ratio.toFixed(2))
    line(name, `${median(cost.ratio).toFixed(2)} × (${least}–${most})`, bar)
    line('', `${median(cost.server).toFixed(0)} + ${median(cost.runner).toFixed(0)} µs`, 'server + runner')
  }
  const further = (median(costs[2]?.ratio ?? []) - median(costs[1]?.ratio ?? [])) / 2
  line('each further Action', `${further.toFixed(3)} ×`, 'bar 0.08 ×')

  const [, one] = servers
  const [, few] = cases
  if (one === undefined || few === undefined) throw new Error('unreachable')
  const { latencies } = await load(one.port, one.next, 1, 2_000)
  line('one connection, one Action: p50', `${median(latencies).toFixed(2)} ms`, 'bar 0.7 ms')
  line('                            p99', `${(latencies[Math.floor(latencies.length * 0.99)] ?? 0).toFixed(2)} ms`, '')
  for (const server of servers) await server.stop()

  const small: BenchTenant = { actions: 1, clients: 10 }
  const smallFolder = join(folder, 'tenant-small')
  await writeTenant(smallFolder, small)
  const firstStart = await startServer(smallFolder, join(folder, 'data-small'), small, 14_399, allCores)
  line('first start to ready, all cores (keys made)', `${firstStart.startMs.toFixed(0)} ms`, 'bar 2000 ms')
  await firstStart.stop()
  const starts: number[] = []
  for (let i = 0; i < 5; i++) {
    const again = await startServer(smallFolder, join(folder, 'data-small'), small, 14_399, allCores)
    starts.push(again.startMs)
    if (i === 4) {
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      const [own, helper, ...children] = processTree(again.pid)
      const runners = children.map((pid) => `${residentMiB(pid).toFixed(0)}`).join(' + ')
      line(
        'idle resident size: server; runner + spare; helper',
        `${residentMiB(own ?? 0).toFixed(0)}; ${runners}; ${residentMiB(helper ?? 0).toFixed(0)} MiB`,
        'bar 150 with one runner',
      )
    }
    await again.stop()
  }
  line('start to ready on an existing store, all cores', `${median(starts).toFixed(0)} ms`, 'bar 500 ms')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
