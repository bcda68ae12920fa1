import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logSequence } from '../../src/domain/index.ts'
import { openSqliteLogStore } from '../../src/storage/sqlite/log-store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { anEvent, names } from './log-store.ts'

describe('a log of layout 1', () => {
  test('is brought to layout 2: its entries stay, and are counted', async () => {
    const file = await layoutOne()
    const logs = await openSqliteLogStore({ ...calm, file })
    onTestFinished(() => logs.close())
    expect(await logs.countByDay('seccft', '2026-01-01', '2026-01-02')).toEqual([{ day: '2026-01-01', count: 5 }])
    await logs.append({ events: [anEvent('event 6')], executions: [] })
    const entries = await logs.list({ limit: 9 })
    expect(entries.map(({ description }) => description)).toEqual(names(1, 6))
    expect(entries.map(({ log_id }) => logSequence(log_id))).toEqual([1, 2, 3, 4, 5, 6])
    expect(await logs.countByDay('seccft', '2026-01-01', '2026-01-02')).toEqual([{ day: '2026-01-01', count: 6 }])
  })
})

describe('a search that reads as much as one may', () => {
  test('ends, says so, and can be gone on with', async () => {
    const file = join(await temporaryFolder(), 'logs.db')
    const logs = await openSqliteLogStore({ ...calm, file, searchCharacters: 1 })
    onTestFinished(() => logs.close())
    // Each its own commit: a search reads several in one step, and ends behind it.
    for (const name of names(1, 80)) await logs.append({ events: [anEvent(name)], executions: [] })
    const condition = { kind: 'text', fields: [['description']], parts: ['event 80'] } as const
    const seen: (string | undefined)[] = []
    let found = await logs.search({ order: 'oldest', limit: 1, condition })
    for (; found.isCut; found = await logs.search({ order: 'oldest', limit: 1, condition, after: found.through ?? '' }))
      seen.push(found.through)
    expect(seen.length).toBeGreaterThan(0)
    expect(found.entries.map(({ description }) => description)).toEqual(['event 80'])
    const newest = await logs.search({ order: 'newest', limit: 1, condition: { ...condition, parts: ['none'] } })
    expect(newest).toMatchObject({ entries: [], isCut: true })
  })
})

const calm = {
  durability: 'commit',
  clock: Date.now,
  onDefect: (error: Error) => {
    throw error
  },
} as const

/** A log as the first layout had it. */
async function layoutOne(): Promise<string> {
  const file = join(await temporaryFolder(), 'logs.db')
  const schema = await readFile(new URL('../../src/storage/sqlite/log-schema.sql', import.meta.url), 'utf8')
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.exec(schema)
  database.exec('DROP TABLE day_counts; DROP TABLE places')
  database.pragma(`application_id = ${0x53_79_6d_4c}`)
  database.pragma('user_version = 1')
  const insert = database.prepare('INSERT INTO commits VALUES (?, ?, ?, ?)')
  const lines = (from: number, to: number) =>
    names(from, to)
      .map((name) => `${JSON.stringify(anEvent(name))}\n`)
      .join('')
  insert.run(1, 1_000, lines(1, 3), '')
  insert.run(4, 2_000, lines(4, 5), '{"id":"run"}\n')
  database.close()
  return file
}
