import { describe, expect, test } from 'vitest'
import type { BoundVersion } from '../../../src/domain/index.ts'
import type { Decision, Outcome } from '../../../src/engine/index.ts'
import { resolveExchange } from '../../../src/oauth/client-credentials.ts'
import type { ExchangeReport } from '../../../src/oauth/exchange-report.ts'
import { notIssued, TokenRefusal } from '../../../src/oauth/refusals.ts'
import { newExecutionId, tokenLogBatch } from '../../../src/oauth/token-log.ts'
import { audience, client, form, origin, settings, snapshotOf } from './given.ts'

const source = {
  tenant: { id: 'tenant1' },
  hostname: 'auth.example.com',
  environment_name: 'test',
  path: '/oauth/token',
  records_events: false,
}
const at = Date.UTC(2026, 0, 2, 3, 4, 6)
const iso = '2026-01-02T03:04:06.000Z'

const exchange = resolveExchange(
  form({ audience, correlation_id: 'c-1', client_id: 'client1', client_secret: 'secret1' }),
  client,
  snapshotOf(),
  origin,
  settings,
)
const proven = { origin, client, authenticated: true, audience, exchange, ended_at: at }

function version(number: number): BoundVersion {
  return {
    binding_id: `b${number}`,
    action_id: `a${number}`,
    action_name: `Action ${number}`,
    version_id: `v${number}`,
    number,
  }
}

function ran(
  outcomes: readonly ({ kind: 'completed' } | { kind: 'threw'; name: string; message: string; stack?: string })[],
  console: readonly string[] = [],
) {
  const runs = outcomes.map((ending, index) => {
    const times = { startedAt: at, endedAt: at + 5, console }
    const outcome: Outcome =
      ending.kind === 'completed' ? { kind: 'completed', commands: [], ...times } : { ...ending, ...times }
    return { version: version(index + 1), outcome }
  })
  return { startedAt: at, endedAt: at + 10, runs }
}

function granted(extra: Partial<Pick<Decision, 'execution' | 'dropped'>> = {}): Decision {
  return { kind: 'granted', scopes: ['write:a', 'read:a'], claims: {}, dropped: [], ...extra }
}

describe('a token that was issued', () => {
  test('leaves one entry in Auth0’s shape', () => {
    const batch = tokenLogBatch({ ...proven, decision: granted() }, source)
    expect(batch).toEqual({
      executions: [],
      events: [
        {
          date: iso,
          type: 'seccft',
          description: 'Client Credentials for Access Token',
          connection: '',
          connection_id: '',
          client_id: 'client1',
          client_name: 'First',
          ip: '192.0.2.1',
          client_ip: '192.0.2.1',
          user_agent: '',
          hostname: 'auth.example.com',
          user_id: '',
          user_name: '',
          audience,
          scope: 'write:a read:a',
          tenant_name: 'tenant1',
          environment_name: 'test',
          references: { correlation_id: 'c-1' },
          $event_schema: { version: '1.0.0' },
          details: { actions: { executions: [] }, symbolon: { request_id: origin.request_id } },
        },
      ],
    })
  })

  test('names its execution, what was dropped, and 256 characters of what each action printed', () => {
    const execution = ran([{ kind: 'completed' }, { kind: 'completed' }], ['x'.repeat(200), 'y'.repeat(200)])
    const dropped = [{ kind: 'claim', action: 'Action 1', name: 'sub', rule: 'restricted-name' }] as const
    const batch = tokenLogBatch({ ...proven, decision: granted({ execution, dropped }), execution_id: 'e1' }, source)
    expect(batch.events[0]?.details).toEqual({
      actions: { executions: ['e1'] },
      symbolon: {
        request_id: origin.request_id,
        dropped,
        console: [1, 2].map((n) => ({ action: `Action ${n}`, text: `${'x'.repeat(200)}\n${'y'.repeat(55)}` })),
      },
    })
    expect(batch.executions).toEqual([
      {
        id: 'e1',
        trigger_id: 'credentials-exchange',
        status: 'final',
        results: [1, 2].map((n) => ({
          action_name: `Action ${n}`,
          started_at: iso,
          ended_at: '2026-01-02T03:04:06.005Z',
        })),
        created_at: iso,
        updated_at: '2026-01-02T03:04:06.010Z',
      },
    ])
  })

  test('lists a hundred drops and counts the rest', () => {
    const dropped = Array.from({ length: 130 }, (_, n) => ({
      kind: 'claim' as const,
      action: 'Action 1',
      name: `n${n}`,
      rule: 'restricted-name' as const,
    }))
    const { details } = tokenLogBatch({ ...proven, decision: granted({ dropped }) }, source).events[0] ?? {}
    expect(details?.symbolon).toMatchObject({ dropped: dropped.slice(0, 100), dropped_beyond: 30 })
  })

  test('is logged under the address that its trusted client forwarded', () => {
    const report: ExchangeReport = {
      ...proven,
      client: { ...client, is_token_endpoint_ip_header_trusted: true },
      origin: { ...origin, forwarded_for: '198.51.100.7' },
      decision: granted(),
    }
    expect(tokenLogBatch(report, source).events[0]?.ip).toBe('198.51.100.7')
    expect(tokenLogBatch({ ...report, authenticated: false }, source).events[0]?.ip).toBe('192.0.2.1')
  })
})

