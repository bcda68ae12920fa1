import { openPool } from '../support/runner.ts'
import { runnerContract } from './runner.ts'

runnerContract('a pool with one process for all actions of the trigger', true, () => openPool())
runnerContract('a pool with a process for each action', false, () => openPool({ isolation: 'action' }))
