/**
 * What must outlive a request: two ports (durable records and logs; values that expire) and the table of record kinds.
 * Decides nothing about what a record means and never opens a sealed value. The adapters below it are loaded by `compose.ts` alone.
 */
export { type DataFolder, foreignAmong, openDataFolder } from './data-folder.ts'
export { demandSameKey, embeddedStore, type PlacedRow, type RecordRow, type RecordTables } from './embedded.ts'
export type { Ephemeral } from './ephemeral.ts'
export { type FiledRecord, fileRecord, type UniqueValue } from './filing.ts'
export * from './records.ts'
export { readSnapshot, snapshotReader } from './snapshot.ts'
export * from './store.ts'
