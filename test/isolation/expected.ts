import type { Outcome } from '../../src/engine/index.ts'

/** What the first line of a hostile action declares. */
export interface Expected {
  readonly outcome: Outcome['kind']
  /** Another end that is as good: of an attack on memory, which on a busy machine may be found silent before it is found large. */
  readonly orElse?: Outcome['kind']
  /** The claims of the attacking exchange. */
  readonly claims: Readonly<Record<string, unknown>>
  /** The claims of a later exchange, in which the action reports what it has found out since; absent when it does not. */
  readonly later?: Readonly<Record<string, unknown>>
  /** What the attack makes of the neighbour's claim in that exchange; absent when the claim stays what it is. */
  readonly neighbour?: unknown
  /** The process stays and stays responsive: exchanges of the same group succeed while the attack runs. */
  readonly besideServed: boolean
  /** The attack is in module-level code, so every exchange of its group meets it. */
  readonly atLoad: boolean
}

const outcomes: readonly string[] = ['completed', 'threw', 'timed-out', 'out-of-memory', 'exited', 'not-loadable']

/**
 * Reads `// outcome: out-of-memory or timed-out` or `// outcome: completed; claim leaked=[]; later leaked=[]; neighbour "forged"; beside served; at load`. Everything but the outcome may be absent;
 * an action that completes has the claims named here and no other.
 */
export function readExpected(file: string, code: string): Expected {
  const [line = ''] = code.split('\n', 1)
  const [ends = '', ...clauses] = line.replace(/^\/\/ outcome: /, '').split('; ')
  const [outcome = '', orElse] = ends.split(' or ')
  if (!isOutcome(outcome) || (orElse !== undefined && !isOutcome(orElse)))
    throw new Error(`${file}: the first line must read "// outcome: ${outcomes.join(' | ')}", not "${line}"`)
  const claims: Record<string, unknown> = {}
  let later: Record<string, unknown> | undefined
  let neighbour: unknown
  for (const clause of clauses) {
    const [, word, name, value] = /^(claim|later) (\w+)=(.+)$/.exec(clause) ?? []
    if (word === 'claim' && name !== undefined) claims[name] = JSON.parse(value ?? '')
    else if (word === 'later' && name !== undefined) later = { ...later, [name]: JSON.parse(value ?? '') }
    else if (clause.startsWith('neighbour ')) neighbour = JSON.parse(clause.slice('neighbour '.length))
    else if (clause !== 'beside served' && clause !== 'at load') throw new Error(`${file}: unknown clause "${clause}"`)
  }
  return {
    outcome,
    ...(orElse === undefined ? {} : { orElse }),
    claims,
    ...(later === undefined ? {} : { later }),
    ...(neighbour === undefined ? {} : { neighbour }),
    besideServed: clauses.includes('beside served'),
    atLoad: clauses.includes('at load'),
  }
}

function isOutcome(text: string): text is Outcome['kind'] {
  return outcomes.includes(text)
}
