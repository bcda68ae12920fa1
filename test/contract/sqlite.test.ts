import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type LogStoreOptions, openSqliteLogStore } from '../../src/storage/sqlite/log-store.ts'
import { openSqliteStore } from '../../src/storage/sqlite/store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aBatch, logStoreContract, names } from './log-store.ts'
import { aClient } from './records.ts'
import { storeContract } from './store.ts'

storeContract('the store in SQLite', async () => openSqliteStore(await temporaryFile()))

for (const durability of ['commit', 'fsync'] as const) {
  logStoreContract(`the log in SQLite, durability ${durability}`, async () => {
    const file = await temporaryFile()
    return { open: () => openSqliteLogStore({ ...calm, file, durability }) }
  })
}

describe('the store in SQLite, opened again', () => {
  test('has every record, its order, revision and unique values', async () => {
    const file = await temporaryFile()
    const first = await openSqliteStore(file)
    for (const id of ['b', 'a']) await first.organizations.create({ id, name: id })
    await first.organizations.update('b', 1, { display_name: 'B' })
    const revision = await first.revision()
    await first.close()
    const again = await openSqliteStore(file)
    onTestFinished(() => again.close())
    expect(await again.organizations.list()).toEqual([
      { id: 'b', name: 'b', display_name: 'B', revision: 2 },
      { id: 'a', name: 'a', revision: 1 },
    ])
    expect(await again.revision()).toBe(revision)
    await expect(again.organizations.create({ id: 'c', name: 'a' })).rejects.toThrow('exists already')
  })

  test('takes an empty file for a new one', async () => {
    const file = await temporaryFile()
    await writeFile(file, '')
    const store = await openSqliteStore(file)
    onTestFinished(() => store.close())
    expect(await store.clients.list()).toEqual([])
  })

  test('is readable by its owner alone', async () => {
    const file = await temporaryFile()
    const store = await openSqliteStore(file)
    onTestFinished(() => store.close())
    await store.clients.create(aClient('billing'))
    for (const name of await readdir(dirname(file))) {
      expect((await stat(join(dirname(file), name))).mode & 0o777).toBe(0o600)
    }
  })

  test('finds the last page among many records without reading the pages before it', async () => {
    const file = await temporaryFile()
    const store = await openSqliteStore(file)
    onTestFinished(() => store.close())
    const clients = names(1, 3_000).map(aClient)
    await store.commit(clients.map((create) => ({ kind: 'clients', create })))
    const page = await store.clients.list({ after: 'event 2990', limit: 50 })
    expect(page.map(({ client_id }) => client_id)).toEqual(names(2_991, 3_000))
    const plan = inspect(file)
      .prepare<[], { readonly detail: string }>(
        `EXPLAIN QUERY PLAN SELECT body FROM records WHERE kind = 'clients' AND position > 2990 ORDER BY position LIMIT 50`,
      )
      .all()
    expect(plan.map(({ detail }) => detail)).toEqual([
      'SEARCH records USING INDEX records_in_order (kind=? AND position>?)',
    ])
  })
})

