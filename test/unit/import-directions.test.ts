import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { findViolations } from '../../scripts/import-directions.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** What is wrong with a source tree of these files, as `file:line: message`. */
function violationsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const src = mkdtempSync(join(tmpdir(), 'symbolon-src-'))
  folders.push(src)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, file)), { recursive: true })
    writeFileSync(join(src, file), text)
  }
  return findViolations(src).map(({ file, line, message }) => `${file}:${line}: ${message}`)
}

describe('the directions between rooms', () => {
  test('hold in this repository', () => {
    expect(findViolations(resolve(import.meta.dirname, '../../src'))).toEqual([])
  })

  test('let every room reach what its row names, through the door', () => {
    const violations = violationsOf({
      'oauth/token-endpoint.ts': `import { sign } from '../keys/index.ts'\nimport type { Scope } from '../domain/index.ts'\nimport { parse } from './token-request.ts'\n`,
      'storage/sqlite/store.ts': `import type { Store } from '../index.ts'\nimport { rows } from './rows.ts'\nimport Database from 'better-sqlite3'\n`,
      'runner/child/main.ts': `import { openApi } from '../../engine/api.ts'\nimport { frames } from '../protocol.ts'\nimport { Socket } from 'node:net'\nconst load = (path: string) => import(path)\n`,
      'runner/bundle-folder.ts': `const entry = new URL('./child/main.ts', import.meta.url)\n`,
      'compose.ts': `const sqlite = await import('./storage/sqlite/store.ts')\nimport { RunnerPool } from './runner/index.ts'\n`,
    })
    expect(violations).toEqual([])
  })

  test.each([
    ['a static import', `import { pool } from '../runner/index.ts'`],
    ['an import of many lines', `import {\n  pool,\n} from '../runner/index.ts'`],
    [
      'an import with a comment in it',
      `import {\n  pool, // the server's; never the child's\n} from '../runner/index.ts'`,
    ],
    ['an import for its effect', `import '../runner/index.ts'`],
    ['a re-export', `export * from '../runner/index.ts'`],
    ['a type import', `import type { Pool } from '../runner/index.ts'`],
    ['a dynamic import', `const pool = await import('../runner/index.ts')`],
    ['a type in place', `type Pool = typeof import("../runner/index.ts")`],
    ['a require', `const pool = require('../runner/index.ts')`],
    ['a file started by URL', `const file = new URL('../runner/index.ts', import.meta.url)`],
  ])('see %s', (_form, code) => {
    const [violation, ...others] = violationsOf({ 'oauth/token-endpoint.ts': `${code}\n` })
    expect(violation).toMatch(/^oauth\/token-endpoint\.ts:\d: .*runner/)
    expect(others).toEqual([])
  })

  test.each([
    ['keys/seal.ts', '../storage/index.ts', 'keys may not import storage'],
    ['oauth/discovery.ts', '../management/index.ts', 'oauth may not import management'],
    ['oauth/discovery.ts', '../keys/jwt.ts', 'keys is entered by its door, keys/index.ts'],
    ['storage/store.ts', './sqlite/store.ts', 'storage may not import storage/sqlite'],
    ['storage/sqlite/store.ts', '../memory/store.ts', 'storage/sqlite may not import storage/memory'],
    ['runner/pool.ts', './child/main.ts', 'runner may not import runner/child'],
    ['runner/child/main.ts', '../pool.ts', 'runner/child may not import runner'],
    ['runner/child/main.ts', '../../keys/index.ts', 'runner/child may not import keys'],
    ['runner/child/main.ts', 'esbuild', 'runner/child imports no package'],
    ['runner/protocol.ts', './pool.ts', 'the protocol is bundled into the sandbox'],
    ['cli/dev.ts', '../runner/index.ts', 'cli may not import runner'],
    ['http/server.ts', '../config.ts', 'http may not import config'],
    ['http/server.ts', './index.ts', 'a room does not pass its own door'],
    ['http/server.ts', '../../package.json', 'outside of src'],
    ['engine/event.ts', 'node:crypto', 'engine imports neither Node nor a package'],
    ['domain/id.ts', 'nanoid', 'domain imports neither Node nor a package'],
    ['compose.ts', './runner/pool.ts', 'runner is entered by its door, runner/index.ts'],
    ['plugins/load.ts', './plugin.ts', 'the room "plugins" has no row'],
  ])('%s does not import %s', (file, specifier, message) => {
    expect(violationsOf({ [file]: `import { it } from '${specifier}'\n` })).toEqual([expect.stringContaining(message)])
  })

  test('do not allow an import that cannot be read', () => {
    expect(violationsOf({ 'oauth/index.ts': 'const room = await import(name)\n' })).toEqual([
      expect.stringContaining('oauth/index.ts:1: the target of this import is computed'),
    ])
  })

  test('are not held by looking at nothing', () => {
    expect(() => violationsOf({ 'readme.md': 'no sources' })).toThrow('holds no TypeScript file')
  })
})

describe('the house', () => {
  test.each(['oauth/utils.ts', 'oauth/helpers/scope.ts', 'lib/scope.ts', 'oauth/types.ts'])(
    'has no place for %s',
    (file) => {
      expect(violationsOf({ [file]: '' }).join('\n')).toContain('says nothing about what it holds')
    },
  )

  test('keeps a file under 400 lines', () => {
    expect(violationsOf({ 'domain/scope.ts': `${'\n'.repeat(398)}export {}\n` })).toEqual([])
    expect(violationsOf({ 'domain/scope.ts': `${'\n'.repeat(399)}export {}\n` })).toEqual([
      expect.stringContaining('has 400 lines'),
    ])
  })

  test.each([
    ['keys/seal.ts', 'const key = process.env.SEALING_KEY'],
    ['cli/dev.ts', `const key = process['env'].SEALING_KEY`],
  ])('reads the environment in config.ts, not in %s', (file, code) => {
    expect(violationsOf({ 'config.ts': code, [file]: code })).toEqual([
      expect.stringMatching(`^${file}:1: process.env`),
    ])
  })

  test.each(['Date.now()', 'new Date()', 'Math.random()', 'setTimeout(run, 1)', 'fetch(url)', 'crypto.randomUUID()'])(
    'passes %s into domain and engine from outside',
    (code) => {
      const violations = violationsOf({ 'engine/event.ts': `it = ${code}`, 'oauth/token-log.ts': `it = ${code}` })
      expect(violations).toEqual([expect.stringContaining('engine/event.ts:1: domain and engine read no clock')])
    },
  )

  test('lets a comment say what code may not', () => {
    expect(violationsOf({ 'engine/event.ts': '// Date.now() is not called here\n' })).toEqual([])
  })
})
