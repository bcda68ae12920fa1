import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthoredAction, openTries, type Tries, type TryOrder } from '../../src/compose-try.ts'
import { readConfig } from '../../src/config.ts'
import { createObserver } from '../../src/observe.ts'

let tries: Tries
beforeAll(async () => {
  tries = await openTries({
    config: readConfig({ EXECUTION_DEADLINE_MS: '2000' }),
    observer: createObserver({ level: 'silent' }),
  })
})
afterAll(() => tries.close())

function action(name: string, code: string, modules: AuthoredAction['modules'] = []): AuthoredAction {
  return { name, code, secrets: {}, dependencies: [], runtime: 'node22', modules }
}

function handler(name: string, body: string): AuthoredAction {
  return action(name, `exports.onExecuteCredentialsExchange = async (event, api) => { ${body} }`)
}

const event = { accessToken: { scope: ['read', 'write'] }, transaction: { target_scopes: ['read', 'write'] } }

async function run(actions: readonly AuthoredAction[], conditions: Partial<TryOrder> = {}) {
  const end = await tries.run({ tenant: 'example', actions, event, ...conditions })
  if (end.kind !== 'ran') throw new Error(`nothing ran: ${end.kind}`)
  return end
}

describe('actions in their order', () => {
  test('each sees what the earlier ones did, and is told apart in what was run, printed and dropped', async () => {
    const { tried } = await run([
      handler(
        'first',
        `console.log('one'); api.accessToken.setCustomClaim('tier', 'gold'); api.transaction.addTargetScope('admin')`,
      ),
      handler(
        'second',
        `console.log('two'); api.accessToken.setCustomClaim('seen', event.accessToken.customClaims.tier); event.client.name = 'x'`,
      ),
      handler('first', `console.log('again')`),
    ])
    expect(tried.result).toMatchObject({
      kind: 'granted',
      claims: { tier: 'gold', seen: 'gold' },
      dropped: [
        { kind: 'event', action: 'second', name: 'event.client.name', rule: 'event-is-a-copy' },
        { kind: 'scope', action: 'first', name: 'admin', rule: 'outside-grant' },
      ],
    })
    expect(tried.logs).toEqual(['one', 'two', 'again'])
    expect(tried.runs).toEqual([
      { action_name: 'first', kind: 'completed', ms: expect.any(Number), logs: ['one'] },
      { action_name: 'second', kind: 'completed', ms: expect.any(Number), logs: ['two'] },
      { action_name: 'first', kind: 'completed', ms: expect.any(Number), logs: ['again'] },
    ])
  })

  test('one may begin with a line for a shell', async () => {
    const { tried } = await run([action('script', `#!/usr/bin/env node\n${handler('', `console.log('ran')`).code}`)])
    expect(tried.logs).toEqual(['ran'])
  })

  test('what one prints beyond 32 KiB is cut, and a line says so', async () => {
    const bodies = [`'x'.repeat(32_769)`, `'x'.repeat(32_768)); console.log('more'`, `'x'.repeat(32_768)`]
    const { tried } = await run(bodies.map((body, index) => handler(`${index}`, `console.log(${body})`)))
    const whole = 'x'.repeat(32_768)
    const cut = '… (console output cut)'
    expect(tried.runs.map(({ logs }) => logs)).toEqual([[whole, cut], [whole, cut], [whole]])
  })

  test('a denial and a failure name their action, and the later ones are not begun', async () => {
    const [fine, late] = [handler('fine', ''), handler('late', `api.accessToken.setCustomClaim('late', true)`)]
    const denied = await run([fine, handler('gate', `api.access.deny('invalid_scope', 'no')`), late])
    expect(denied.tried.result).toMatchObject({ kind: 'denied', error: 'invalid_scope', reason: 'no', by: 'gate' })
    const failed = await run([fine, handler('broken', `throw new TypeError('oh')`), late])
    expect(failed.tried).toMatchObject({ failure: 'threw', error: { name: 'TypeError' }, result: { by: 'broken' } })
    for (const { tried } of [denied, failed]) expect(tried.runs).toHaveLength(2)
  })

  test('one that never ends is named, and what the earlier ones printed is kept', async () => {
    const { tried } = await run([
      handler('fine', `console.log('one')`),
      handler('endless', 'await new Promise(() => {})'),
      handler('late', ''),
    ])
    expect(tried).toMatchObject({ failure: 'timed-out', result: { by: 'endless' }, logs: ['one'] })
    expect(tried.runs.map(({ action_name, kind }) => [action_name, kind])).toEqual([
      ['fine', 'completed'],
      ['endless', 'timed-out'],
    ])
  })

  test('more of them than run at once are all run', async () => {
    const ran = await Promise.all([1, 2, 3].map((n) => run([handler('a', `console.log(${n})`)])))
    expect(ran.map(({ tried }) => tried.logs)).toEqual([['1'], ['2'], ['3']])
  })
})

