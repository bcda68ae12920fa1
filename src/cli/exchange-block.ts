import { type CodeFile, type CodeFiles, causeLines, inOwnFiles, ownStack, placeOf } from '../authoring/index.ts'
import { type Drop, dropRules, type ExchangeReport } from '../compose.ts'
import { printable } from './printable.ts'
import { refusalAdvice } from './refusal-advice.ts'
import type { Style, Terminal } from './terminal.ts'

/** How a block is shown, and what its reader knows. */
export interface BlockView extends Terminal {
  /** The files of an action, its own first, as its author knows them; none where the action is not the author's. */
  readonly filesOf: (action_name: string) => readonly CodeFile[]
}

/** A line, and how it stands out. */
type Line = readonly [text: string, style?: Style | undefined]

/** Column at which what a label stands before begins. */
const labelWidth = 12
/** Lines of a stack below the place itself that help. */
const stackLines = 3

/**
 * One exchange as its author reads it: who asked for what, what each action did and printed, what came of claims and scopes, a failure at its
 * line, and every silent drop with its rule. What was no exchange is told with the reason that the log has and the way out.
 */
export function exchangeBlock(report: ExchangeReport, view: BlockView): string {
  const { decision, refusal } = report
  const lines: Line[] = [headline(report)]
  const runs = decision?.execution?.runs ?? []
  const names = runs.map(({ version }) => `${version.action_name} v${version.number}`)
  const longest = Math.max(...names.map((name) => name.length))
  for (const [index, { outcome, version }] of runs.entries()) {
    const ended = outcome.kind === 'completed' ? '' : `  ${outcome.kind}`
    lines.push([`  ${names[index]?.padEnd(longest)}${ended}  ${outcome.endedAt - outcome.startedAt} ms`])
    const files = runFiles(runs, version.action_name, view)
    const said = outcome.console.flatMap((each) => ownStack(each, files).split('\n'))
    lines.push(...said.map((text): Line => [`    │ ${text}`]))
  }
  switch (decision?.kind) {
    case 'granted':
      lines.push(...claimLines(decision, view), ...scopeLines(report, decision.scopes))
      break
    case 'denied':
      lines.push([`  denied by ${decision.by.action_name}: ${decision.reason} (${decision.error})`, 'red'])
      break
    case 'failed':
      lines.push(...failureLines(decision, view))
  }
  if (refusal !== undefined && (decision === undefined || decision.kind === 'granted'))
    lines.push(...labelled('refused', [[refusalAdvice(refusal), 'red']]))
  lines.push(...labelled('dropped', (decision?.dropped ?? []).map(dropLine)))
  return lines.map(([text, style]) => view.paint(printable(text), style)).join('\n')
}

function headline({ origin, client, audience, exchange, refusal, ended_at }: ExchangeReport): Line {
  const time = new Date(origin.received_at).toISOString().slice(11, 23)
  const who = client?.name ?? 'unknown client'
  const target = exchange?.resource_server.identifier ?? audience ?? 'no audience'
  const result = refusal === undefined ? 'token' : `${refusal.status} ${refusal.error}`
  const took = `${ended_at - origin.received_at} ms`
  return [`${time}  ${who} → ${target}  ${result}  ${took}`, refusal === undefined ? 'green' : 'red']
}

type Of<K extends string> = Extract<NonNullable<ExchangeReport['decision']>, { readonly kind: K }>

/** Each claim as the token has it, and what an earlier action had set it to. */
function claimLines({ claims, execution }: Of<'granted'>, { columns }: BlockView): readonly Line[] {
  const commands = (execution?.runs ?? []).flatMap(({ outcome }) =>
    outcome.kind === 'completed' ? outcome.commands : [],
  )
  const lines = Object.entries(claims).map(([name, value]): Line => {
    const is = JSON.stringify(value)
    const first = commands.find((command) => command.type === 'set-claim' && command.name === name)
    const was = first?.type === 'set-claim' ? JSON.stringify(first.value) : is
    const [sign, style, said] =
      was === is ? (['+', 'green', is] as const) : (['~', 'yellow', `${was} → ${is}`] as const)
    return [cut(`${sign} ${name} = ${said}`, columns), style]
  })
  return labelled('claims', lines)
}

/** The scopes that are left in one line, those that were added or taken away in one each. */
function scopeLines({ exchange }: ExchangeReport, after: readonly string[]): readonly Line[] {
  const before = exchange?.initial_scopes ?? after
  const kept = after.filter((scope) => before.includes(scope))
  const added = after.filter((scope) => !before.includes(scope))
  const taken = before.filter((scope) => !after.includes(scope))
  return labelled('scopes', [
    ...(kept.length > 0 || after.length === 0 ? [[`  ${kept.join(' ') || '(none)'}`] as const] : []),
    ...added.map((scope): Line => [`+ ${scope}`, 'green']),
    ...taken.map((scope): Line => [`- ${scope}`, 'red']),
  ])
}

function failureLines({ execution, detail, failure }: Of<'failed'>, view: BlockView): readonly Line[] {
  const runs = execution?.runs ?? []
  const last = runs.at(-1)
  const files = last === undefined ? [] : runFiles(runs, last.version.action_name, view)
  const stack = last?.outcome.kind === 'threw' ? (last.outcome.stack ?? '') : ''
  const place = placeOf(stack, files)
  const where = [place?.file, place?.line, place?.column].filter((part) => part !== undefined)
  const setting = failure === 'timed-out' ? ' (EXECUTION_DEADLINE_MS)' : ''
  const said = `${inOwnFiles(detail, files)}${setting}`
  const own = ownStack(stack, files)
  const frames = own.split('\n').filter((each) => /^\s+at /.test(each))
  // The first of them is the place itself.
  const further = place === undefined ? frames : frames.slice(1)
  return labelled('failed', [
    [where.length === 0 ? said : `${where.join(':')}: ${said}`, 'red'],
    ...(place?.excerpt?.split('\n') ?? []).map((each): Line => [`  ${each}`]),
    ...further.slice(0, stackLines).map((each): Line => [each]),
    ...causeLines(own).map((each): Line => [each]),
  ])
}

/** The files of one action, wherever they are said to be: its process numbers its actions as the exchange does or, having this one alone, from the first. */
function runFiles(runs: readonly unknown[], action_name: string, { filesOf }: BlockView): CodeFiles {
  const own = filesOf(action_name)
  return runs.map(() => own)
}

function dropLine({ kind, action, name, rule }: Drop): Line {
  return [`${kind} ${JSON.stringify(name)} of ${action}: ${dropRules[rule]} (${rule})`, 'yellow']
}

/** Lines below each other, the first of them behind a label. */
function labelled(label: string, lines: readonly Line[]): readonly Line[] {
  return lines.map(([text, style], index) => [`${(index === 0 ? `  ${label}` : '').padEnd(labelWidth)}${text}`, style])
}

/** A text that ends with what a terminal's line has room for, behind a label; as it is where there is no terminal. */
function cut(text: string, columns: number | undefined): string {
  // A terminal may not know its width, and says 0.
  const room = Math.max(columns || Number.POSITIVE_INFINITY, 60) - labelWidth
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`
}
