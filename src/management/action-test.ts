import { type Tried, tryDraft } from '../deployment/index.ts'
import { operation } from './operation.ts'
import { ManagementRefusal } from './refusals.ts'
import { TestAction, TestedAction } from './schemas/test-action.ts'

/** Characters of JSON that an event may have: no token request is larger, and with what each claim costs beside it a process is sent no more. */
const longestEvent = 65_536

/** `POST /actions/actions/:id/test`: runs the draft once against an event. Nothing is stored but that its packages are built. */
export const testAction = operation(
  { body: TestAction, answer: TestedAction, service: 'actions', changes: false },
  async ({ params, body }, ports) => {
    const { event = {} } = body.payload
    const characters = JSON.stringify(event).length
    if (characters > longestEvent) throw new ManagementRefusal('event-too-large', { characters, limit: longestEvent })
    const tried = await tryDraft(params.id ?? '', event, ports)
    const { error, logs, commands, result, bootMs, actionMs, runMs, totalMs } = tried
    return {
      payload: {
        ...(error !== undefined && { error }),
        logs,
        commands,
        result: resultOf(result),
        stats: {
          total_request_duration_ms: totalMs,
          total_runtime_execution_duration_ms: runMs,
          runtime_processing_duration_ms: Math.max(0, runMs - actionMs),
          action_duration_ms: actionMs,
          // What the code waits for from elsewhere is not told apart.
          runtime_external_call_duration_ms: 0,
          boot_duration_ms: bootMs,
          network_duration_ms: Math.max(0, totalMs - bootMs - runMs),
        },
      },
    }
  },
)

/** The result without the names of actions: there is one. */
function resultOf(result: Tried['result']) {
  const dropped = result.dropped.map(({ kind, name, rule, explanation }) => ({ kind, name, rule, explanation }))
  switch (result.kind) {
    case 'granted':
      return { ...result, dropped }
    case 'denied':
      return { kind: result.kind, error: result.error, reason: result.reason, dropped }
    case 'failed':
      return { kind: result.kind, dropped }
  }
}