describe.each([
  ['config.db', (file: string) => openSqliteStore(file)],
  ['logs.db', (file: string) => openSqliteLogStore({ ...calm, file })],
])('a %s that must not be opened', (_name, open) => {
  const refused: Readonly<Record<string, { make(file: string): Promise<void>; says: RegExp }>> = {
    'that is no database': {
      make: (file) => writeFile(file, 'precious notes\n'.repeat(100)),
      says: /is not a \w+ database of Symbolon: .*it was not touched/,
    },
    'of another program': {
      make: async (file) => {
        const other = new Database(file)
        other.pragma('journal_mode = WAL')
        other.exec('CREATE TABLE precious (note TEXT)')
        other.close()
      },
      says: /is not a \w+ database of Symbolon/,
    },
    'of a newer version': {
      make: async (file) => {
        await (await open(file)).close()
        const newer = new Database(file)
        newer.pragma('user_version = 99')
        newer.close()
      },
      says: /written by a newer Symbolon \(layout 99, this one knows \d+\)/,
    },
    'that is cut short': {
      make: async (file) => {
        await (await open(file)).close()
        await truncate(file, 4_096)
      },
      says: /is damaged \(it is cut short\): restore it from a backup/,
    },
    'whose pages are overwritten': {
      make: async (file) => {
        await (await open(file)).close()
        const bytes = await readFile(file)
        await writeFile(file, bytes.fill(0xa5, 4_096, 8_192))
      },
      says: /is damaged \(.+\): restore it from a backup/,
    },
    'whose first page is overwritten after its header': {
      make: async (file) => {
        await (await open(file)).close()
        const bytes = await readFile(file)
        await writeFile(file, bytes.fill(0xa5, 100, 4_096))
      },
      says: /is damaged \(.+\): restore it from a backup/,
    },
  }

  for (const [which, { make, says }] of Object.entries(refused)) {
    test(`${which} is refused in one sentence and left byte for byte`, async () => {
      const file = await temporaryFile()
      await make(file)
      const before = await contentOf(dirname(file))
      await expect(open(file)).rejects.toThrow(says)
      await expect(open(file)).rejects.toThrow(file)
      expect(await contentOf(dirname(file))).toEqual(before)
    })
  }

  test('because its folder is absent, or it is a folder itself, is named', async () => {
    const file = await temporaryFile()
    await expect(open(join(file, 'absent.db'))).rejects.toThrow('absent.db cannot be opened')
    await expect(open(dirname(file))).rejects.toThrow('cannot be opened')
  })
})

test('the configuration is not taken for a log, nor a log for the configuration', async () => {
  const file = await temporaryFile()
  await (await openSqliteStore(file)).close()
  await expect(openSqliteLogStore({ ...calm, file })).rejects.toThrow('is not a log database')
})

