import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bundle } from '../../src/domain/index.ts'
import { type OpenBundler, openBundler } from '../support/bundler.ts'
import { type MadeUpPackage, openRegistry, type Registry } from '../support/registry.ts'
import { buildBundle } from './declared.ts'
import { action, claimsOf, openPackagePool, type PackagedCode, runActions } from './run-action.ts'

const packages: readonly MadeUpPackage[] = ['1.0.0', '2.0.0'].map((version) => ({
  name: 'shared',
  version,
  files: { 'index.js': `exports.version = '${version}'; exports.seen = []` },
}))

let registry: Registry
let opened: OpenBundler
let one: Bundle
let two: Bundle

beforeAll(async () => {
  registry = await openRegistry(packages)
  opened = await openBundler(registry.url)
  one = await buildBundle(opened, '', [{ name: 'shared', version: '1.0.0' }])
  two = await buildBundle(opened, '', [{ name: 'shared', version: '2.0.0' }])
})

afterAll(async () => {
  await opened.close()
  await registry.close()
})

async function claims(...actions: readonly PackagedCode[]): Promise<readonly Record<string, unknown>[]> {
  const pool = await openPackagePool()
  try {
    return (await runActions(pool, opened, ...actions)).map(claimsOf)
  } finally {
    await pool.close()
  }
}

const pricing = () => ({
  name: 'pricing',
  code: `let calls = 0
console.log('module runs')
exports.price = () => ({ calls: ++calls, key: actions.secrets.KEY, names: Object.keys(actions.secrets) })
exports.version = require('shared').version
exports.imported = () => import('shared').then((shared) => shared.version)`,
  secrets: { KEY: 'of the module' },
  bundle: two,
})

test('a module has its own secrets and its own packages, and is loaded once for an action', async () => {
  const head = `const pricing = require('actions:pricing'); const shared = require('shared')`
  const body = `
    claim('first', pricing.price())
    claim('second', require('actions:pricing').price())
    claim('versions', [shared.version, pricing.version, (await import('shared')).version, await pricing.imported()])
    claim('others', [event.secrets, typeof actions, require.resolve('actions:pricing')])`
  const [found] = await claims({ code: action(head, body), secrets: { OWN: 'own' }, bundle: one, modules: [pricing()] })
  expect(found).toEqual({
    first: { calls: 1, key: 'of the module', names: ['KEY'] },
    second: { calls: 2, key: 'of the module', names: ['KEY'] },
    versions: ['1.0.0', '2.0.0', '1.0.0', '2.0.0'],
    others: [{ OWN: 'own' }, 'undefined', 'actions:pricing'],
  })
})

test('two actions that pin the same module share nothing of it', async () => {
  const code = action('', `claim('calls', require('actions:pricing').price().calls)`)
  const [first, second] = await claims({ code, modules: [pricing()] }, { code, modules: [pricing()] })
  expect([first, second]).toEqual([{ calls: 1 }, { calls: 1 }])
})

test('the error of a module is kept, and thrown at each require', async () => {
  const broken = {
    name: 'broken',
    code: `globalThis.runs = (globalThis.runs ?? 0) + 1; throw new RangeError('at load')`,
  }
  const unparsed = { name: 'unparsed', code: `exports.a = (` }
  const body = `
    const caught = []
    for (const id of ['actions:broken', 'actions:broken', 'actions:unparsed']) {
      try { require(id) } catch (error) { caught.push(error.name) }
    }
    claim('caught', [...caught, globalThis.runs])`
  const [found] = await claims({ code: action('', body), modules: [broken, unparsed] })
  expect(found?.caught).toEqual(['RangeError', 'RangeError', 'SyntaxError', 1])
})

test('a module that requires another one is refused, and a module that the action does not pin is not there', async () => {
  const nested = { name: 'nested', code: `require('actions:pricing')` }
  const body = `
    const messages = []
    for (const id of ['actions:nested', 'actions:unknown']) {
      try { require(id) } catch (error) { messages.push(error.code, error.message.split('\\n').slice(0, 2)) }
    }
    claim('messages', messages)`
  const [found] = await claims({ code: action('', body), modules: [nested, pricing()] })
  expect(found?.messages).toEqual([
    'MODULE_NOT_FOUND',
    ["Cannot find module 'actions:pricing'", 'A module cannot use other modules.'],
    'MODULE_NOT_FOUND',
    [
      "Cannot find module 'actions:unknown'",
      'The Action has no module of that name; add it to the modules of the Action.',
    ],
  ])
})

test('a package that is not declared is not there, and the message says what to do', async () => {
  const body = `
    const messages = []
    for (const id of ['axios', './axios', '/etc/passwd', '../child.cjs']) {
      try { require(id) } catch (error) { messages.push(error.code, error.message.split('\\n')[1]) }
    }
    claim('messages', messages)`
  const advice = "Declare it as a dependency. Without that, only Node's built-in modules can be required."
  const missing = ['MODULE_NOT_FOUND', advice]
  const [alone, beside] = await claims({ code: action('', body) }, { code: action('', body), bundle: one })
  expect([alone?.messages, beside?.messages]).toEqual(Array(2).fill([...missing, ...missing, ...missing, ...missing]))
})

test('what a module prints is printed by the execution that loads it', async () => {
  const pool = await openPackagePool()
  try {
    const [outcome] = await runActions(pool, opened, {
      code: action('', `require('actions:pricing')`),
      modules: [pricing()],
    })
    expect(outcome?.console).toEqual(['module runs'])
  } finally {
    await pool.close()
  }
})
