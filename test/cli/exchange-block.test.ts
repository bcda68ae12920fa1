import { describe, expect, test } from 'vitest'
import { type BlockView, exchangeBlock } from '../../src/cli/exchange-block.ts'
import type { ExchangeReport } from '../../src/compose.ts'
import type { BoundVersion, Exchange } from '../../src/domain/index.ts'
import type { Decision, Execution, Outcome } from '../../src/engine/index.ts'
import { TokenRefusal } from '../../src/oauth/refusals.ts'

const receivedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const version: BoundVersion = {
  binding_id: 'binding1',
  action_id: 'action1',
  action_name: 'enrich-token',
  version_id: 'version1',
  number: 3,
}
const exchange: Exchange = {
  request_id: '0123456789abcdef0123',
  received_at: receivedAt,
  issuer: 'https://localhost:4443/',
  tenant: { id: 'quickstart' },
  client: { client_id: 'client1', name: 'billing-service', grant_types: ['client_credentials'] },
  resource_server: { id: 'api1', identifier: 'https://orders.example.com' },
  client_grant: { id: 'cgr_1', client_id: 'client1', audience: 'https://orders.example.com', scope: ['read:orders'] },
  requested_scopes: [],
  scope_ceiling: ['read:orders'],
  initial_scopes: ['read:orders'],
  request: { body: {}, geoip: {}, ip: '127.0.0.1', method: 'POST' },
  bound: [version],
}

type Ended<O> = O extends Outcome ? Omit<O, 'startedAt' | 'endedAt'> : never

function executionOf(outcome: Ended<Outcome>): Execution {
  const times = { startedAt: receivedAt + 1, endedAt: receivedAt + 4 }
  return { ...times, runs: [{ version, outcome: { ...outcome, ...times } }] }
}

/** What a program reads: no terminal, and an action's files where it is known. */
const plain: BlockView = { paint: (text) => text, filesOf: () => [] }

/** The lines of a report's block. */
function block(report: Partial<ExchangeReport>, view: BlockView = plain): readonly string[] {
  const { client } = exchange
  const origin = {
    request_id: exchange.request_id,
    received_at: receivedAt,
    ip: '127.0.0.1',
    method: 'POST',
    uses_basic: false,
  }
  return exchangeBlock({ origin, client, authenticated: true, ended_at: receivedAt + 12, ...report }, view).split('\n')
}

