import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bundle } from '../../src/domain/index.ts'
import { type OpenBundler, openBundler } from '../support/bundler.ts'
import { type MadeUpPackage, openRegistry, type Registry } from '../support/registry.ts'
import { action, claimsOf, openPackagePool, runActions } from './run-action.ts'

/** Ways of a package to more than it may have. Each answers what it got; throwing is getting nothing. */
const attempts = `
const from = (what) => what && (what.execSync ?? what.Session ?? what.Worker)
const ways = {
  'requires a program starter': () => require('child_process').execSync('id'),
  'takes the default of one': () => require('child_process').default?.execSync('id'),
  'constructs a worker': () => new (require('node:worker_threads').Worker)('1', { eval: true }),
  'opens an inspector': () => { const { Session } = require('inspector'); return new Session().connect() },
  'imports a program starter': async () => (await import('node:child_process')).execSync('id'),
  'imports from data': async () => (await import('data:text/javascript,export * from "node:child_process"')).execSync('id'),
  'getBuiltinModule': () => process.getBuiltinModule('child_process').execSync('id'),
  'module.constructor': () => module.constructor._load('child_process').execSync('id'),
  'createRequire': () => require('module').createRequire('/')('child_process').execSync('id'),
  'createRequire of an imported module': async () => (await import('module')).createRequire('/')('child_process').execSync('id'),
  'registers hooks': async () => (await import('module')).registerHooks({ resolve: () => ({ url: 'node:child_process', shortCircuit: true }) }),
  'registers hooks by _load': async () => (await import('module')).default.registerHooks({}),
  'reads a file of the system': () => require('/etc/hostname'),
  'reads the code of the action': () => require('../../../action-0/action.js'),
  'reads the code of the other action': () => require(__dirname.replace(/packages-.*/, 'action-1/action.js')),
  'imports the code of the other action': () => import('file://' + __dirname.replace(/packages-.*/, 'action-1/action.js')),
  'imports the child program': () => import('file://' + __dirname.replace(/packages-.*/, 'child.cjs')),
  'createRequire elsewhere': () => require('module').createRequire(__dirname.replace(/packages-.*/, 'action-1/x.js'))('./action.js'),
  'requires an add-on': () => require('./it.node'),
  'dlopen': () => process.dlopen({ exports: {} }, __dirname + '/it.node'),
  'writes a file': () => { require('fs').writeFileSync(__dirname + '/written', ''); return true },
}
module.exports = async () => {
  const got = []
  for (const [name, way] of Object.entries(ways)) {
    try { if ((await way()) !== undefined) got.push(name) } catch {}
  }
  return got
}`

const packages: readonly MadeUpPackage[] = [
  { name: 'hostile', version: '1.0.0', files: { 'index.js': attempts } },
  // The same out of its own files: it does not load from a bundle.
  {
    name: 'hostile-tree',
    version: '1.0.0',
    files: { 'index.js': `if (!new Error().stack.includes(__filename)) throw new Error('file')\n${attempts}` },
  },
  {
    name: 'hostile-module',
    version: '1.0.0',
    manifest: { type: 'module', exports: './index.js' },
    files: {
      'index.js': `await undefined
import { execSync, spawn } from 'node:child_process'
import * as threads from 'worker_threads'
import cjs from './attempts.cjs'
export { cjs }
export const names = [typeof execSync, typeof spawn, threads.isMainThread]
export const run = () => execSync('id')`,
      'attempts.cjs': attempts,
    },
  },
  {
    name: 'writes-a-cache',
    version: '1.0.0',
    files: {
      'index.js': `const flood = 'f'.repeat(10000)
for (const write of [
  () => require('fs').writeSync(3, flood),
  () => require('fs').writeFileSync(3, flood),
  () => require('fs').createWriteStream('', { fd: 3 }).write(flood),
  () => new (require('net').Socket)({ fd: 3 }).write(flood),
]) try { write() } catch {}
require('vm').Script.prototype.createCachedData = () => Buffer.from(flood)`,
    },
  },
  {
    name: 'reads-at-load',
    version: '1.0.0',
    files: {
      'index.js': `const { Socket } = require('net')
exports.tried = ['/etc/passwd', '/proc/self/environ'].map((file) => { try { return require('fs').readFileSync(file, 'utf8') } catch (error) { return error.code } })
exports.cp = require('child_process')
class Child extends exports.cp.ChildProcess {}
exports.Child = Child`,
    },
  },
]

let registry: Registry
let opened: OpenBundler

beforeAll(async () => {
  registry = await openRegistry(packages)
  opened = await openBundler(registry.url)
})

afterAll(async () => {
  await opened.close()
  await registry.close()
})

async function build(
  ...names: readonly string[]
): Promise<{ readonly bundle: Bundle; readonly ids: readonly string[] }> {
  const dependencies = names.map((name) => ({ name, version: '' }))
  const built = await opened.bundler.build({ code: names.join(), dependencies, runtime: 'node22' })
  if (built.status === 'failed' || built.bundle === undefined) throw new Error(JSON.stringify(built))
  return { bundle: built.bundle, ids: built.messages.map(({ id }) => id) }
}

async function claims(bundle: Bundle, body: string): Promise<Record<string, unknown>> {
  const pool = await openPackagePool()
  const other = { code: action('', ''), secrets: { OTHER: 'other' } }
  try {
    const [outcome] = await runActions(pool, opened, { code: action('', body), bundle }, other)
    return claimsOf(outcome)
  } finally {
    await pool.close()
  }
}

test.for([
  ['hostile', [], `await require('hostile')()`],
  ['hostile-tree', ['not_bundled'], `await require('hostile-tree')()`],
  ['hostile-module', ['not_loaded'], `await (await import('hostile-module')).cjs()`],
] as const)('the package %s gets nothing beyond what an action may have', async ([name, ids, call]) => {
  const made = await build(name)
  expect(made.ids).toEqual(ids)
  expect(await claims(made.bundle, `claim('got', ${call})`)).toEqual({ got: [] })
})

test('a package that imports what is refused loads, and is refused when it uses it', async () => {
  const { bundle } = await build('hostile-module')
  const body = `
    const { names, run } = await import('hostile-module')
    let refused
    try { run() } catch (error) { refused = [error.code, error.message] }
    claim('it', [names, refused])`
  expect((await claims(bundle, body)).it).toEqual([
    ['function', 'function', true],
    ['ERR_ACCESS_DENIED', 'child_process.execSync is not available to Actions.'],
  ])
})

test('a package that requires what is refused loads, and reads nothing beyond its bundle', async () => {
  const { bundle, ids } = await build('reads-at-load')
  expect(ids).toEqual([])
  const body = `
    const { tried, cp, Child } = require('reads-at-load')
    const refused = []
    for (const use of [() => cp.spawn('id'), () => new Child()]) try { use() } catch (error) { refused.push(error.code) }
    claim('it', { tried, refused })`
  expect((await claims(bundle, body)).it).toEqual({
    tried: ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'],
    refused: ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'],
  })
})

test('what a package writes onto the descriptor of the trial is not taken for a code cache', async () => {
  const { bundle } = await build('writes-a-cache')
  const file = `${opened.root}/${bundle.hash}/packages.cjs.cache`
  expect(readFileSync(file, 'latin1')).not.toContain('fffffffffffffffff')
  expect(await claims(bundle, `require('writes-a-cache'); claim('a', 1)`)).toEqual({ a: 1 })
})
