import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BoundVersion } from '../../src/domain/index.ts'
import { type FixedEvent, type Invocation, SharedTriggerCache, type VaryingEvent } from '../../src/engine/index.ts'
import { buildPrograms, type PoolOptions, type Programs, RunnerPool } from '../../src/runner/index.ts'

/** An action's source, with its secrets where it has some. */
export type ActionSource = string | { readonly code: string; readonly secrets: Record<string, string> }

/** A pool over real processes, its actions given by their source. */
export interface OpenPool {
  readonly pool: RunnerPool
  readonly cache: SharedTriggerCache
  /** What the pool told its operator, in order: `spawn`, `end …`, `late …`, `defect …`. */
  readonly told: readonly string[]
  /** The versions of actions, in the order given. */
  bind(...sources: ActionSource[]): readonly BoundVersion[]
  close(): Promise<void>
}

let built: Promise<Programs> | undefined

/** Opens a pool of its own; the caller closes it. */
export async function openPool(
  overrides: Partial<PoolOptions> & { readonly limits?: PoolOptions['limits'] } = {},
): Promise<OpenPool> {
  const root = await mkdtemp(join(tmpdir(), 'symbolon-pool-'))
  // As the server's own: the user that actions run as passes through.
  await chmod(root, 0o711)
  built ??= buildPrograms(programsFolder())
  const programs = await built
  const cache = overrides.cache ?? new SharedTriggerCache()
  const told: string[] = []
  const contents = new Map<string, { code: string; secrets: Record<string, string> }>()
  const pool = new RunnerPool({
    root,
    program: programs.child,
    spawnerProgram: programs.spawner,
    isolation: 'trigger',
    maxProcesses: 1,
    limits: processLimits(),
    inFlight: 64,
    queue: 1_000,
    cache,
    clock: Date.now,
    graceMs: 2_000,
    content: async ({ version_id, action_name }) => {
      const content = contents.get(version_id)
      if (content === undefined) throw new Error(`no such version: ${version_id}`)
      return { version_id, action_name, ...content }
    },
    events: {
      onSpawn: () => told.push('spawn'),
      onEnd: (reason) => told.push(`end ${reason}`),
      onBreaker: (actions) => told.push(`breaker ${actions.join(', ')}`),
      onLate: (action, what) => told.push(`late ${action} ${what}`),
      onDefect: (error) => told.push(`defect ${error.message}`),
    },
    ...overrides,
  })
  let made = 0
  return {
    pool,
    cache,
    told,
    bind: (...sources) =>
      sources.map((source) => {
        made += 1
        const id = String(made)
        contents.set(`version-${id}`, typeof source === 'string' ? { code: source, secrets: {} } : source)
        return {
          binding_id: `binding-${id}`,
          action_id: `action-${id}`,
          action_name: `action ${id}`,
          version_id: `version-${id}`,
          number: 1,
        }
      }),
    close: async () => {
      pool.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** Where the helper programs of all tests lie: bundled once for one state of the sources, and for this checkout alone. */
export function programsFolder(): string {
  return fileURLToPath(new URL('../../node_modules/.cache/symbolon-programs', import.meta.url))
}

/** The limits of a process, as in production but for what is overridden. */
export function processLimits(overrides: Partial<PoolOptions['limits']> = {}): PoolOptions['limits'] {
  return { node: process.execPath, heapMiB: 128, memoryMiB: 256, stuckMs: 1_500, consoleCharacters: 256, ...overrides }
}

/** An action's source around the body of its handler. */
export function handler(body: string): string {
  return `exports.onExecuteCredentialsExchange = async (event, api) => {\n${body}\n}`
}

const fixed: FixedEvent = {
  client: { client_id: 'billing', name: 'Billing', metadata: { plan: 'gold' } },
  configuration: {},
  resource_server: { identifier: 'https://orders.example.com' },
  tenant: { id: 'example' },
}

/** One execution of versions; five seconds to run, scopes `read` and `write`. */
export function invocation(
  versions: readonly BoundVersion[],
  overrides: Partial<Invocation> & { readonly varying?: VaryingEvent } = {},
): Invocation {
  return {
    versions,
    fixed,
    varying: {
      request: { body: { grant_type: 'client_credentials' }, geoip: {}, ip: '127.0.0.1', method: 'POST' },
      requested_scopes: [],
      scopes: ['read', 'write'],
      system: false,
    },
    deadlineMs: 5_000,
    ...overrides,
  }
}
