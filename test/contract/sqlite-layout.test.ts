import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '../../src/storage/sqlite/store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aClient, aGrant } from './records.ts'

describe('a store of an older version', () => {
  test('is taken over: records, order, revision, unique values; every index and count made anew', async () => {
    const file = await temporaryFile()
    await layOutFirst(file)
    for (const _time of ['first', 'again']) {
      const store = await openSqliteStore(file)
      expect(await store.clientGrants.list()).toEqual([
        { ...grantOf('2', 'x'), revision: 1 },
        { ...grantOf('1', 'y'), revision: 7 },
        { ...grantOf('3', 'x'), revision: 1 },
      ])
      expect(await store.revision()).toBe(41)
      expect(await store.clientGrants.count()).toBe(3)
      const byAudience = await store.clientGrants.list({ where: { field: 'audience', value: 'x' } })
      expect(byAudience.map(({ id }) => id)).toEqual(['2', '3'])
      await expect(store.clientGrants.create(aGrant('9', 'client-1', 'y'))).rejects.toThrow('exists already')
      expect(await store.changesSince(40)).toBeUndefined()
      await store.close()
    }
    const store = await openSqliteStore(file)
    onTestFinished(() => store.close())
    const [last] = await store.clientGrants.page({ skip: 2, limit: 1 })
    await store.clientGrants.delete('3')
    await store.clientGrants.create(grantOf('4', 'x'))
    const rest = await store.clientGrants.page({ after: last?.position ?? Number.NaN, limit: 9 })
    expect(rest.map(({ record }) => record.id)).toEqual(['4'])
    expect(await store.changesSince(41)).toMatchObject({ revision: 43 })
  })

  test('that filed records by other rules has them filed by today’s', async () => {
    const file = await temporaryFile()
    const first = await openSqliteStore(file)
    for (const id of ['1', '2']) await first.clientGrants.create(grantOf(id, 'x'))
    await first.organizations.create({ id: 'o', name: 'acme' })
    await first.close()
    alter(
      file,
      `UPDATE kinds SET filed_by = '{"unique":[],"index":[]}', records = 0 WHERE kind = 'clientGrants';
       DELETE FROM index_values; DELETE FROM unique_values; DELETE FROM kinds WHERE kind = 'organizations'`,
    )
    const again = await openSqliteStore(file)
    onTestFinished(() => again.close())
    expect(await again.clientGrants.count({ field: 'audience', value: 'x' })).toBe(2)
    expect(await again.clientGrants.count()).toBe(2)
    await expect(again.organizations.create({ id: 'p', name: 'acme' })).rejects.toThrow('exists already')
  })
})

test('a writer in another process is seen: its records, its changes, its positions', async () => {
  const file = await temporaryFile()
  const [here, there] = [await openSqliteStore(file), await openSqliteStore(file)]
  onTestFinished(async () => {
    await here.close()
    await there.close()
  })
  await here.clients.create(aClient('here'))
  const since = await here.revision()
  await there.clients.create(aClient('there'))
  await there.clients.delete('here')
  await here.clients.create(aClient('again'))
  expect((await there.clients.page({ limit: 9 })).map(({ record }) => record.client_id)).toEqual(['there', 'again'])
  expect(await there.clients.count()).toBe(2)
  expect((await here.changesSince(since))?.records.map(({ key }) => key).toSorted()).toEqual(['again', 'here', 'there'])
})

/** A database as the first version laid it out and filled it; its indexes are lost. */
async function layOutFirst(file: string): Promise<void> {
  const database = new Database(file)
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE records (
      position INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
      UNIQUE (kind, key)
    ) STRICT;
    CREATE INDEX records_in_order ON records (kind, position);
    CREATE TABLE unique_values (
      kind TEXT NOT NULL, fields TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, fields, value)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE index_values (
      kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY (kind, field, value, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE store_revision (revision INTEGER NOT NULL) STRICT;
    INSERT INTO store_revision VALUES (41);
    PRAGMA application_id = ${0x53_79_6d_43};
    PRAGMA user_version = 1;
  `)
  const insert = database.prepare("INSERT INTO records VALUES (?, 'clientGrants', ?, ?, ?)")
  insert.run(2, '2', 1, JSON.stringify(grantOf('2', 'x')))
  insert.run(5, '1', 7, JSON.stringify(grantOf('1', 'y')))
  insert.run(9, '3', 1, JSON.stringify(grantOf('3', 'x')))
  database.close()
}

function grantOf(id: string, audience: string) {
  return aGrant(id, `client-${id}`, audience)
}

/** Changes a database behind its owner's back. */
function alter(file: string, sql: string): void {
  const database = new Database(file)
  database.exec(sql)
  database.close()
}

async function temporaryFile(): Promise<string> {
  return join(await temporaryFolder(), 'config.db')
}
