import { AsyncResource, AsyncLocalStorage as NodeStorage } from 'node:async_hooks'
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { AsyncLocalStorage } from '../../../src/runner/child/async-contexts.ts'

type Storage = Pick<NodeStorage<string>, 'run' | 'exit' | 'getStore' | 'enterWith' | 'disable'>
type Scenario = (storage: Storage, other: Storage) => unknown

/** Each is told the same by Node's own class and by ours. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'there is no store outside': (storage) => storage.getStore(),
  'run answers what it calls answers': (storage) =>
    storage.run('a', (x: number, y: number) => [storage.getStore(), x, y], 1, 2),
  'a run within a run, and back': (storage) =>
    storage.run('a', () => [storage.run('b', () => storage.getStore()), storage.getStore()]),
  'a run that throws gives its store back': (storage) =>
    storage.run('a', () => {
      try {
        storage.run('b', () => {
          throw new Error('x')
        })
      } catch {
        // Thrown on purpose.
      }
      return storage.getStore()
    }),
  'an exit, and back': (storage) =>
    storage.run('a', () => [storage.exit(() => storage.getStore()), storage.getStore()]),
  'two storages at once': (storage, other) =>
    storage.run('a', () =>
      other.run('b', () => [storage.getStore(), other.getStore(), storage.exit(() => other.getStore())]),
    ),
  'across await': (storage) =>
    storage.run('a', async () => {
      await undefined
      const before = storage.getStore()
      await delay(1)
      return [before, storage.getStore()]
    }),
  'across timers, ticks and microtasks': (storage) =>
    storage.run('a', () =>
      Promise.all([
        new Promise((resolve) => setTimeout(() => resolve(storage.getStore()), 1)),
        new Promise((resolve) => setImmediate(() => resolve(storage.getStore()))),
        new Promise((resolve) => process.nextTick(() => resolve(storage.getStore()))),
        new Promise((resolve) => queueMicrotask(() => resolve(storage.getStore()))),
      ]),
    ),
  'executions side by side keep apart': (storage) =>
    Promise.all(
      ['a', 'b', 'c'].map((name) =>
        storage.run(name, async () => {
          await delay(2)
          return storage.getStore()
        }),
      ),
    ),
  'enterWith lasts for what follows': async (storage) => {
    await undefined
    storage.enterWith('a')
    const before = storage.getStore()
    await delay(1)
    return [before, storage.getStore()]
  },
  'after disable there is none': (storage) =>
    storage.run('a', () => {
      storage.disable()
      return [storage.getStore(), storage.run('b', () => storage.getStore())]
    }),
  'a resource remembers where it was made': (storage) => {
    const resource = storage.run('a', () => new AsyncResource('x'))
    return resource.runInAsyncScope(() => storage.getStore())
  },
  'an event is of who emits it': async (storage) => {
    const emitter = new EventEmitter()
    const heard = storage.run('a', () => once(emitter, 'x').then(() => storage.getStore()))
    storage.run('b', () => emitter.emit('x'))
    return heard
  },
  'undefined is a store as any other': (storage) =>
    storage.run('a', () => [
      Reflect.apply(storage.run, storage, [undefined, () => storage.getStore()]),
      storage.getStore(),
    ]),
}

test.for(Object.entries(scenarios))('%s, as with the class of Node', async ([, scenario]) => {
  const theirs = await scenario(new NodeStorage<string>(), new NodeStorage<string>())
  expect(await scenario(new AsyncLocalStorage<string>(), new AsyncLocalStorage<string>())).toEqual(theirs)
})

test('a snapshot and a bound function call in the context they were made in', () => {
  const storage = new AsyncLocalStorage<string>()
  const [snapshot, bound] = storage.run('a', () => [
    AsyncLocalStorage.snapshot(),
    AsyncLocalStorage.bind((x: number) => [storage.getStore(), x]),
  ])
  expect(storage.run('b', () => snapshot((x: number) => [storage.getStore(), x], 1))).toEqual(['a', 1])
  expect(storage.run('b', () => bound(2))).toEqual(['a', 2])
})

test('a timer shows no store', () => {
  const storage = new AsyncLocalStorage<object>()
  const store = {}
  const timer = storage.run(store, () => setTimeout(() => {}, 0))
  clearTimeout(timer)
  expect(Object.getOwnPropertySymbols(timer).map((symbol): unknown => Reflect.get(timer, symbol))).not.toContain(store)
})