describe('the console block of an exchange', () => {
  test('that was granted tells what the Action printed, scopes and claims, and every drop with its rule', () => {
    const decision: Decision = {
      kind: 'granted',
      scopes: ['read:orders'],
      claims: { 'https://orders.example.com/team': 'billing', count: 2 },
      execution: executionOf({ kind: 'completed', commands: [], console: ['hello', 'two\nlines'] }),
      dropped: [
        { kind: 'claim', action: 'enrich-token', name: 'iss', rule: 'restricted-name' },
        { kind: 'scope', action: 'enrich-token', name: 'burn:orders', rule: 'outside-grant' },
      ],
    }
    expect(block({ exchange, decision })).toEqual([
      '03:04:05.678  billing-service → https://orders.example.com  token  12 ms',
      '  enrich-token v3  3 ms',
      '    │ hello',
      '    │ two',
      '    │ lines',
      '  claims    + https://orders.example.com/team = "billing"',
      '            + count = 2',
      '  scopes      read:orders',
      '  dropped   claim "iss" of enrich-token: Auth0 reserves this claim name; choose another, or a namespaced one (restricted-name)',
      '            scope "burn:orders" of enrich-token: the client grant does not hold this scope at the API (outside-grant)',
    ])
  })

  test('shows what an earlier Action had set a claim to, and which scopes were added and taken away', () => {
    const set = (value: string) => ({ type: 'set-claim', name: 'tier', value }) as const
    const times = { startedAt: receivedAt, endedAt: receivedAt + 1, console: [] }
    const decision: Decision = {
      kind: 'granted',
      scopes: ['read:orders', 'audit:orders'],
      claims: { tier: 'gold' },
      execution: {
        ...{ startedAt: receivedAt, endedAt: receivedAt + 2 },
        runs: ['silver', 'gold'].map((value) => ({
          version,
          outcome: { kind: 'completed', commands: [set(value)], ...times },
        })),
      },
      dropped: [],
    }
    const widened = { ...exchange, initial_scopes: ['read:orders', 'burn:orders'] }
    expect(block({ exchange: widened, decision }).slice(3)).toEqual([
      '  claims    ~ tier = "silver" → "gold"',
      '  scopes      read:orders',
      '            + audit:orders',
      '            - burn:orders',
    ])
  })

  test('is coloured and cut to its width on a terminal alone, and on one that knows its width', () => {
    const decision: Decision = { kind: 'granted', scopes: [], claims: { long: 'x'.repeat(200) }, dropped: [] }
    const view: BlockView = {
      ...plain,
      columns: 80,
      paint: (text, style) => (style === undefined ? text : `${style}(${text})`),
    }
    const [head, claim] = block({ exchange, decision }, view)
    expect(head).toBe('green(03:04:05.678  billing-service → https://orders.example.com  token  12 ms)')
    expect(claim).toBe(`green(  claims    + long = "${'x'.repeat(57)}…)`)
    for (const wide of [plain, { ...plain, columns: 0 }])
      expect(block({ exchange, decision }, wide)[1]).toBe(`  claims    + long = "${'x'.repeat(200)}"`)
  })

  test('without a scope says so', () => {
    expect(block({ exchange, decision: { kind: 'granted', scopes: [], claims: {}, dropped: [] } })).toEqual([
      '03:04:05.678  billing-service → https://orders.example.com  token  12 ms',
      '  scopes      (none)',
      '            - read:orders',
    ])
  })

  test('that an Action denied names the Action and its reason', () => {
    const decision: Decision = {
      kind: 'denied',
      error: 'invalid_request',
      reason: 'Not on Sundays.',
      withheld: false,
      by: version,
      execution: executionOf({ kind: 'completed', commands: [], console: [] }),
      dropped: [],
    }
    const refusal = new TokenRefusal('denied-invalid_request', { reason: 'Not on Sundays.' })
    expect(block({ exchange, decision, refusal })).toEqual([
      '03:04:05.678  billing-service → https://orders.example.com  400 invalid_request  12 ms',
      '  enrich-token v3  3 ms',
      '  denied by enrich-token: Not on Sundays. (invalid_request)',
    ])
  })

  /** What an Action's throw came to, with a stack as the sandbox tells it. */
  function thrown(stack: string): Partial<ExchangeReport> {
    const [said = ''] = stack.split('\n')
    const [name = '', message = ''] = said.split(': ')
    const execution = executionOf({ kind: 'threw', name, message, stack, console: ['before'] })
    const decision: Decision = { kind: 'failed', failure: 'threw', detail: said, by: version, execution, dropped: [] }
    return { exchange, decision, refusal: new TokenRefusal('not-issued', { request_id: exchange.request_id }, said) }
  }

  test('whose Action threw shows its line with a caret, in the files that its author knows', () => {
    const report = thrown(`TypeError: x.y is not a function
    at check (/data/runner/0123/action-0-module-0/module.js:2:5)
    at exports.onExecuteCredentialsExchange (/data/runner/0123/action-0/action.js:3:9)
    at Object.runAction (/data/runner/0123/child.cjs:1:1)`)
    const files = [
      { file: 'actions/enrich-token/code.js', code: '1\n2\n3' },
      { file: 'action-modules/money/code.js', code: 'function check(x) {\n  x.y()\n}\n' },
    ]
    const view: BlockView = { ...plain, filesOf: (name) => (name === 'enrich-token' ? files : []) }
    expect(block(report, view)).toEqual([
      '03:04:05.678  billing-service → https://orders.example.com  500 server_error  12 ms',
      '  enrich-token v3  threw  3 ms',
      '    │ before',
      '  failed    action-modules/money/code.js:2:5: TypeError: x.y is not a function',
      '                x.y()',
      '                  ^',
      '                at exports.onExecuteCredentialsExchange (actions/enrich-token/code.js:3:9)',
    ])
  })

  test('whose Action threw in a file that is not known shows no more of the stack than helps', () => {
    const frames = [1, 2, 3, 4, 5].map((n) => `    at f${n} (action.js:${n}:1)`)
    expect(block(thrown(['TypeError: x is not a function', ...frames].join('\n'))).slice(3)).toEqual([
      '  failed    TypeError: x is not a function',
      '                at f1 (action.js:1:1)',
      '                at f2 (action.js:2:1)',
      '                at f3 (action.js:3:1)',
    ])
  })

  test('whose Action threw tells what caused it, in a line each, whatever is in it', () => {
    const stack =
      'TypeError: fetch failed\n    at f (action.js:1:1)\n  [cause]: Error: a\u001b[2J (E_A)\n    [cause]: b'
    expect(block(thrown(stack)).slice(3)).toEqual([
      '  failed    TypeError: fetch failed',
      '                at f (action.js:1:1)',
      '            caused by Error: a\\u001b[2J (E_A)',
      '            caused by b',
    ])
  })

  test('tells of an error that an Action printed by the lines that its author wrote', () => {
    const [first, second] = ['one', 'two'].map((action_name) => ({ ...version, action_name }))
    const times = { startedAt: receivedAt, endedAt: receivedAt }
    const runs = [first, second].flatMap((each, index) => {
      if (each === undefined) return []
      const said = `Error: no\n    at f (/x/action-${index}/action.js:1:7)\n    at run (/x/child.cjs:1:1)`
      return [{ version: each, outcome: { kind: 'completed' as const, commands: [], console: [said], ...times } }]
    })
    const decision: Decision = { kind: 'granted', scopes: [], claims: {}, execution: { ...times, runs }, dropped: [] }
    const filesOf = (name: string) => [{ file: `${name}.js`, code: 'throw 1' }]
    const shown = block({ exchange, decision }, { ...plain, filesOf }).filter((line) => line.includes('│'))
    expect(shown).toEqual(['one', 'two'].flatMap((name) => ['    │ Error: no', `    │     at f (${name}.js:1:7)`]))
  })

  test('that the rules refused says why, with what the client is not told', () => {
    const refusal = new TokenRefusal('unauthenticated', {}, 'the client secret is not this client’s')
    expect(block({ authenticated: false, audience: 'https://orders.example.com', refusal })).toEqual([
      '03:04:05.678  billing-service → https://orders.example.com  401 access_denied  12 ms',
      '  refused   the client secret is not this client’s; dev.json has each client with its secret, and `symbolon token` asks with them',
    ])
  })

  test('of nobody for nothing says that', () => {
    const refusal = new TokenRefusal('client-id-missing', {})
    const origin = { request_id: '0', received_at: receivedAt, ip: '127.0.0.1', method: 'POST', uses_basic: false }
    const report = { origin, authenticated: false, ended_at: receivedAt, refusal }
    const [head] = exchangeBlock(report, plain).split('\n')
    expect(head).toBe(`03:04:05.678  unknown client → no audience  ${refusal.status} invalid_client  0 ms`)
  })
})

