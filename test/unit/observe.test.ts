import { describe, expect, test } from 'vitest'
import { createObserver } from '../../src/observe.ts'

function observed(level: 'info' | 'silent') {
  const lines: string[] = []
  const observer = createObserver({ level, destination: { write: (text) => void lines.push(text) } })
  return { observer, lines }
}

describe("the server's own log", () => {
  test('writes one JSON line an event, from its level on', () => {
    const { observer, lines } = observed('info')
    observer.log.debug('not shown')
    observer.log.info({ port: 4400 }, 'listening')
    expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ port: 4400, msg: 'listening' })])
  })

  test('carries a defect with its cause', () => {
    const { observer, lines } = observed('info')
    observer.log.error({ err: new Error('the store is gone', { cause: new Error('disk full') }) }, 'defect')
    expect(lines.join('')).toContain('the store is gone: disk full')
  })

  test('lets lines for people through as they are, in order, whatever the level', () => {
    const { observer, lines } = observed('silent')
    observer.log.error('not shown')
    observer.print('http://localhost:4400')
    observer.print('')
    expect(lines).toEqual(['http://localhost:4400\n', '\n'])
  })
})

describe('the counters', () => {
  test('begin at zero, so that a scrape knows them before anything happened', async () => {
    const { observer } = observed('silent')
    const text = (await observer.metrics()).text
    for (const result of ['granted', 'denied', 'refused', 'failed']) {
      expect(text).toContain(`symbolon_exchanges_total{result="${result}"} 0`)
    }
    expect(text).toContain('symbolon_runner_spawned_total 0')
  })

  test('are read at each scrape, and never added twice', async () => {
    const { observer } = observed('silent')
    observer.counters.exchanges.granted += 2
    observer.counters.exchanges.refused += 1
    observer.counters.runner.killed += 1
    observer.counters.logs.failedBatches += 1
    await observer.metrics()
    observer.counters.exchanges.granted += 1
    const text = (await observer.metrics()).text
    expect(text).toContain('symbolon_exchanges_total{result="granted"} 3')
    expect(text).toContain('symbolon_exchanges_total{result="refused"} 1')
    expect(text).toContain('symbolon_runner_killed_total 1')
    expect(text).toContain('symbolon_log_failed_batches_total 1')
    expect((await observer.metrics()).type).toContain('version=0.0.4')
  })

  test('of two servers in one process are two', async () => {
    const [one, other] = [observed('silent').observer, observed('silent').observer]
    one.counters.exchanges.granted += 1
    expect((await other.metrics()).text).toContain('symbolon_exchanges_total{result="granted"} 0')
  })
})
