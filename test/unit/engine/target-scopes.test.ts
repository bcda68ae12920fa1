import { describe, expect, test } from 'vitest'
import { checkRoomFor, cutTargetScopes, readTargetScope, readTargetScopes } from '../../../src/engine/target-scopes.ts'

describe('target scopes', () => {
  test('are trimmed', () => {
    expect(readTargetScope('  read:x ')).toBe('read:x')
    expect(readTargetScope('x'.repeat(280))).toHaveLength(280)
  })

  test.each([
    ['', 'is required'],
    ['  ', 'is required'],
    ['a b', 'white space'],
    ['a\tb', 'white space'],
    ['x'.repeat(281), '280 characters'],
    [42, 'must be a string'],
    [undefined, 'must be a string'],
  ])('%j is refused, every time alike', (value, message) => {
    for (let i = 0; i < 3; i++) expect(() => readTargetScope(value)).toThrow(message)
  })

  test('a set is an array, its duplicates folded, a thousand at most', () => {
    expect(readTargetScopes(['a', ' a', 'b'])).toEqual(['a', 'b'])
    expect(() => readTargetScopes('a')).toThrow(TypeError)
    expect(() => readTargetScopes({ 0: 'a', length: 1 })).toThrow(TypeError)
    const thousand = Array.from({ length: 1_000 }, (_, i) => `s${i}`)
    expect(readTargetScopes([...thousand, 's0'])).toHaveLength(1_000)
    expect(() => readTargetScopes([...thousand, 's1000'])).toThrow('at most 1000')
    expect(() => checkRoomFor('s1000', new Set(thousand))).toThrow('at most 1000')
    expect(() => checkRoomFor('s1', new Set(thousand))).not.toThrow()
  })

  test('are cut against the client grant, in its order', () => {
    expect(cutTargetScopes(new Set(['admin', 'write', 'read']), ['read', 'write', 'delete'])).toEqual(['read', 'write'])
  })
})