describe('what a caller or an Action chose cannot command the terminal', () => {
  const hostile = [
    ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
    ['a control sequence introducer of one byte', '\u009b2J', '\\u009b2J'],
    ['a carriage return', 'a\rb', 'a\\rb'],
    ['a line break', 'a\nb', 'a\\nb'],
    ['a delete', 'a\u007fb', 'a\\u007fb'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['a reversed direction', 'a\u202eb', 'a\\u202eb'],
  ] as const

  test.each(hostile)('%s in an audience', (_what, text, shown) => {
    const [head, ...others] = block({ audience: text, refusal: new TokenRefusal('audience-missing', {}) })
    expect(head).toBe(`03:04:05.678  billing-service → ${shown}  403 access_denied  12 ms`)
    expect(others).toHaveLength(1)
  })

  test.each(hostile)('%s in a denial', (_what, reason, shown) => {
    const decision: Decision = {
      kind: 'denied',
      error: 'invalid_request',
      reason,
      withheld: false,
      by: version,
      dropped: [],
    }
    const refusal = new TokenRefusal('denied-invalid_request', { reason })
    expect(block({ exchange, decision, refusal }).slice(1)).toEqual([
      `  denied by enrich-token: ${shown} (invalid_request)`,
    ])
  })

  test.each(hostile.filter(([what]) => what !== 'a line break'))(
    '%s in the console, a claim and a drop',
    (_what, text, shown) => {
      const decision: Decision = {
        kind: 'granted',
        scopes: [],
        claims: { [text]: 1 },
        execution: executionOf({ kind: 'completed', commands: [], console: [text] }),
        dropped: [{ kind: 'claim', action: 'enrich-token', name: text, rule: 'no-name' }],
      }
      expect(block({ exchange, decision }).slice(2)).toEqual([
        `    │ ${shown}`,
        `  claims    + ${shown} = 1`,
        '  scopes      (none)',
        '            - read:orders',
        `  dropped   claim "${shown}" of enrich-token: a claim name is a non-empty string (no-name)`,
      ])
    },
  )

  test('a tab stays, for what is printed in columns', () => {
    const [head] = block({ audience: 'a\tb', refusal: new TokenRefusal('audience-missing', {}) })
    expect(head).toContain('a\tb')
  })
})
