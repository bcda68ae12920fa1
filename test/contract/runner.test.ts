import { openPool } from '../support/runner.ts'
import { runnerContract } from './runner.ts'

runnerContract('the pool of sandboxed processes', () => openPool())
