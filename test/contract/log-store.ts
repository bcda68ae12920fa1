import { describe, expect, onTestFinished, test } from 'vitest'
import { type ExecutionRecord, type LogCondition, type LogEvent, logId, logSequence } from '../../src/domain/index.ts'
import type { LogBatch, LogFindings, LogStore } from '../../src/storage/index.ts'

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

    contract('a search goes both ways, on after an entry, past some and up to a number', async (logs) => {
      for (const from of [1, 4, 5])
        await logs.append({ events: names(from, from === 4 ? 4 : from + 2).map(anEvent), executions: [] })
      const all = await logs.list({ limit: 20 })
      const told = all.map(({ description }) => description)
      const third = all[2]?.log_id ?? ''
      expect(described(await logs.search({ order: 'oldest', limit: 20 }))).toEqual(told)
      expect(described(await logs.search({ order: 'newest', limit: 20 }))).toEqual(told.toReversed())
      expect(described(await logs.search({ order: 'oldest', after: third, skip: 1, limit: 2 }))).toEqual(
        told.slice(4, 6),
      )
      expect(described(await logs.search({ order: 'newest', after: third, limit: 20 }))).toEqual(
        told.slice(3).reverse(),
      )
      const [first] = (await logs.search({ order: 'oldest', limit: 1 })).entries
      expect(first).toEqual(all[0])
      expect(await logs.search({ order: 'oldest', after: all.at(-1)?.log_id ?? '', limit: 5 })).toEqual({
        entries: [],
        isCut: false,
      })
      expect(await logs.search({ order: 'newest', limit: 0 })).toEqual({ entries: [], isCut: false })
    })

    contract('a search looks at each entry by itself, and says how far it looked', async (logs) => {
      const strange = { ...anEvent(`' OR 1=1 --"%_`), details: { note: 'event 3' } }
      await logs.append({ events: [...names(1, 6).map(anEvent), strange], executions: [] })
      await logs.append({ events: names(7, 9).map(anEvent), executions: [] })
      const entries = await logs.list({ limit: 20 })
      const find = (condition: LogCondition, limit = 9) => logs.search({ order: 'oldest', condition, limit })
      const text = (part: string): LogCondition => ({ kind: 'text', fields: [['description']], parts: [part] })
      expect(described(await find(text('event 3')))).toEqual(['event 3'])
      expect(described(await find(text(`' OR 1=1 --"%_`)))).toEqual([`' OR 1=1 --"%_`])
      expect(described(await find(text('%')))).toEqual([])
      expect(described(await find({ kind: 'not', of: text('event 3') }))).toHaveLength(9)
      const two = await find({ kind: 'any', of: [text('event 2'), text('event 5'), text('event 8')] }, 2)
      expect(two).toMatchObject({ through: entries[4]?.log_id, isCut: false })
      const none = await find(text('event 17'))
      expect(none).toEqual({ entries: [], through: entries.at(-1)?.log_id, isCut: false })
      const id = entries[8]?.log_id ?? ''
      const byId = await find({ kind: 'range', field: ['log_id'], min: { value: id, isIncluded: true } })
      expect(described(byId)).toEqual(['event 8', 'event 9'])
    })

    contract('a search by date finds what carries the date, whenever it was committed', async (logs) => {
      // An entry is dated before it is committed, here by days.
      const dates = ['1969-12-01T10:00:00.000Z', '1969-12-02T10:00:00.000Z', '1969-12-03T10:00:00.000Z']
      for (const [index, date] of dates.entries())
        await logs.append({ events: [{ ...anEvent(`event ${index + 1}`), date }], executions: [] })
      const condition: LogCondition = {
        kind: 'range',
        field: ['date'],
        min: { value: '1969-12-02T00:00:00.000Z', isIncluded: true },
      }
      for (const order of ['oldest', 'newest'] as const) {
        const found = await logs.search({ order, limit: 9, condition })
        expect(described(found).toSorted()).toEqual(['event 2', 'event 3'])
      }
    })

    contract('many searches at once each get their own', async (logs) => {
      await Promise.all(names(1, 2_000).map((text) => logs.append(aBatch(text))))
      const found = await Promise.all(
        names(1, 50).map((name) =>
          logs.search({
            order: 'newest',
            limit: 5,
            condition: { kind: 'text', fields: [['description']], parts: [name] },
          }),
        ),
      )
      expect(found.map(described)).toEqual(names(1, 50).map((name) => [name]))
    })

    contract('an entry is found by its log id, and by no other', async (logs) => {
      await logs.append({ events: names(1, 3).map(anEvent), executions: [] })
      await logs.append({ events: [], executions: [anExecution('alone')] })
      const entries = await logs.list({ limit: 9 })
      for (const entry of entries) expect(await logs.entry(entry.log_id)).toEqual(entry)
      expect(await logs.entry(logId(0, 2))).toBeUndefined()
      expect(await logs.entry((entries[2]?.log_id ?? '').replace(/3$/, '4'))).toBeUndefined()
      expect(await logs.entry('17')).toBeUndefined()
    })

    contract('a time leads to the entry before it', async (logs) => {
      expect(await logs.lastBefore(Number.POSITIVE_INFINITY)).toBeUndefined()
      await logs.append({ events: names(1, 3).map(anEvent), executions: [] })
      const entries = await logs.list({ limit: 9 })
      expect(await logs.lastBefore(0)).toBeUndefined()
      expect(await logs.lastBefore(Number.POSITIVE_INFINITY)).toBe(entries[2]?.log_id)
    })

    contract('entries are counted by day and type', async (logs) => {
      const on = (date: string, type: LogEvent['type']): LogEvent => ({ ...anEvent('x'), date, type })
      await logs.append({
        events: [on('2026-01-31T23:59:59.999Z', 'seccft'), on('2026-02-01T00:00:00.000Z', 'seccft')],
        executions: [],
      })
      await Promise.all(
        Array.from({ length: 20 }, () =>
          logs.append({ events: [on('2026-02-01T12:00:00.000Z', 'seccft')], executions: [] }),
        ),
      )
      await logs.append({ events: [on('2026-02-02T00:00:00.000Z', 'feccft')], executions: [] })
      expect(await logs.countByDay('seccft', '2026-01-01', '2026-12-31')).toEqual([
        { day: '2026-01-31', count: 1 },
        { day: '2026-02-01', count: 21 },
      ])
      expect(await logs.countByDay('feccft', '2026-02-02', '2026-02-02')).toEqual([{ day: '2026-02-02', count: 1 }])
      expect(await logs.countByDay('feccft', '2026-02-03', '2026-02-09')).toEqual([])
    })

    contract('whoever watches is told of entries, and of nothing else, until it stops', async (logs) => {
      let told = 0
      const stop = logs.watch(() => {
        told += 1
      })
      await logs.append(aBatch('event 1'))
      expect(told).toBe(1)
      await logs.append({ events: [], executions: [anExecution('alone')] })
      await logs.notePlace('reader', {})
      expect(told).toBe(1)
      stop()
      await logs.append(aBatch('event 2'))
      expect(told).toBe(1)
    })

    contract(
      'the place of a reader is kept over a restart, takes no place among the entries, and can be forgotten',
      async (logs, place) => {
        expect(await logs.place('one')).toBeUndefined()
        await logs.notePlace('one', { log_id: logId(0, 1) })
        await Promise.all([
          logs.append(aBatch('event 1')),
          logs.notePlace('one', { log_id: logId(0, 2), failing_since: '2026-01-01T00:00:00.000Z' }),
          logs.notePlace('two', {}),
        ])
        await logs.notePlace('two', undefined)
        await logs.close()
        const again = await place.open()
        onTestFinished(() => again.close())
        expect(await again.place('one')).toEqual({ log_id: logId(0, 2), failing_since: '2026-01-01T00:00:00.000Z' })
        expect(await again.place('two')).toBeUndefined()
        await again.append(aBatch('event 2'))
        expect((await again.list({ limit: 9 })).map(({ log_id }) => logSequence(log_id))).toEqual([1, 2])
      },
    )

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

function described({ entries }: LogFindings): readonly string[] {
  return entries.map(({ description }) => description)
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
