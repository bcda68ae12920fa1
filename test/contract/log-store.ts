import { describe, expect, onTestFinished, test } from 'vitest'
import { type ExecutionRecord, type LogEvent, logId, logSequence } from '../../src/domain/index.ts'
import type { LogBatch, LogStore } from '../../src/storage/index.ts'

/** A log that can be closed and opened again. */
export interface LogPlace {
  open(): Promise<LogStore>
}

/** What every store of log events does. `place` gives a fresh, empty log. */
export function logStoreContract(name: string, place: () => Promise<LogPlace>): void {
  const contract = (sentence: string, body: (logs: LogStore, place: LogPlace) => Promise<void>): void =>
    test(sentence, async () => {
      const own = await place()
      const logs = await own.open()
      onTestFinished(() => logs.close())
      await body(logs, own)
    })

  describe(name, () => {
    contract('an entry comes back as it was appended, with its log id', async (logs) => {
      const event = { ...anEvent('one'), details: JSON.parse('{"__proto__":{"line":"a\\nb\\u2028"},"𝔘":[1.5,null]}') }
      await logs.append({ events: [event], executions: [] })
      const [entry] = await logs.list({ limit: 10 })
      expect(JSON.stringify(entry)).toBe(JSON.stringify({ ...event, log_id: entry?.log_id, _id: entry?._id }))
      expect(entry?._id).toBe(entry?.log_id)
      expect(logSequence(entry?.log_id ?? '')).toBe(1)
    })

    contract('an empty log has no entries', async (logs) => {
      expect(await logs.list({ limit: 10 })).toEqual([])
      expect(await logs.list({ newest: true, limit: 10 })).toEqual([])
      expect(await logs.execution('none')).toBeUndefined()
    })

    contract('entries are in the order they were appended, their ids in the same', async (logs) => {
      await Promise.all(names(1, 500).map((text) => logs.append(aBatch(text))))
      const entries = await logs.list({ limit: 1_000 })
      expect(entries.map(({ description }) => description)).toEqual(names(1, 500))
      const logIds = entries.map(({ log_id }) => log_id)
      expect(new Set(logIds).size).toBe(500)
      expect(logIds.toSorted()).toEqual(logIds)
    })

    contract('pages follow each other by log id, without a gap or a repeat, across group commits', async (logs) => {
      for (const from of [1, 8, 9])
        await Promise.all(names(from, from === 1 ? 7 : from).map((t) => logs.append(aBatch(t))))
      await logs.append({ events: names(10, 20).map(anEvent), executions: [] })
      const seen: string[] = []
      let after: string | undefined
      for (;;) {
        const page = await logs.list({ ...(after !== undefined && { after }), limit: 3 })
        if (page.length === 0) break
        seen.push(...page.map(({ description }) => description))
        after = page.at(-1)?.log_id
      }
      expect(seen).toEqual(names(1, 20))
    })

    contract('the newest come first when asked for', async (logs) => {
      await logs.append({ events: names(1, 5).map(anEvent), executions: [] })
      await logs.append({ events: names(6, 8).map(anEvent), executions: [] })
      const descriptions = async (query: Parameters<LogStore['list']>[0]) =>
        (await logs.list(query)).map(({ description }) => description)
      expect(await descriptions({ newest: true, limit: 4 })).toEqual(['event 8', 'event 7', 'event 6', 'event 5'])
      const [third] = await logs.list({ after: logId(0, 2), limit: 1 })
      expect(third?.description).toBe('event 3')
      expect(await descriptions({ newest: true, after: third?.log_id ?? '', limit: 9 })).toEqual([
        'event 8',
        'event 7',
        'event 6',
        'event 5',
        'event 4',
      ])
    })

    contract('a text that is no log id is refused', async (logs) => {
      await expect(logs.list({ after: '17', limit: 1 })).rejects.toThrow('"17" is not a log id')
    })

    contract('an execution is found by its id, among others of the same moment', async (logs) => {
      await Promise.all(names(1, 30).map((text) => logs.append({ events: [], executions: [anExecution(text)] })))
      expect(await logs.execution('event 17')).toEqual(anExecution('event 17'))
      expect(await logs.execution('event 31')).toBeUndefined()
    })

    contract('executions without an event take no place among the entries', async (logs) => {
      await logs.append(aBatch('event 1'))
      await logs.append({ events: [], executions: [anExecution('alone')] })
      await logs.append({ events: [], executions: [] })
      await logs.append(aBatch('event 2'))
      const entries = await logs.list({ limit: 9 })
      expect(entries.map(({ description }) => description)).toEqual(['event 1', 'event 2'])
      expect((await logs.list({ after: entries[0]?.log_id ?? '', limit: 9 })).length).toBe(1)
    })

    contract('a batch that is no JSON is refused by itself; those beside it are written', async (logs) => {
      const circular: Record<string, unknown> = {}
      circular.itself = circular
      const ends = await Promise.allSettled([
        logs.append(aBatch('event 1')),
        logs.append({ events: [anEvent('lost'), { ...anEvent('circular'), details: circular }], executions: [] }),
        logs.append(aBatch('event 2')),
      ])
      expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((await logs.list({ limit: 9 })).map(({ description }) => description)).toEqual(['event 1', 'event 2'])
    })

    contract('a log opened again has what it had, and goes on after it', async (logs, place) => {
      await logs.append({ events: names(1, 3).map(anEvent), executions: [anExecution('run')] })
      await logs.close()
      const again = await place.open()
      onTestFinished(() => again.close())
      await again.append(aBatch('event 4'))
      const entries = await again.list({ limit: 9 })
      expect(entries.map(({ description }) => description)).toEqual(names(1, 4))
      expect(entries.map(({ log_id }) => logSequence(log_id))).toEqual([1, 2, 3, 4])
      expect(await again.execution('run')).toEqual(anExecution('run'))
    })

    contract('closing writes what was appended before it, and refuses what comes after', async (logs, place) => {
      const appended = Promise.all(names(1, 100).map((text) => logs.append(aBatch(text))))
      const closed = logs.close()
      await expect(logs.append(aBatch('late'))).rejects.toThrow('closed')
      await appended
      await closed
      const again = await place.open()
      onTestFinished(() => again.close())
      expect((await again.list({ limit: 1_000 })).map(({ description }) => description)).toEqual(names(1, 100))
    })
  })
}

/** One event and its execution. */
export function aBatch(text: string): LogBatch {
  return { events: [anEvent(text)], executions: [anExecution(text)] }
}

/** A log event as a token leaves it, told apart by its description. */
export function anEvent(description: string): LogEvent {
  return {
    date: '2026-01-01T00:00:00.000Z',
    type: 'seccft',
    description,
    client_id: 'billing',
    client_name: 'Billing',
    ip: '127.0.0.1',
    client_ip: '127.0.0.1',
    user_agent: 'test',
    hostname: 'localhost',
    user_id: '',
    user_name: '',
    connection: '',
    connection_id: '',
    audience: 'https://orders.example.com',
    scope: 'read',
    tenant_name: 'example',
    environment_name: 'test',
    $event_schema: { version: '1.0.0' },
  }
}

/** `event FROM` to `event TO`. */
export function names(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `event ${from + index}`)
}

function anExecution(id: string): ExecutionRecord {
  return {
    id,
    trigger_id: 'credentials-exchange',
    status: 'final',
    results: [{ action_name: 'enrich', started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:00:00.001Z' }],
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.001Z',
  }
}
