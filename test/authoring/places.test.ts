import { expect, test } from 'vitest'
import { type CodeFiles, excerptOf, inOwnFiles, ownStack, placeOf } from '../../src/authoring/index.ts'

const files: CodeFiles = [
  [
    { file: 'actions/first/code.js', code: 'one()\n' },
    { file: 'action-modules/money/code.js', code: '\tmoney()\n' },
  ],
  [{ file: 'actions/second/code.js', code: 'a\nb(c)\n', path: '/home/jo/my (tenant)/code.js' }],
]

test.each([
  ["an action's own file", 'at /data/runner/01ab/action-0/action.js:1:1', 'actions/first/code.js', 'one()\n^'],
  ["a module's file", 'at f (/x/action-0-module-0/module.js:1:2)', 'action-modules/money/code.js', '\tmoney()\n\t^'],
  ['the file of a later action', 'at f (/x/action-1/action.js:2:3)', 'actions/second/code.js', 'b(c)\n  ^'],
  ['a file that runs under its own name', 'at /home/jo/my (tenant)/code.js:2:3', 'actions/second/code.js', 'b(c)\n  ^'],
  [
    "the first of the author's own below others",
    'at axios (/x/packages-12/packages.cjs:9:9)\n    at /x/action-7/action.js:1:1\n    at f (/x/action-1/action.js:2:3)',
    'actions/second/code.js',
    'b(c)\n  ^',
  ],
])('the place of a stack is %s, with the line and a caret', (_what, frame, file, excerpt) => {
  expect(placeOf(`Error: no\n    ${frame}`, files)).toMatchObject({ file, excerpt })
})

test("a stack without a file of the author's has no place", () => {
  expect(placeOf('Error: no\n    at node:internal/process:1:1', files)).toBeUndefined()
})

test('a text names the files as their author does', () => {
  const text = 'cannot require it from /x/action-0/action.js, /x/action-0-module-0/module.js or /x/action-9/action.js'
  expect(inOwnFiles(text, files)).toBe(
    'cannot require it from actions/first/code.js, action-modules/money/code.js or /x/action-9/action.js',
  )
})

test("a printed error is told by its author's lines, without what the sandbox does below them and with all else it has", () => {
  const sandbox = ['/x/child.cjs:9:9', 'new Promise (<anonymous>)', 'async answer (/x/child.cjs:3:9)']
  const printed = [
    'before Error: no',
    '    at one (/x/action-0/action.js:1:1)',
    ...sandbox.map((frame) => `    at ${frame}`),
    '    ... 6 lines matching cause stack trace ...',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:103:5) {',
    '  [cause]: TypeError: why',
    '      at b (/x/action-1/action.js:2:1)',
    ...sandbox.map((frame) => `      at ${frame}`),
    '}',
    'after',
  ].join('\n')
  expect(ownStack(printed, files)).toBe(`before Error: no
    at one (actions/first/code.js:1:1) {
  [cause]: TypeError: why
      at b (actions/second/code.js:2:1)
}
after`)
})

test.each([
  ['a tab', '\tab', '\tab\n\t ^'],
  [
    'two columns for each character of a wide script, and none for what stands on another',
    '漢字e\u0301|b',
    '漢字e\u0301|b\n      ^',
  ],
  ['two for an emoji', '"😀"|b', '"😀"|b\n     ^'],
])('a caret has %s before it', (_what, line, excerpt) => {
  expect(excerptOf(line, 1, line.indexOf('b') + 1)).toBe(excerpt)
})

test('of a line that is too long to read, the part around the caret is shown', () => {
  const long = `${'a'.repeat(1_000)}b${'c'.repeat(1_000)}`
  const part = `…${'a'.repeat(80)}b${'c'.repeat(79)}…`
  expect(excerptOf(long, 1, 1_001)).toBe(`${part}\n${' '.repeat(81)}^`)
  expect(excerptOf(long, 1, 1)).toBe(`${long.slice(0, 160)}…\n^`)
  expect(excerptOf(long, 1, 2_001)).toBe(`…${long.slice(-160)}\n${' '.repeat(160)}^`)
})

test('a line that is not there has no excerpt', () => {
  expect(excerptOf('one', 2, 1)).toBeUndefined()
})