describe('the log in SQLite', () => {
  test('commits together what was appended in one turn', async () => {
    const file = await temporaryFile()
    const logs = await openSqliteLogStore({ ...calm, file })
    onTestFinished(() => logs.close())
    await Promise.all(names(1, 40).map((text) => logs.append(aBatch(text))))
    await logs.append(aBatch('event 41'))
    const commits = inspect(file).prepare('SELECT sequence FROM commits').pluck().all()
    expect(commits).toEqual([1, 41])
  })

  test('keeps what it commits together small enough to be read for one entry', async () => {
    const file = await temporaryFile()
    const logs = await openSqliteLogStore({ ...calm, file })
    onTestFinished(() => logs.close())
    await Promise.all(names(1, 2_000).map((text) => logs.append(aBatch(text))))
    const longest = inspect(file).prepare('SELECT max(length(events) + length(executions)) FROM commits').pluck().get()
    expect(longest).toBeLessThan(300_000)
    expect((await logs.list({ limit: 9_999 })).map(({ description }) => description)).toEqual(names(1, 2_000))
  })

  test('gives ids that do not run backwards when the clock does', async () => {
    let nowMs = Date.UTC(2026, 5, 1)
    const logs = await openSqliteLogStore({ ...calm, file: await temporaryFile(), clock: () => nowMs })
    onTestFinished(() => logs.close())
    await logs.append(aBatch('event 1'))
    nowMs -= 3_600_000
    await logs.append(aBatch('event 2'))
    const ids = (await logs.list({ limit: 9 })).map(({ log_id }) => log_id)
    expect(ids).toEqual(['900202606010000000000000000000001', '900202606010000000000000000000002'])
  })

  test('refuses a batch when twenty thousand wait, and takes them again once written', async () => {
    const logs = await openSqliteLogStore({ ...calm, file: await temporaryFile() })
    onTestFinished(() => logs.close())
    const batch = aBatch('one of many')
    const waiting = Promise.all(Array.from({ length: 20_000 }, () => logs.append(batch)))
    await expect(logs.append(batch)).rejects.toThrow('20000 batches wait')
    await waiting
    await logs.append(batch)
  })

  test('rejects every batch of a commit that fails, tells of it once, and goes on when it can', async () => {
    const file = await temporaryFile()
    const { told, onDefect } = ear()
    const logs = await openSqliteLogStore({ ...calm, file, onDefect })
    onTestFinished(() => logs.close())
    sabotage(file, 'ALTER TABLE commits RENAME TO hidden')
    const ends = await Promise.allSettled(names(1, 3).map((text) => logs.append(aBatch(text))))
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(told).toEqual([expect.stringMatching(/logs?\.db could not be written \(no such table/)])
    sabotage(file, 'ALTER TABLE hidden RENAME TO commits')
    await logs.append(aBatch('event 4'))
    expect((await logs.list({ limit: 9 })).map(({ description }) => description)).toEqual(['event 4'])
    expect(await logs.execution('event 1')).toBeUndefined()
  })

  test('rejects what waits and whatever comes once its thread has died, and can still be closed', async () => {
    const { told, onDefect } = ear()
    const { logs, worker } = await withWorker(() => temporaryFile(), { onDefect })
    await logs.append(aBatch('event 1'))
    const waiting = names(2, 4).map((text) => logs.append(aBatch(text)))
    const ends = Promise.allSettled(waiting)
    await worker.terminate()
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await expect(logs.append(aBatch('event 5'))).rejects.toThrow(/the thread that writes .* has ended/)
    expect(told).toEqual([expect.stringMatching(/has ended; restart the server/)])
    await logs.close()
  })

  test('answers before it has written with durability async, and tells of what it lost', async () => {
    const file = await temporaryFile()
    const { told, onDefect } = ear()
    const logs = await openSqliteLogStore({ ...calm, file, onDefect, durability: 'async' })
    onTestFinished(() => logs.close())
    sabotage(file, 'ALTER TABLE commits RENAME TO hidden')
    await logs.append(aBatch('event 1'))
    await expect.poll(() => told).toEqual([expect.stringMatching('could not be written')])
  })

  test('refuses what comes once its thread has died with durability async too', async () => {
    const { logs, worker } = await withWorker(() => temporaryFile(), { onDefect: () => {}, durability: 'async' })
    await worker.terminate()
    await expect(logs.append(aBatch('event 1'))).rejects.toThrow('has ended')
    await logs.close()
  })

  test('writes with durability async all the same', async () => {
    const file = await temporaryFile()
    const logs = await openSqliteLogStore({ ...calm, file, durability: 'async' })
    for (const text of names(1, 50)) await logs.append(aBatch(text))
    await logs.close()
    const again = await openSqliteLogStore({ ...calm, file })
    onTestFinished(() => again.close())
    expect(await again.list({ limit: 99 })).toHaveLength(50)
  })
})

const calm: Omit<LogStoreOptions, 'file'> = {
  durability: 'commit',
  clock: () => Date.UTC(2026, 0, 1),
  onDefect: (error) => {
    throw error
  },
}

/** A look at a database from outside. */
function inspect(file: string): Database.Database {
  const database = new Database(file, { readonly: true })
  onTestFinished(() => void database.close())
  return database
}

/** Changes a database behind its owner's back. */
function sabotage(file: string, sql: string): void {
  const database = new Database(file)
  database.exec(sql)
  database.close()
}

/** What a log store says to its operator. */
function ear(): { readonly told: string[]; onDefect(error: Error): void } {
  const told: string[] = []
  return { told, onDefect: (error) => told.push(error.message) }
}

/** A log store and the thread that writes it, to be killed as the system might. */
async function withWorker(file: () => Promise<string>, options: Partial<LogStoreOptions>) {
  const started: Worker[] = []
  const note = (worker: Worker) => started.push(worker)
  process.on('worker', note)
  const logs = await openSqliteLogStore({ ...calm, file: await file(), ...options })
  process.off('worker', note)
  const [worker] = started
  if (worker === undefined) throw new Error('the log store started no thread')
  return { logs, worker }
}

async function temporaryFile(): Promise<string> {
  return join(await temporaryFolder(), 'log.db')
}

async function contentOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).toSorted()
  const contents = names.map(async (name) => [name, (await readFile(join(folder, name))).toString('hex')] as const)
  return Object.fromEntries(await Promise.all(contents))
}
