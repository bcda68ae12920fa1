import { afterAll, expect, test } from 'vitest'
import { handler, invocation, openPool } from '../../support/runner.ts'

const shared = openPool()
afterAll(async () => (await shared).close())

const prelude = `const caused = (message, cause, more) => Object.assign(new Error(message, { cause }), more)
  const bare = (error) => Object.assign(error, { stack: undefined })`

const throws = {
  'each cause below the other, with its code': {
    body: `throw bare(caused('a', caused('b', caused('c', undefined, { code: 'E_C' }), { code: 7 })))`,
    stack: 'Error: a\n  [cause]: Error: b\n    [cause]: Error: c (E_C)',
  },
  'the errors of one of several': {
    body: `throw bare(new AggregateError([new TypeError('a'), 'b', 3, null, 'too many'], '', { cause: Symbol('d') }))`,
    stack:
      'AggregateError: \n  [cause]: Symbol(d)\n  [errors]: TypeError: a\n  [errors]: b\n  [errors]: 3\n  [errors]: null',
  },
  'a cause of which getters throw as far as it can be read': {
    body: `throw bare(caused('a', { message: 'b', get name() { throw 1 }, get code() { throw 1 }, get cause() { throw 1 },
      errors: new Proxy([1, 'c'], { get(list, name) { if (name === '0') throw 1; return list[name] } }) }))`,
    stack: 'Error: a\n  [cause]: Error: b\n    [errors]: c',
  },
  'no cause that cannot be read at all': {
    body: `const { proxy, revoke } = Proxy.revocable([], {}); revoke()
      throw bare(caused('a', caused('b', undefined, { errors: proxy }), { errors: [proxy] }))`,
    stack: 'Error: a\n  [cause]: Error: b\n  [errors]: Error',
  },
  'no cause twice that is its own': {
    body: `const [a, b] = [bare(new Error('a')), new Error('b')]; a.cause = b; b.cause = a; b.errors = [b]; throw a`,
    stack: 'Error: a\n  [cause]: Error: b',
  },
  'four levels of causes': {
    body: `throw bare([5, 4, 3, 2, 1].reduce((cause, n) => caused(n, cause), new Error('6')))`,
    stack: 'Error: 1\n  [cause]: Error: 2\n    [cause]: Error: 3\n      [cause]: Error: 4\n        [cause]: Error: 5',
  },
  'causes whatever an Action replaced': {
    body: `String.prototype.slice = Array.isArray = globalThis.String = () => 'mine'
      throw bare(caused('a', 'b'))`,
    stack: 'Error: a\n  [cause]: b',
  },
}

test.for(Object.entries(throws))('what an action threw is told with %s', async ([, { body, stack }]) => {
  const { pool, bind } = await shared
  const versions = bind(handler(`${prelude}; ${body}`))
  await pool.prepare(versions)
  expect(await pool.invoke(invocation(versions))).toMatchObject([{ kind: 'threw', stack }])
  pool.retain([])
})

test('the causes are told also where the stack is long, and within its bound', async () => {
  const { pool, bind } = await shared
  const body = `const error = caused('a', caused('b', undefined, { code: 'E_B' }), { stack: 's'.repeat(20_000) })
    if (event.client.client_id === 'none') throw error
    throw Object.assign(error, { errors: Array(4).fill('e'.repeat(5_000)) })`
  const versions = bind(handler(`${prelude}; ${body}`))
  await pool.prepare(versions)
  const plain = invocation(versions)
  const ofNone = { ...plain, fixed: { ...plain.fixed, client: { ...plain.fixed.client, client_id: 'none' } } }
  const cause = '\n  [cause]: Error: b (E_B)'
  expect(await pool.invoke(ofNone)).toMatchObject([{ message: 'a', stack: 's'.repeat(8_192 - cause.length) + cause }])
  const [outcome] = await pool.invoke(plain)
  const stack = outcome?.kind === 'threw' ? (outcome.stack ?? '') : ''
  expect(stack).toHaveLength(8_192)
  expect(stack).toContain(`${cause}\n  [errors]: eee`)
  pool.retain([])
})
