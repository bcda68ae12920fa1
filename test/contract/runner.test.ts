import { isFull } from '../support/in-full.ts'
import { openPool } from '../support/runner.ts'
import { runnerContract } from './runner.ts'

runnerContract('a pool with one process for all actions of the trigger', true, () => openPool())
// The same processes, one for each action: which one runs what is `test/unit/runner/isolation-groups.test.ts`.
if (isFull) runnerContract('a pool with a process for each action', false, () => openPool({ isolation: 'action' }))
