import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BoundVersion } from '../src/domain/index.ts'
import { type FixedEvent, type Invocation, SharedTriggerCache } from '../src/engine/index.ts'
import { buildPrograms, type PoolOptions, RunnerPool, type VersionContent } from '../src/runner/index.ts'

const fixed: FixedEvent = {
  client: {
    client_id: 'billing',
    name: 'billing',
    metadata: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [i === 0 ? 'plan' : `key${i}`, 'x'.repeat(120)])),
  },
  configuration: {},
  resource_server: { identifier: 'https://orders.example.com' },
  tenant: { id: 'bench' },
}

/** One execution of the usual kind: an event of about 2.8 KB. */
export function invocation(versions: readonly BoundVersion[]): Invocation {
  return {
    versions,
    fixed,
    varying: {
      request: {
        body: {
          grant_type: 'client_credentials',
          client_id: 'billing',
          audience: 'https://orders.example.com',
          note: 'x'.repeat(1_200),
        },
        geoip: {},
        hostname: 'localhost',
        ip: '127.0.0.1',
        language: 'en',
        method: 'POST',
        user_agent: 'symbolon-bench',
      },
      requested_scopes: [],
      scopes: ['read:orders', 'write:orders', 'delete:orders'],
      system: false,
    },
    deadlineMs: 20_000,
  }
}

/** A pool over real processes for as long as a benchmark takes. */
export interface BenchPool {
  readonly pool: RunnerPool
  /** Makes actions known: a version of its own for each content. */
  bind(...contents: readonly Pick<VersionContent, 'code' | 'secrets' | 'bundle'>[]): readonly BoundVersion[]
  close(): void
}

/** Opens a pool; what it tells of lost processes goes to standard error unless overridden. */
export async function openPool(overrides: Partial<PoolOptions> = {}): Promise<BenchPool> {
  const root = mkdtempSync(join(tmpdir(), 'symbolon-bench-pool-'))
  const programs = await buildPrograms(root)
  const known = new Map<string, Pick<VersionContent, 'code' | 'secrets' | 'bundle'>>()
  const pool = new RunnerPool({
    root,
    program: programs.child,
    spawnerProgram: programs.spawner,
    isolation: 'trigger',
    maxProcesses: 1,
    limits: { node: process.execPath, heapMiB: 128, memoryMiB: 256, stuckMs: 1_500, consoleCharacters: 256 },
    inFlight: 64,
    queue: 1_000,
    cache: new SharedTriggerCache(),
    clock: Date.now,
    graceMs: 1_000,
    content: async ({ version_id, action_name }) => {
      const content = known.get(version_id)
      if (content === undefined) throw new Error(`no version ${version_id}`)
      return { version_id, action_name, ...content }
    },
    events: {
      onSpawn: () => undefined,
      onEnd: (reason) => process.stderr.write(`${reason}\n`),
      onBreaker: () => undefined,
      onLate: () => undefined,
      onDefect: (error) => process.stderr.write(`${error.stack}\n`),
    },
    ...overrides,
  })
  return {
    pool,
    bind: (...contents) =>
      contents.map((content) => {
        const id = String(known.size)
        known.set(id, content)
        return { binding_id: id, action_id: id, action_name: `action ${id}`, version_id: id, number: 1 }
      }),
    close: () => {
      pool.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** The middle of some figures. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Prints one figure beside its bar. */
export function line(name: string, figure: string, bar: string): void {
  process.stdout.write(`${name.padEnd(58)} ${figure.padStart(22)}   ${bar}\n`)
}