const clockMs = Date.UTC(2020, 1, 29, 12)

describe('the cache of a try', () => {
  const records = { kept: { value: 'k', expires_at: clockMs + 10 }, gone: { value: 'g', expires_at: clockMs - 1 } }
  const uses = `
    console.log(api.cache.get('kept')?.value, api.cache.get('gone'))
    api.cache.set('new', 'n', { ttl: 1_000 })
    api.cache.delete('kept')`

  test('is found as it was given, and told as the next execution would find it', async () => {
    const { tried } = await run([handler('a', uses)], { cache: records, clockMs })
    expect(tried.logs).toEqual(['k undefined'])
    expect(tried.cache).toEqual({ new: { value: 'n', expires_at: clockMs + 1_000 } })
  })

  test('stays as it was when an action fails', async () => {
    const { tried } = await run([handler('a', `${uses}; throw new Error('oh')`)], { cache: records, clockMs })
    expect(tried.cache).toEqual({ kept: records.kept })
  })
})

test('under a fixed clock every Date tells that time, in modules too, and what is measured is real', async () => {
  const module = { name: 'time', code: 'exports.loadedAt = Date.now()', secrets: {}, dependencies: [] }
  const code = `const { loadedAt } = require('actions:time')
class Later extends Date { later() { return this.getTime() + 1 } }
exports.onExecuteCredentialsExchange = async (event, api) => {
  const begun = performance.now()
  while (performance.now() - begun < 5);
  await new Promise((resolve) => setTimeout(resolve, 1))
  api.accessToken.setCustomClaim('seen', {
    times: [loadedAt, Date.now(), new Date().getTime(), new Later().later() - 1, Date.parse(Date())],
    given: [new Date(7).getTime(), new Date('2001-02-03').toISOString(), Date.UTC(2000, 0), new Later(8).later()],
    kinds: [new Date() instanceof Date, new Later() instanceof Later, new Date().constructor === Date, Date.name, Date.length],
    unset: Number.isNaN(new Date(undefined).getTime()),
  })
}`
  const { tried } = await run([action('a', code, [module])], { clockMs })
  expect(tried.result).toMatchObject({
    claims: {
      seen: {
        times: Array.from({ length: 5 }, () => clockMs),
        given: [7, '2001-02-03T00:00:00.000Z', Date.UTC(2000, 0), 9],
        kinds: [true, true, true, 'Date', 7],
        unset: true,
      },
    },
  })
  expect(tried.actionMs).toBeGreaterThanOrEqual(5)
  expect(tried.totalMs).toBeLessThan(20_000)
})

describe('coverage', () => {
  const code = `const { used } = require('actions:used')
function never() {
  return 'never'
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  if (event.request.method === 'POST') used()
  else never()
  for (let n = 0; n < 3; n++) { console.log(n) }
}
`
  const used = { name: 'used', code: 'exports.used = () => {}', secrets: {}, dependencies: [] }
  const unused = { name: 'unused', code: `exports.unused = 'é'`, secrets: {}, dependencies: [] }
  const covered = action('covered', code, [used, unused])
  const denies = handler('denies', `api.access.deny('invalid_request')`)
  const unreached = handler('unreached', '')

  test('tells of each code which parts ran, and how often, by its own text', async () => {
    const { coverage = [] } = await run([covered, denies, unreached], { coverage: true })
    expect(coverage.map(({ of }) => of.name)).toEqual(['covered', 'used', 'unused', 'denies', 'unreached'])
    for (const { of, ranges } of coverage) {
      expect([ranges[0]?.start, ranges.at(-1)?.end]).toEqual([0, of.code.length])
      for (const [index, { start }] of ranges.entries()) if (index > 0) expect(ranges[index - 1]?.end).toBe(start)
    }
    const parts = coverage.map(({ of, ranges }) =>
      ranges.map(({ start, end, count }) => [of.code.slice(start, end).trim(), count]),
    )
    const [ofAction = [], ...others] = parts
    expect(ofAction.filter(([, count]) => count === 0)).toEqual([
      [`function never() {\n  return 'never'\n}`, 0],
      [`else never()`, 0],
    ])
    expect(ofAction.filter(([, count]) => count === 3)).toEqual([[`{ console.log(n) }`, 3]])
    expect(others).toEqual([[[used.code, 1]], [[unused.code, 0]], [[denies.code, 1]], [[unreached.code, 0]]])
  })

  test('is not told where it was not asked for', async () => {
    expect(await run([covered])).not.toHaveProperty('coverage')
  })

  test('leaves an action what it may not do: programs and the inspector are refused as ever', async () => {
    const refused = ['child_process', 'inspector', 'worker_threads'].map(
      (name) => `try { require('node:${name}'); console.log('${name}') } catch (error) { console.log(error.code) }`,
    )
    const { tried } = await run([handler('a', refused.join('\n'))], { coverage: true })
    expect(tried.logs).toEqual(['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'])
  })
})
