import { embeddedStore, type Store } from '../index.ts'
import { type DatabaseForm, openDatabase } from './database-file.ts'
import { SqliteTables } from './tables.ts'

const configForm: DatabaseForm = {
  holds: 'configuration',
  applicationId: 0x53_79_6d_43, // "SymC"
  version: 2,
  schema: new URL('./schema.sql', import.meta.url),
  migrations: [new URL('./schema-2.sql', import.meta.url)],
}

/**
 * Durable records in one SQLite file: a write is synced to disk before its promise resolves. An absent or empty file is laid out; one that
 * is not ours, newer or damaged is refused in one sentence and left as it was. Records that an older version filed by other rules than
 * today's are filed anew.
 */
export async function openSqliteStore(file: string): Promise<Store> {
  return embeddedStore(new SqliteTables(openDatabase(file, configForm)))
}
