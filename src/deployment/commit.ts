import { AlreadyExists, type Change, RevisionConflict, type Store } from '../storage/index.ts'
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
 */
export async function commitPlanned<T>(store: Store, what: string, plan: () => Promise<Planned<T>>): Promise<T> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { changes, result } = await plan()
    try {
      if (changes.length > 0) await store.commit(changes)
      return result
    } catch (error) {
      if (!(error instanceof RevisionConflict || error instanceof AlreadyExists)) throw error
    }
  }
  throw new DeploymentRefusal('changed-meanwhile', { what })
}