describe('a refused request', () => {
  test('of nobody known names nobody', () => {
    const refusal = new TokenRefusal('unauthenticated', {}, 'the client is not known')
    const [event, ...more] = tokenLogBatch({ origin, authenticated: false, ended_at: at, refusal }, source).events
    expect(more).toEqual([])
    expect(event).toMatchObject({
      type: 'feccft',
      description: 'Unauthorized',
      client_id: null,
      client_name: null,
      audience: '',
      scope: '',
      details: { client_authentication_error: 'the client is not known', symbolon: { reason: 'unauthenticated' } },
    })
  })

  test('that did not end by the rules is described by its cause, which the client was not told', () => {
    const refusal = notIssued(origin.request_id, 'the signing key is gone', false)
    const [event] = tokenLogBatch({ ...proven, refusal }, source).events
    expect(refusal.message).not.toContain('signing key')
    expect(event).toMatchObject({ type: 'feccft', description: 'the signing key is gone' })
    expect(event?.details).not.toHaveProperty('client_authentication_error')
  })

  test('that an action denied leaves no failed execution', () => {
    const by = version(1)
    const execution = ran([{ kind: 'completed' }])
    const decision: Decision = {
      kind: 'denied',
      error: 'invalid_scope',
      reason: 'no',
      withheld: false,
      by,
      execution,
      dropped: [],
    }
    const refusal = new TokenRefusal('denied-invalid_scope', { reason: 'no' })
    const batch = tokenLogBatch({ ...proven, decision, refusal, execution_id: 'e1' }, source)
    expect(batch.events.map((event) => [event.type, event.description])).toEqual([['feccft', 'no']])
    expect(batch.executions).toMatchObject([{ id: 'e1', status: 'final' }])
  })

  test('whose action failed leaves two entries and a partial execution', () => {
    const execution = ran([{ kind: 'completed' }, { kind: 'threw', name: 'TypeError', message: 'boom', stack: 'at x' }])
    const detail = 'TypeError: boom'
    const decision: Decision = { kind: 'failed', failure: 'threw', detail, by: version(2), execution, dropped: [] }
    const refusal = notIssued(origin.request_id, detail, false)
    const batch = tokenLogBatch({ ...proven, decision, refusal, execution_id: 'e1' }, source)
    expect(batch.events.map((event) => event.type)).toEqual(['actions_execution_failed', 'feccft'])
    expect(batch.events[0]).toMatchObject({
      description: 'Action 2: TypeError: boom',
      details: {
        trigger_id: 'credentials-exchange',
        execution_id: 'e1',
        action_id: 'a2',
        action_name: 'Action 2',
        version_id: 'v2',
        binding_id: 'b2',
        error_class: 'action_error',
        action_error: { name: 'TypeError', message: 'boom', stack: 'at x' },
      },
    })
    expect(batch.executions[0]).toMatchObject({
      status: 'partial',
      results: [{ action_name: 'Action 1' }, { action_name: 'Action 2', error: { id: 'threw', msg: detail } }],
    })
    expect(batch.executions[0]?.results[0]).not.toHaveProperty('error')
  })

  test('keeps no text that a store cannot hold or that is not worth its room', () => {
    const refusal = new TokenRefusal('audience-unknown', { audience: `a\0\ud800${'b'.repeat(60_000)}` })
    const report = { origin, client, authenticated: true, ended_at: at, audience: '\udc00\0', refusal }
    const [event] = tokenLogBatch(report, source).events
    expect(event?.description).toHaveLength(1_024)
    expect(event?.description.startsWith('Service not enabled within domain: a\ufffd\ufffdbbb')).toBe(true)
    expect(event?.audience).toBe('\ufffd\ufffd')
  })

  test('never keeps a client secret', () => {
    const refusal = new TokenRefusal('scope-outside-grant', { scopes: ['x'] })
    expect(JSON.stringify(tokenLogBatch({ ...proven, refusal }, source))).not.toContain('secret1')
  })
})

describe('where events are to be kept', () => {
  const recording = { ...source, records_events: true }
  const kept = { event: { client: { client_id: 'client1' }, request: { body: { correlation_id: 'c-1' } } } }
  const eventsOf = (report: ExchangeReport) =>
    tokenLogBatch(report, recording).events.map(({ details }) => details?.symbolon)

  test('the entry of a token has that of its exchange, without the secret', () => {
    const report = { ...proven, decision: granted() }
    expect(eventsOf(report)).toMatchObject([kept])
    expect(JSON.stringify(eventsOf(report))).not.toContain('secret1')
    expect(tokenLogBatch(report, source).events[0]?.details?.symbolon).not.toHaveProperty('event')
  })

  test('both entries of an action that failed have it, and none of a request that came to no action', () => {
    const decision: Decision = { kind: 'failed', failure: 'threw', detail: 'x', by: version(1), dropped: [] }
    const refusal = notIssued(origin.request_id, 'x', false)
    expect(eventsOf({ ...proven, decision, refusal })).toMatchObject([kept, kept])
    expect(eventsOf({ ...proven, refusal })[0]).not.toHaveProperty('event')
  })
})

test('the time of an entry has its milliseconds, whichever second came before', () => {
  const dateOf = (ended_at: number) =>
    tokenLogBatch({ ...proven, ended_at, decision: granted() }, source).events[0]?.date
  for (const time of [at, at + 7, at + 7.9, at + 999, at + 1_000, at + 50, 0, -1])
    expect(dateOf(time)).toBe(new Date(time).toISOString())
  expect(() => dateOf(Number.NaN)).toThrow(RangeError)
  expect(() => dateOf(Number.NaN)).toThrow(RangeError)
})

test('an execution id is random bytes and the day, fit for a path', () => {
  const id = newExecutionId(at, (count) => new Uint8Array(count).fill(0xff))
  expect(id).toMatch(/^[\w-]{32}$/)
  expect(Buffer.from(id, 'base64url').subarray(16).toString()).toBe('20260102')
})
