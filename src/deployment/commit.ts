import {
  AlreadyExists,
  type Change,
  type ChangeOf,
  type RecordKind,
  type RecordKinds,
  RevisionConflict,
  type Store,
  type Stored,
} from '../storage/index.ts'
import { DeploymentRefusal } from './refusals.ts'

/** How often a change is worked out again because another one was there first. */
const attempts = 20

/** The changes of one operation, and what it answers once they are stored. */
export interface Planned<T> {
  readonly changes: readonly Change[]
  readonly result: T
}

/**
 * Works out changes from what is stored and commits them, all or none. When a record was changed in between, they are worked out again
 * from what it now is: no writer undoes another's change unseen. `what` names the thing for the refusal of one who never gets through.
 * A plan plans nothing else to be committed: it would wait for itself.
 */
export async function commitPlanned<T>(store: Store, what: string, plan: () => Promise<Planned<T>>): Promise<T> {
  const first = await attempt(store, plan)
  if (first !== undefined) return first.result
  return inTurn(store, async () => {
    for (let made = 1; made < attempts; made += 1) {
      const planned = await attempt(store, plan)
      if (planned !== undefined) return planned.result
    }
    throw new DeploymentRefusal('changed-meanwhile', { what })
  })
}

/**
 * A step of a commit that leaves a record as it is, and fails when it was changed or deleted meanwhile: what is made for it is not left behind
 * by whoever deletes it at the same time.
 */
export function unchanged<K extends RecordKind>(kind: K, key: string, record: Stored<RecordKinds[K]>): ChangeOf<K> {
  return { kind, key, revision: record.revision, replace: record }
}

/** `undefined` when somebody else was there first. */
async function attempt<T>(store: Store, plan: () => Promise<Planned<T>>): Promise<Planned<T> | undefined> {
  const planned = await plan()
  try {
    if (planned.changes.length > 0) await store.commit(planned.changes)
    return planned
  } catch (error) {
    if (error instanceof RevisionConflict || error instanceof AlreadyExists) return undefined
    throw error
  }
}

const turns = new WeakMap<Store, Promise<unknown>>()

/** Those who came too late once go one after the other: however many change one record at a time, each gets through. */
function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(store) ?? Promise.resolve()).then(work)
  turns.set(
    store,
    mine.catch(() => undefined),
  )
  return mine
}
