import { actionTime } from './action-views.ts'
import { operation } from './operation.ts'
import { ManagementRefusal } from './refusals.ts'
import { ExecutionAnswer } from './schemas/action-answers.ts'

/** `GET /actions/executions/:id`. */
export const getExecution = operation({ answer: ExecutionAnswer, service: 'actions' }, async ({ params }, { logs }) => {
  const execution = await logs.execution(params.id ?? '')
  if (execution === undefined) throw new ManagementRefusal('execution-unknown', {})
  const { id, trigger_id, status, results, created_at, updated_at } = execution
  return {
    id,
    trigger_id,
    status,
    results: results.map(({ started_at, ended_at, ...result }) => ({
      ...result,
      started_at: actionTime(started_at),
      ended_at: actionTime(ended_at),
    })),
    created_at: actionTime(created_at),
    updated_at: actionTime(updated_at),
  }
})
