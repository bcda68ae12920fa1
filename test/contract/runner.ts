import { afterEach, describe, expect, test } from 'vitest'
import type { Outcome } from '../../src/engine/index.ts'
import { type ActionSource, handler, invocation, type OpenPool } from '../support/runner.ts'

/** What every runner does, whatever runs the actions behind it. `isShared`: the actions of one execution run in one process. */
export function runnerContract(name: string, isShared: boolean, open: () => Promise<OpenPool>): void {
  describe(name, () => {
    let opened: OpenPool | undefined
    afterEach(async () => {
      await opened?.close()
      opened = undefined
    })
    const run = async (...sources: ActionSource[]): Promise<readonly Outcome[]> => {
      opened = await open()
      return opened.pool.invoke(invocation(opened.bind(...sources)))
    }
    const claim = (outcome: Outcome | undefined, claimName: string): unknown => {
      if (outcome?.kind !== 'completed') throw new Error(`not completed: ${JSON.stringify(outcome)}`)
      const command = outcome.commands.findLast(
        ({ type, ...rest }) => type === 'set-claim' && 'name' in rest && rest.name === claimName,
      )
      return command?.type === 'set-claim' ? command.value : undefined
    }

    test('an action sees the event of its exchange and its own secrets', async () => {
      const [outcome] = await run({
        code: handler(`api.accessToken.setCustomClaim('seen', event)`),
        secrets: { API_KEY: 's3cret' },
      })
      expect(claim(outcome, 'seen')).toEqual({
        accessToken: { customClaims: {}, scope: ['read', 'write'] },
        client: { client_id: 'billing', metadata: { plan: 'gold' }, name: 'Billing' },
        configuration: {},
        request: { body: { grant_type: 'client_credentials' }, geoip: {}, ip: '127.0.0.1', method: 'POST' },
        resource_server: { identifier: 'https://orders.example.com' },
        secrets: { API_KEY: 's3cret' },
        tenant: { id: 'example' },
        transaction: { requested_scopes: [], target_scopes: ['read', 'write'] },
      })
    })

    test('actions run in order, each with an event of its own that shows what the earlier ones did', async () => {
      const outcomes = await run(
        {
          code: handler(
            `event.client.name = 'mine'; api.accessToken.setCustomClaim('first', 1); api.transaction.removeTargetScope('write')`,
          ),
          secrets: { A: 'a' },
        },
        {
          code: handler(
            `api.accessToken.setCustomClaim('seen', [event.client.name, event.accessToken, event.transaction.target_scopes, event.secrets])`,
          ),
          secrets: { B: 'b' },
        },
      )
      expect(outcomes).toHaveLength(2)
      expect(claim(outcomes[1], 'seen')).toEqual([
        'Billing',
        { customClaims: { first: 1 }, scope: ['read'] },
        ['read'],
        { B: 'b' },
      ])
    })

    test('a later action that writes onto the claims it sees changes no claim', async () => {
      const outcomes = await run(
        handler(`api.accessToken.setCustomClaim('plan', { tier: 'gold' })`),
        handler(`event.accessToken.customClaims.plan.tier = 'free'`),
      )
      expect(claim(outcomes[0], 'plan')).toEqual({ tier: 'gold' })
      expect(outcomes[1]).toMatchObject({
        commands: [{ type: 'ignored', what: 'event-write', name: 'event.accessToken.customClaims.plan.tier' }],
      })
    })

    test('a denial lets the action finish and keeps the later ones from running', async () => {
      const outcomes = await run(
        handler(`api.access.deny('invalid_request', 'no'); api.accessToken.setCustomClaim('after', true)`),
        handler(`api.accessToken.setCustomClaim('never', true)`),
      )
      expect(outcomes).toHaveLength(1)
      expect(outcomes[0]).toMatchObject({
        kind: 'completed',
        commands: [
          { type: 'deny', code: 'invalid_request', reason: 'no' },
          { type: 'set-claim', name: 'after', value: true },
        ],
      })
    })

    test('what an action throws comes back as plain texts, and the later ones do not run', async () => {
      const outcomes = await run(handler(`null.x`), handler(''))
      expect(outcomes).toHaveLength(1)
      expect(outcomes[0]).toMatchObject({
        kind: 'threw',
        name: 'TypeError',
        message: expect.stringContaining("reading 'x'"),
      })
      const [outcome] = outcomes
      if (outcome?.kind !== 'threw') throw new Error('unreachable')
      // The line is the author's own: the wrapper around the source does not count.
      expect(outcome.stack).toMatch(/action\.js:2:/)
    })

    test.each([
      ['a text', `throw 'a text'`, 'a text'],
      ['undefined', 'throw undefined', 'undefined'],
      ['an object whose message throws', `throw { get message() { throw new Error('x') } }`, 'cannot be read'],
      ['a proxy that refuses everything', `throw new Proxy({}, { get() { throw 1 } })`, 'cannot be read'],
    ])('throwing %s is an outcome too', async (_what, body, message) => {
      const [outcome] = await run(handler(body))
      expect(outcome).toMatchObject({ kind: 'threw', message: expect.stringContaining(message) })
    })

    test('an error in a callback that nobody awaits ends the execution it belongs to', async () => {
      const [outcome] = await run(
        handler(
          `setTimeout(() => { throw new Error('late') }, 5); await new Promise((resolve) => setTimeout(resolve, 200))`,
        ),
      )
      expect(outcome).toMatchObject({ kind: 'threw', message: 'late' })
    })

    test('a rejection that nobody handles ends the execution it belongs to', async () => {
      const [outcome] = await run(
        handler(`Promise.reject(new Error('unseen')); await new Promise((resolve) => setTimeout(resolve, 200))`),
      )
      expect(outcome).toMatchObject({ kind: 'threw', message: 'unseen' })
    })

    test.each([
      ['no export', '', 'must export an async function'],
      ['module.exports as a function', 'module.exports = async () => {}', 'sets module.exports to a function'],
      [
        'a plain function that returns a promise',
        'exports.onExecuteCredentialsExchange = () => Promise.resolve()',
        'must be an async function',
      ],
      [
        'an async generator',
        'exports.onExecuteCredentialsExchange = async function* () {}',
        'must be an async function',
      ],
      [
        'a handler inherited, not exported',
        'module.exports = Object.create({ onExecuteCredentialsExchange: async () => {} })',
        'must export',
      ],
      ['code that does not parse', 'exports.x = "', 'SyntaxError'],
      ['a top-level await', 'await 1', 'SyntaxError'],
      ['code that closes the function around it', '}); process.exit(); (function () {', 'SyntaxError'],
    ])('%s is not loadable', async (_what, code, message) => {
      const [outcome] = await run(code)
      expect(outcome).toMatchObject({ kind: 'not-loadable', message: expect.stringContaining(message) })
    })

    test('a bound async function and a top-level return are accepted', async () => {
      const [outcome] = await run(
        `exports.onExecuteCredentialsExchange = (async function (event, api) { api.accessToken.setCustomClaim('a', 1) }).bind(null)
         return
         throw new Error('unreachable')`,
      )
      expect(claim(outcome, 'a')).toBe(1)
    })

    test('module-level code runs once, and its state lives on between executions', async () => {
      opened = await open()
      const versions = opened.bind(`let count = 0\n${handler(`api.accessToken.setCustomClaim('count', ++count)`)}`)
      const counts = []
      for (let i = 0; i < 3; i++) counts.push(claim((await opened.pool.invoke(invocation(versions)))[0], 'count'))
      expect(counts).toEqual([1, 2, 3])
    })

    test('an error that module-level code threw is thrown by every execution', async () => {
      opened = await open()
      const versions = opened.bind(
        `globalThis.tries = (globalThis.tries ?? 0) + 1\nthrow new Error('at load ' + globalThis.tries)`,
      )
      for (let i = 0; i < 2; i++) {
        expect((await opened.pool.invoke(invocation(versions)))[0]).toMatchObject({
          kind: 'threw',
          message: 'at load 1',
        })
      }
    })

    test('interleaved executions keep their consoles apart', async () => {
      opened = await open()
      const versions = opened.bind(
        handler(`const n = event.request.body.n
          console.log('begin', n); await new Promise((r) => setTimeout(r, 30 - n * 10)); console.error('end', n)`),
      )
      const [first, second] = await Promise.all(
        [0, 1].map((n) => {
          const plain = invocation(versions)
          return opened?.pool.invoke({
            ...plain,
            varying: { ...plain.varying, request: { ...plain.varying.request, body: { n } } },
          })
        }),
      )
      expect(first?.[0]?.console).toEqual(['begin 0', 'end 0'])
      expect(second?.[0]?.console).toEqual(['begin 1', 'end 1'])
    })

    test('of a flood of console output 256 characters are kept', async () => {
      const [outcome] = await run(handler(`for (let i = 0; i < 100_000; i++) console.log('x'.repeat(99))`))
      expect(outcome?.kind).toBe('completed')
      expect(outcome?.console.join('')).toHaveLength(256)
    })

    test('the cache is synchronous, shared by the actions of one execution, and answers records', async () => {
      const outcomes = await run(
        handler(`const set = api.cache.set('k', 'v', { ttl: 60_000 })
          api.accessToken.setCustomClaim('seen', [set.type, set.record.value, api.cache.get('k').value, api.cache.get('other') === undefined])`),
        handler(
          `api.accessToken.setCustomClaim('seen', [api.cache.get('k').value, api.cache.delete('k').type, api.cache.get('k') === undefined, api.cache.delete('k').code])`,
        ),
      )
      expect(claim(outcomes[0], 'seen')).toEqual(['success', 'v', 'v', true])
      expect(claim(outcomes[1], 'seen')).toEqual(['v', 'success', true, 'CacheKeyDoesNotExist'])
    })

    test('a change of the shared cache is seen by the next execution', async () => {
      opened = await open()
      const versions = opened.bind(handler(`api.accessToken.setCustomClaim('seen', api.cache.get('k')?.value ?? null)`))
      expect(claim((await opened.pool.invoke(invocation(versions)))[0], 'seen')).toBeNull()
      opened.cache.apply([{ key: 'k', record: { value: 'v', expires_at: Date.now() + 60_000 } }], Date.now())
      expect(claim((await opened.pool.invoke(invocation(versions)))[0], 'seen')).toBe('v')
    })

    test('a reference to target_scopes saved earlier is not live; the event has the new one', async () => {
      const [outcome] = await run(
        handler(`const saved = event.transaction.target_scopes
          const answer = api.transaction.addTargetScope(' admin ')
          saved.push('ignored')
          api.accessToken.setCustomClaim('seen', [answer === undefined, saved, event.transaction.target_scopes])`),
      )
      expect(claim(outcome, 'seen')).toEqual([true, ['read', 'write', 'ignored'], ['read', 'write', 'admin']])
    })

    test('writes onto event and api are told', async () => {
      const [outcome] = await run(
        handler(`event.client.metadata.plan = 'free'; event.extra = 1; api.idToken = {}; api.access.deny = () => {}`),
      )
      expect(outcome).toMatchObject({
        kind: 'completed',
        commands: [
          { type: 'ignored', what: 'event-write', name: 'event.client.metadata.plan' },
          { type: 'ignored', what: 'event-write', name: 'event.extra' },
          { type: 'ignored', what: 'api-write', name: 'api.access.deny' },
          { type: 'ignored', what: 'api-write', name: 'api.idToken' },
        ],
      })
    })

    test('a call on api after the handler settled has no effect and is told', async () => {
      opened = await open()
      const versions = opened.bind(handler(`setTimeout(() => api.access.deny('server_error', 'late'), 10)`))
      const [outcome] = await opened.pool.invoke(invocation(versions))
      expect(outcome).toMatchObject({ kind: 'completed', commands: [] })
      const { told } = opened
      await expect.poll(() => told).toContain('late action 1 api.access.deny')
    })

    test('a call on api that comes while a later action runs has no effect and is told', async () => {
      const outcomes = await run(
        handler(`setTimeout(() => api.access.deny('server_error'), 5)`),
        handler(`await new Promise((resolve) => setTimeout(resolve, 50))`),
      )
      expect(outcomes).toHaveLength(2)
      // Where one process runs both, its answer still names it among what the earlier action did.
      const named = isShared ? [{ type: 'ignored', what: 'late-call', name: 'api.access.deny' }] : []
      expect(outcomes[0]).toMatchObject({ kind: 'completed', commands: named })
      expect(outcomes[1]).toMatchObject({ kind: 'completed', commands: [] })
      await expect.poll(() => opened?.told).toContain('late action 1 api.access.deny')
    })

    test('null is no reason for a denial', async () => {
      const [outcome] = await run(handler(`api.access.deny('invalid_request', null)`))
      if (outcome?.kind !== 'completed') throw new Error(`not completed: ${JSON.stringify(outcome)}`)
      expect(outcome.commands).toStrictEqual([{ type: 'deny', code: 'invalid_request' }])
    })

    test('namespaces of other triggers are absent', async () => {
      const [outcome] = await run(
        handler(
          `api.accessToken.setCustomClaim('seen', Object.keys(api)); try { api.idToken.setCustomClaim('a', 1) } catch (e) { api.accessToken.setCustomClaim('error', e.name) }`,
        ),
      )
      expect(claim(outcome, 'seen')).toEqual(['access', 'accessToken', 'cache', 'transaction'])
      expect(claim(outcome, 'error')).toBe('TypeError')
    })

    test('built-in modules are there, with and without node:, by require and by import', async () => {
      const [outcome] = await run(
        handler(`const { createHash } = require('crypto')
          const { createHash: other } = require('node:crypto')
          const { createHash: imported } = await import('node:crypto')
          api.accessToken.setCustomClaim('seen', [createHash === other, createHash === imported, createHash('sha256').update('x').digest('hex').length, typeof fetch])`),
      )
      expect(claim(outcome, 'seen')).toEqual([true, true, 64, 'function'])
    })

    test('an undeclared package is not found', async () => {
      const [outcome] = await run(`require('axios')`)
      expect(outcome).toMatchObject({ kind: 'threw', message: expect.stringContaining("Cannot find module 'axios'") })
    })

    test('a handler that never settles is ended by the deadline, counted across all actions', async () => {
      opened = await open()
      const versions = opened.bind(
        handler(`await new Promise((resolve) => setTimeout(resolve, 200))`),
        handler(`await new Promise(() => {})`),
      )
      const outcomes = await opened.pool.invoke(invocation(versions, { deadlineMs: 400 }))
      expect(outcomes.at(-1)?.kind).toBe('timed-out')
    })

    test('four thousand calls that take effect are the most one execution may make', async () => {
      const [outcome] = await run(handler(`for (let i = 0; i < 5_000; i++) api.transaction.addTargetScope('a')`))
      expect(outcome).toMatchObject({ kind: 'threw', message: expect.stringContaining('4000 calls') })
    })
  })
}
