import { type DestinationStream, destination as fileDestination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Registry } from 'prom-client'

/** Least severity of the lines that are written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** How an exchange ended: a token, an action's denial, a refusal by the rules, or a failure of ours or of an action. */
export type ExchangeResult = 'granted' | 'denied' | 'refused' | 'failed'

/** What is counted, as plain numbers: whoever sees it happen adds one. They only grow. */
export interface Counters {
  readonly exchanges: Record<ExchangeResult, number>
  readonly runner: { spawned: number; killed: number }
  readonly logs: { failedBatches: number }
}

/** What the server tells its operator. */
export interface Observer {
  /** The server's own events, one JSON line each. Never one line a token, never a secret. */
  readonly log: Logger
  readonly counters: Counters
  /** Writes a line for people, as it stands: for commands that talk to a terminal. */
  print(line: string): void
  /** The counters in Prometheus' text format, and its content type. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>
}

/** What an observer writes, and where. */
export interface ObserverOptions {
  readonly level: LogLevel
  /** Where lines go, in order; standard output when absent. */
  readonly destination?: DestinationStream
  /** Told, once, that nobody reads standard output any more: what is written from then on is dropped. */
  readonly onReaderGone?: () => void
}

/** Makes the observer of one server. It is the only writer to standard output. */
export function createObserver({ level, onReaderGone, ...given }: ObserverOptions): Observer {
  const destination = given.destination ?? standardOutput(onReaderGone)
  const counters: Counters = {
    exchanges: { granted: 0, denied: 0, refused: 0, failed: 0 },
    runner: { spawned: 0, killed: 0 },
    logs: { failedBatches: 0 },
  }
  let registry: Promise<Registry> | undefined
  return {
    log: pino({ level, timestamp: stdTimeFunctions.isoTime }, destination),
    counters,
    print: (line) => destination.write(`${line}\n`),
    metrics: async () => {
      // Loaded at the first scrape: a start that nobody scrapes does without it.
      registry ??= registryOf(counters)
      const known = await registry
      return { type: known.contentType, text: await known.metrics() }
    },
  }
}

function standardOutput(onReaderGone?: () => void): DestinationStream {
  const stream = fileDestination(1)
  if (onReaderGone === undefined) return stream
  // pino itself drops what is written to a closed pipe, without a word.
  return stream.on('error', (error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
    onReaderGone()
  })
}

/** Counters that are read at scrape: counting costs an addition, and nothing is formatted until somebody asks. */
async function registryOf({ exchanges, runner, logs }: Counters): Promise<Registry> {
  const { Counter, Registry } = await import('prom-client')
  const registry = new Registry()
  const registers = [registry]
  new Counter({
    name: 'symbolon_exchanges_total',
    help: 'Token requests answered, by result.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset()
      for (const [result, count] of Object.entries(exchanges)) this.inc({ result }, count)
    },
  })
  const plain = (name: string, help: string, count: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(count())
      },
    })
  }
  plain('symbolon_runner_spawned_total', 'Processes started to run actions.', () => runner.spawned)
  plain('symbolon_runner_killed_total', 'Processes that ran actions and were killed or died.', () => runner.killed)
  plain(
    'symbolon_log_failed_batches_total',
    'Tenant log batches that could not be committed.',
    () => logs.failedBatches,
  )
  return registry
}
