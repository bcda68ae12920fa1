import { type Drop, dropRules, type ExchangeReport } from '../compose.ts'
import { printable } from './printable.ts'

/** One exchange as its author reads it: who asked for what, what each action did, what came of it, and every silent drop with its rule. */
export function exchangeBlock(report: ExchangeReport): string {
  const { origin, client, audience, decision, refusal, ended_at } = report
  const time = new Date(origin.received_at).toISOString().slice(11, 23)
  const who = client?.name ?? 'unknown client'
  const target = report.exchange?.resource_server.identifier ?? audience ?? 'no audience'
  const took = `${ended_at - origin.received_at} ms`
  const lines = [
    `${time}  ${who} → ${target}  ${refusal === undefined ? 'token' : `${refusal.status} ${refusal.error}`}  ${took}`,
  ]
  for (const { version, outcome } of decision?.execution?.runs ?? []) {
    lines.push(
      `  ${version.action_name} v${version.number}  ${outcome.kind}  ${outcome.endedAt - outcome.startedAt} ms`,
    )
    for (const line of outcome.console) lines.push(...line.split('\n').map((text) => `    │ ${text}`))
    if (outcome.kind === 'threw')
      lines.push(
        ...(outcome.stack ?? outcome.message)
          .split('\n')
          .slice(0, 4)
          .map((text) => `    ! ${text}`),
      )
  }
  if (decision?.kind === 'granted') {
    lines.push(`  scopes  ${decision.scopes.join(' ') || '(none)'}`)
    for (const [name, value] of Object.entries(decision.claims))
      lines.push(`  claim   ${name} = ${JSON.stringify(value)}`)
  }
  if (decision?.kind === 'denied') lines.push(`  denied by ${decision.by.action_name}: ${decision.reason}`)
  if (decision?.kind === 'failed') lines.push(`  failed  ${decision.detail}`)
  if (refusal !== undefined && decision === undefined) lines.push(`  refused ${refusal.detail ?? refusal.message}`)
  lines.push(...(decision?.dropped ?? []).map(dropLine))
  return lines.map(printable).join('\n')
}

function dropLine({ kind, action, name, rule }: Drop): string {
  return `  dropped ${kind} ${JSON.stringify(name)} of ${action}: ${dropRules[rule]} (${rule})`
}
