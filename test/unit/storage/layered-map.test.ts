import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LayeredMap } from '../../../src/storage/layered-map.ts'

describe('a layered map', () => {
  test('holds what a plain map with the same changes would, and none of its forerunners moves', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.option(fc.string(), { nil: undefined }))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.string())),
        fc.array(fc.array(change)),
        (entries, steps) => {
          const plain = new Map(entries)
          const seen: (readonly [LayeredMap<number, string>, ReadonlyMap<number, string>])[] = []
          let layered = LayeredMap.of(new Map(entries))
          for (const changes of steps) {
            seen.push([layered, new Map(plain)])
            layered = layered.with(changes)
            for (const [key, value] of changes) value === undefined ? plain.delete(key) : plain.set(key, value)
          }
          seen.push([layered, plain])
          for (const [one, other] of seen) {
            expect(new Map(one)).toEqual(other)
            expect(one.size).toBe(other.size)
            expect(new Set(one.keys())).toEqual(new Set(other.keys()))
            for (let key = 0; key <= 40; key += 1) {
              expect(one.get(key)).toBe(other.get(key))
              expect(one.has(key)).toBe(other.has(key))
            }
          }
        },
      ),
    )
  })

  test('stays the same object when nothing is changed', () => {
    const map = LayeredMap.of(new Map([['a', 'b']]))
    expect(map.with([])).toBe(map)
    expect(map.with([['a', 'b']])).toBe(map)
    expect(map.with([['c', undefined]])).toBe(map)
    expect(LayeredMap.of(map)).toBe(map)
  })

  test('does not grow slower to read with the number of its changes: they are folded in', () => {
    let map = LayeredMap.of(new Map(Array.from({ length: 1_000 }, (_, index) => [index, String(index)])))
    for (let index = 0; index < 5_000; index += 1) map = map.with([[index % 2_000, `changed ${index}`]])
    expect(map.size).toBe(2_000)
    expect(map.get(1_999)).toBe('changed 3999')
    const visited: number[] = []
    map.forEach((value, key, whole) => {
      if (whole.get(key) === value) visited.push(key)
    })
    expect(visited.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 2_000 }, (_, index) => index))
  })
})
