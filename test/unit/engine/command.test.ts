import { describe, expect, test } from 'vitest'
import { type Command, parseCommand } from '../../../src/engine/index.ts'

describe('a command from the sandbox', () => {
  const commands: readonly Command[] = [
    { type: 'deny', code: 'invalid_scope', reason: 'no' },
    { type: 'deny', code: 'anything' },
    { type: 'set-claim', name: 'a', value: { b: [null] } },
    { type: 'oversized-claims', name: 'a' },
    { type: 'cache-set', key: 'k', value: 'v', expires_at: 1 },
    { type: 'cache-delete', key: 'k' },
    { type: 'add-scope', scope: 'a' },
    { type: 'remove-scope', scope: 'a' },
    { type: 'set-scopes', scopes: ['a', 'b'] },
    { type: 'ignored', what: 'late-call', name: 'x' },
  ]

  test.each(commands)('$type is known', (command) => {
    expect(parseCommand(JSON.parse(JSON.stringify(command)))).toEqual(command)
  })

  test.each([
    [null],
    ['deny'],
    [[]],
    [{}],
    [{ type: 'grant' }],
    [{ type: 'constructor' }],
    [{ type: 'deny' }],
    [{ type: 'deny', code: 1 }],
    [{ type: 'deny', code: 'x', reason: {} }],
    [{ type: 'set-claim', name: '', value: 1 }],
    [{ type: 'set-claim', name: 'a' }],
    [{ type: 'cache-set', key: 'k', value: 'v', expires_at: '1' }],
    [{ type: 'cache-set', key: 'k', value: 'x'.repeat(4_097), expires_at: 1 }],
    [{ type: 'add-scope', scope: 'a b' }],
    [{ type: 'set-scopes', scopes: ['a', 1] }],
    [{ type: 'set-scopes', scopes: Array.from({ length: 1_001 }, (_, i) => `s${i}`) }],
    [{ type: 'ignored', what: 'everything', name: 'x' }],
  ])('%j is none', (value) => {
    expect(parseCommand(value)).toBeUndefined()
  })

  test('fields that no command has are left behind', () => {
    expect(parseCommand({ type: 'add-scope', scope: 'a', admin: true })).toEqual({ type: 'add-scope', scope: 'a' })
  })
})
