import { expect, test } from 'vitest'
import { findDependencyFaults } from '../../../src/deployment/bundle-dependencies.ts'

const ids = (...dependencies: { readonly name: string; readonly version: string }[]): readonly string[] =>
  findDependencyFaults(dependencies).map(({ id }) => id)

test.for(['', 'latest', 'next', '1.2.3', '^1.2.3', '~1', '1.x', '>=1 <2 || 3', '1.0.0-beta.1+build'])(
  'the version "%s" is taken',
  (version) => expect(ids({ name: '@scope/name', version })).toEqual([]),
)

test.for([
  'npm:lodash@4',
  'git+https://example.com/a.git',
  'git@example.com:a/b.git',
  'github:a/b',
  'a/b',
  'file:../a',
  './a',
  '/a',
  '~/a',
  'http://example.com/a.tgz',
  'a.tgz',
  'workspace:*',
  '1.0.0\0',
  'x'.repeat(10_000),
])('the version "%s" is refused', (version) =>
  expect(ids({ name: 'a', version })).toEqual(['invalid_dependency_version']),
)

test.for(['', 'a\0b', '../a', 'a/b', '@a', 'a b', '.a', '_a', 'a@1', '--flag/x', 'x'.repeat(215)])(
  'the name "%s" is refused',
  (name) => expect(ids({ name, version: '' })).toEqual(['invalid_dependency_name']),
)

test('ten dependencies are taken, eleven refused', () => {
  const many = Array.from({ length: 11 }, (_, index) => ({ name: `a${index}`, version: '' }))
  expect(ids(...many.slice(1))).toEqual([])
  expect(ids(...many)).toEqual(['too_many_dependencies'])
})

test('a package declared twice and a registry of its own are refused', () => {
  const withRegistry = { name: 'b', version: '', registry_url: 'https://registry.example.com' }
  expect(ids({ name: 'a', version: '1' }, { name: 'a', version: '2' })).toEqual(['repeated_dependency'])
  expect(ids(withRegistry)).toEqual(['private_registry'])
})
