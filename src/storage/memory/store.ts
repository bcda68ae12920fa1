import { embeddedStore, type Store } from '../index.ts'
import { MemoryTables } from './tables.ts'

/** {@link Store} in this process, gone with it: for tests and for embedding. Keeps every promise of the port but durability. */
export function openMemoryStore(): Store {
  return embeddedStore(new MemoryTables())
}
