import { describe, expect, test } from 'vitest'
import {
  findRequiredModule,
  type GivenContent,
  isPackageName,
  isPackageVersion,
  refusalsOfAction,
  refusalsOfModule,
} from '../../../src/domain/index.ts'

const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const reasons = (given: GivenContent) => refusalsOfAction(given).map(({ reason }) => reason)

const atTheLimit: GivenContent = {
  name: 'a',
  code: `${'é'.repeat(49_999)}xy`,
  dependencies: many(10, (n) => ({ name: `p${n}`, version: '1'.repeat(50) })),
  runtime: 'node12',
  secrets: many(30, (n) => ({ name: `${n}${'🔑'.repeat(126)}`, value: 'v'.repeat(4_096) })),
  supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
  modules: many(3, (n) => ({ module_id: `m${n}`, module_version_id: `v${n}` })),
}

describe('the content of an action', () => {
  test('is sound at every limit', () => {
    expect(refusalsOfAction(atTheLimit)).toEqual([])
    expect(refusalsOfAction({})).toEqual([])
  })

  test.each([
    ['code of one byte more', { code: `${atTheLimit.code}z` }, 'code-too-large'],
    ['one secret more', { secrets: many(31, (n) => ({ name: `S${n}` })) }, 'too-many-secrets'],
    ['a name of a secret of one character more', { secrets: [{ name: 'x'.repeat(129) }] }, 'secret-name-length'],
    ['a value of one character more', { secrets: [{ name: 'S', value: 'x'.repeat(4_097) }] }, 'secret-value-too-long'],
    ['one package more', { dependencies: many(11, (n) => ({ name: `p${n}`, version: '1' })) }, 'too-many-dependencies'],
    [
      'a version of one character more',
      { dependencies: [{ name: 'p', version: '1'.repeat(51) }] },
      'dependency-version',
    ],
    [
      'one module more',
      { modules: many(4, (n) => ({ module_id: `m${n}`, module_version_id: '' })) },
      'too-many-modules',
    ],
    ['a NUL in the name', { name: 'a\0b' }, 'nul-character'],
    ['a NUL in the code', { code: '"\0"' }, 'nul-character'],
    ['a NUL in the name of a secret', { secrets: [{ name: 'A\0' }] }, 'nul-character'],
    ['a NUL in the name of a package', { dependencies: [{ name: 'a\0', version: '1' }] }, 'nul-character'],
  ])('is refused for %s, and for nothing else', (_, changes, reason) => {
    expect(reasons({ ...atTheLimit, ...changes })).toEqual([reason])
  })

  test('is told all its faults at once, with their values', () => {
    const found = refusalsOfAction({
      name: '',
      runtime: 'deno',
      secrets: [{ name: 'A' }, { name: 'A' }],
      dependencies: [{ name: 'a', version: 'git+ssh://host/a' }],
      supported_triggers: [],
    })
    expect(found).toEqual([
      { reason: 'name-missing', values: { of: 'action' } },
      { reason: 'secret-named-twice', values: { name: 'A' } },
      { reason: 'dependency-version', values: { name: 'a', version: 'git+ssh://host/a' } },
      { reason: 'runtime-unknown', values: { runtime: 'deno' } },
      { reason: 'trigger-count', values: { count: 0 } },
    ])
  })
})

describe('the content of a module', () => {
  test('has limits of its own', () => {
    const content = {
      name: 'm'.repeat(255),
      code: 'é'.repeat(65_536),
      secrets: [{ name: 'x'.repeat(255), value: '' }],
    }
    expect(refusalsOfModule(content)).toEqual([])
    const over = { name: 'm'.repeat(256), code: 'x'.repeat(65_537), secrets: [{ name: 'x'.repeat(256) }] }
    expect(refusalsOfModule(over).map(({ reason }) => reason)).toEqual([
      'name-too-long',
      'code-too-large',
      'secret-name-length',
    ])
  })

  test.each([
    ["const a = require('actions:tax')", { name: 'tax', line: 1 }],
    ['\n\nrequire ( "actions:a b" )', { name: 'a b', line: 3 }],
    ['/* one\n two */ require(`actions:x`)', { name: 'x', line: 2 }],
    ["const url = 'https://example.com'; require('actions:after')", { name: 'after', line: 1 }],
  ])('requires another module in %j', (code, found) => {
    expect(findRequiredModule(code)).toEqual(found)
    expect(refusalsOfModule({ code })).toEqual([{ reason: 'module-nested', values: { name: found.name } }])
  })

  test.each([
    "// require('actions:tax')",
    "/* require('actions:tax') */",
    "require('actions')",
    "x.requires('actions:a')",
  ])('requires none in %j', (code) => {
    expect(findRequiredModule(code)).toBeUndefined()
  })
})

describe('what npm may be asked for', () => {
  test.each(['lodash', '@scope/name', 'JSONStream', 'big.js', 'a-b_c~d'])('the name %j', (name) => {
    expect(isPackageName(name)).toBe(true)
  })

  test.each(['', ' ', '../a', '.a', '_a', 'a b', 'a/b', '@a', '@a/', '@/b', 'a\0b', 'a@1', 'x'.repeat(215), 'ä'])(
    'not the name %j',
    (name) => {
      expect(isPackageName(name)).toBe(false)
    },
  )

  test.each(['', '1.2.3', '^1.2.3', '~1', '>=1 <2', '1 || 2', '1.x', '*', 'latest', 'next', '1.0.0-beta.1+build'])(
    'the version %j',
    (version) => {
      expect(isPackageVersion(version)).toBe(true)
    },
  )

  test.each([
    'npm:other@1',
    'file:../a',
    'git+https://example.com/a.git',
    'https://example.com/a.tgz',
    'user/repository',
    'github:user/repository',
    '../a',
    '.',
    '~/a',
    'a.tgz',
    'a.tar.gz',
    'workspace:*',
    '1\0',
    '1\n',
  ])('not the version %j', (version) => {
    expect(isPackageVersion(version)).toBe(false)
  })
})
