import { storedRecord } from './filing.ts'
import { type RecordKind, type RecordKinds, recordKinds } from './records.ts'
import {
  type ChangedRecord,
  type ChangedRecords,
  type Collection,
  type ListQuery,
  type RecordPageQuery,
  RevisionConflict,
  type Store,
} from './store.ts'

/** A record as it lies in a table. */
export interface RecordRow {
  readonly body: string
  readonly revision: number
}

/** A record's row with its place in the order of creation. */
export interface PlacedRow extends RecordRow {
  readonly position: number
}

/** The tables of a store inside this process, which answer at once. Each write checks before it changes anything. */
export interface RecordTables {
  get(kind: RecordKind, key: string): RecordRow | undefined
  /** Throws `RevisionConflict` when the record to go on after is gone. */
  list(kind: RecordKind, query: ListQuery): readonly RecordRow[]
  page(kind: RecordKind, query: RecordPageQuery): readonly PlacedRow[]
  count(kind: RecordKind, where: RecordPageQuery['where']): number
  /** Throws `AlreadyExists`. */
  create(kind: RecordKind, value: object): RecordRow
  /** Throws `RevisionConflict` and `AlreadyExists`. */
  replace(kind: RecordKind, key: string, revision: number, value: object): RecordRow
  delete(kind: RecordKind, key: string): boolean
  /** Runs writes as one: what `work` throws undoes all of them and is thrown on. */
  atomically<T>(work: () => T): T
  revision(): number
  /** As {@link Store.changesSince}, but a record may come twice. */
  changesSince(revision: number): ChangedRecords | undefined
  close(): void
}

/** The {@link Store} over tables inside this process. */
export function embeddedStore(tables: RecordTables): Store {
  const collection = <K extends RecordKind>(kind: K): Collection<RecordKinds[K]> => ({
    get: async (key) => {
      const row = tables.get(kind, key)
      return row === undefined ? undefined : storedRecord(row)
    },
    list: async (query = {}) => {
      demandIndex(kind, query.where)
      return tables.list(kind, query).map((row) => storedRecord(row))
    },
    page: async (query) => {
      demandIndex(kind, query.where)
      return tables.page(kind, query).map((row) => ({ record: storedRecord(row), position: row.position }))
    },
    count: async (where) => {
      demandIndex(kind, where)
      return tables.count(kind, where)
    },
    create: async (value) => storedRecord(tables.atomically(() => tables.create(kind, value))),
    update: async (key, revision, patch) =>
      storedRecord(
        tables.atomically(() => {
          const row = tables.get(kind, key)
          if (row === undefined) throw new RevisionConflict(kind, key)
          return tables.replace(kind, key, revision, { ...JSON.parse(row.body), ...patch })
        }),
      ),
    delete: async (key) => tables.atomically(() => tables.delete(kind, key)),
  })
  return {
    // Spelled out so that a kind without a collection does not compile.
    meta: collection('meta'),
    settings: collection('settings'),
    clients: collection('clients'),
    clientSecrets: collection('clientSecrets'),
    clientCredentials: collection('clientCredentials'),
    credentialUses: collection('credentialUses'),
    resourceServers: collection('resourceServers'),
    clientGrants: collection('clientGrants'),
    organizations: collection('organizations'),
    organizationClientGrants: collection('organizationClientGrants'),
    actions: collection('actions'),
    actionVersions: collection('actionVersions'),
    actionModules: collection('actionModules'),
    actionModuleVersions: collection('actionModuleVersions'),
    bundles: collection('bundles'),
    triggerBindings: collection('triggerBindings'),
    customDomains: collection('customDomains'),
    signingKeys: collection('signingKeys'),
    signingSecrets: collection('signingSecrets'),
    revokedTokens: collection('revokedTokens'),
    logStreams: collection('logStreams'),
    commit: async (changes) => {
      tables.atomically(() => {
        for (const change of changes) {
          if ('create' in change) tables.create(change.kind, change.create)
          else if ('replace' in change) tables.replace(change.kind, change.key, change.revision, change.replace)
          else tables.delete(change.kind, change.delete)
        }
      })
    },
    revision: async () => tables.revision(),
    changesSince: async (since) => {
      const changed = tables.changesSince(since)
      return changed && { revision: changed.revision, records: eachOnce(changed.records) }
    },
    close: async () => tables.close(),
  }
}

function eachOnce(records: readonly ChangedRecord[]): readonly ChangedRecord[] {
  return [...new Map(records.map((record) => [`${record.kind} ${record.key}`, record])).values()]
}

function demandIndex(kind: RecordKind, where: ListQuery['where']): void {
  if (where !== undefined && !recordKinds[kind].index.includes(where.field))
    throw new Error(`records of "${kind}" cannot be listed by "${where.field}": recordKinds names no such index`)
}

/** Refuses, as a defect of the caller, to put a record in the place of one with another key. */
export function demandSameKey(kind: RecordKind, key: string, filedKey: string): void {
  if (filedKey !== key)
    throw new Error(`the record "${key}" of "${kind}" cannot become "${filedKey}": a key is for good`)
}
