import { existsSync } from 'node:fs'
import { chmod, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Build } from '../../src/deployment/index.ts'
import type { ActionDependency, Bundle } from '../../src/domain/index.ts'
import { type OpenBundler, openBundler } from '../support/bundler.ts'
import { type MadeUpPackage, openRegistry, type Registry } from '../support/registry.ts'
import { action, claimsOf, openPackagePool, runActions } from './run-action.ts'

const written = join(tmpdir(), `symbolon-script-ran-${process.pid}`)
const writes = `node -e "require('fs').writeFileSync(${JSON.stringify(written).replaceAll('"', "'")}, '')"`

const packages: readonly MadeUpPackage[] = [
  { name: 'versions', version: '1.0.0', files: { 'index.js': `module.exports = '1.0.0'` } },
  { name: 'versions', version: '1.2.0', files: { 'index.js': `module.exports = '1.2.0'` } },
  {
    name: 'versions',
    version: '2.0.0-beta.1',
    tags: ['next'],
    files: { 'index.js': `module.exports = '2.0.0-beta.1'` },
  },
  { name: 'versions', version: '1.3.0', files: { 'index.js': `module.exports = '1.3.0'` } },
  {
    name: 'scripts',
    version: '1.0.0',
    manifest: { scripts: { preinstall: writes, install: writes, postinstall: writes } },
    files: { 'index.js': 'module.exports = 1' },
  },
  { name: 'gyp', version: '1.0.0', files: { 'index.js': '', 'binding.gyp': '{}' } },
  { name: 'prebuilt', version: '1.0.0', files: { 'index.js': '', 'prebuilds/linux-x64/it.node': 'ELF' } },
  {
    name: 'gyp-script',
    version: '1.0.0',
    manifest: { scripts: { install: 'node-gyp-build' } },
    files: { 'index.js': '' },
  },
  { name: 'on-gyp', version: '1.0.0', manifest: { dependencies: { gyp: '1' } }, files: { 'index.js': '' } },
  {
    name: 'perhaps-gyp',
    version: '1.0.0',
    manifest: { optionalDependencies: { gyp: '1' } },
    files: { 'index.js': `try { exports.has = !!require('gyp') } catch (error) { exports.has = error.code }` },
  },
  { name: 'huge', version: '1.0.0', files: { 'index.js': '', 'data.bin': 'x'.repeat(3_000_000) } },
  { name: 'damaged', version: '1.0.0', damaged: true, files: { 'index.js': '' } },
  {
    name: 'beside',
    version: '1.0.0',
    files: {
      'index.js': `'use strict'
const { join } = require('path'); const { readFileSync } = require('fs')
exports.strict = (function () { return this === undefined })()
exports.data = readFileSync(join(__dirname, 'data.txt'), 'utf8')
exports.plugin = (name) => require('./plugins/' + name)
exports.any = (id) => require(id)
exports.resolved = require.resolve('./plugins/a').endsWith('beside/plugins/a.js')
exports.parent = module.parent !== undefined && require.main !== module`,
      'data.txt': 'data',
      'plugins/a.js': `exports.name = 'a'; exports.file = __filename.endsWith('beside/plugins/a.js')`,
    },
  },
  {
    name: 'es-only',
    version: '1.0.0',
    manifest: { type: 'module', exports: { '.': './index.mjs', './plain': './plain.js' } },
    files: {
      'index.mjs': `import { readFileSync } from 'node:fs'
export const data = readFileSync(new URL('./data.txt', import.meta.url), 'utf8')
export const dirname = import.meta.dirname.endsWith('es-only')
export default class Shape {}`,
      'plain.js': `export const a = 1; export { a as 'module.exports' }`,
      'data.txt': 'es data',
    },
  },
  {
    name: 'knows-its-file',
    version: '1.0.0',
    files: {
      'index.js': `if (!new Error().stack.includes(__filename)) throw new Error('not in a file of its own'); module.exports = 'loaded'`,
    },
  },
  { name: 'never-loads', version: '1.0.0', files: { 'index.js': `throw new TypeError('never')` } },
  {
    name: 'grows',
    version: '1.0.0',
    files: { 'index.js': `const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1))` },
  },
  { name: 'hangs', version: '1.0.0', files: { 'index.js': `for (;;) {}` } },
]

let registry: Registry
let opened: OpenBundler

beforeAll(async () => {
  registry = await openRegistry(packages)
  opened = await openBundler(registry.url, { treeBytes: 2_000_000 })
})

afterAll(async () => {
  await opened.close()
  await registry.close()
})

function build(dependencies: Readonly<Record<string, string>>, code = '', of = opened): Promise<Build> {
  const listed = Object.entries(dependencies).map(([name, version]): ActionDependency => ({ name, version }))
  return of.bundler.build({ code, dependencies: listed, runtime: 'node22' })
}

async function built(
  dependencies: Readonly<Record<string, string>>,
  code = '',
): Promise<Build & { status: 'built'; bundle: Bundle }> {
  const done = await build(dependencies, code)
  if (done.status === 'failed' || done.bundle === undefined) throw new Error(JSON.stringify(done))
  return { ...done, bundle: done.bundle }
}

async function failure(dependencies: Readonly<Record<string, string>>, of = opened): Promise<string> {
  const done = await build(dependencies, '', of)
  if (done.status === 'built') throw new Error('it was built')
  return done.errors.map(({ id, msg }) => `${id}: ${msg}`).join('\n')
}

async function run(bundle: Bundle, head: string, body: string): Promise<Record<string, unknown>> {
  const pool = await openPackagePool()
  try {
    const [outcome] = await runActions(pool, opened, { code: action(head, body), bundle })
    return claimsOf(outcome)
  } finally {
    await pool.close()
  }
}

test.for([
  ['1.0.0', '1.0.0'],
  ['~1.2.0', '1.2.0'],
  ['', '1.3.0'],
  ['latest', '1.3.0'],
  ['next', '2.0.0-beta.1'],
])('the version "%s" is resolved to %s and fixed', async ([asked = '', resolved]) => {
  const { dependencies, bundle } = await built({ versions: asked })
  expect(dependencies).toEqual([{ name: 'versions', version: resolved }])
  expect(JSON.parse(bundle.lockfile).packages['node_modules/versions'].version).toBe(resolved)
  expect(bundle.lockfile).not.toContain(registry.url)
})

test('no script of a package runs', async () => {
  await built({ scripts: '' })
  expect(existsSync(written)).toBe(false)
})

test('equal resolutions share a folder, whatever else the code says', async () => {
  const first = await built({ versions: '1.2.0' }, `require('versions'); const a = 1`)
  const file = join(opened.root, first.bundle.hash, 'packages.cjs')
  const { ino } = await stat(file)
  const second = await built({ versions: '1.2.0' }, `const b = require('versions')`)
  expect(second.bundle.hash).toBe(first.bundle.hash)
  expect((await stat(file)).ino).toBe(ino)
  const other = await built({ versions: '1.2.0' }, `require('versions/package.json')`)
  expect(other.bundle.hash).not.toBe(first.bundle.hash)
  expect(other.bundle.specifiers).toEqual(['versions', 'versions/package.json'])
})

test('requests that are equal at the same time are built once, and both hear of the steps', async () => {
  const told: string[][] = [[], []]
  const request = { code: 'together', dependencies: [{ name: 'versions', version: '1.0.0' }], runtime: 'node22' }
  const before = registry.requests.length
  const both = await Promise.all(told.map((steps) => opened.bundler.build(request, (step) => steps.push(step))))
  expect(both[0]).toBe(both[1])
  expect(told).toEqual([
    ['building', 'packaged'],
    ['building', 'packaged'],
  ])
  const metadata = registry.requests.slice(before).filter((request) => request === 'GET /versions')
  expect(metadata.length).toBeLessThanOrEqual(1)
})

test('what is built is readable by every user and writable by none', async () => {
  const { bundle } = await built({ versions: '1.0.0' })
  const folder = join(opened.root, bundle.hash)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const { mode } = await stat(join(entry.parentPath, entry.name))
    expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? '755' : '444'])
  }
})

test('a lost folder is made again from its lockfile, to the same hash', async () => {
  const { bundle } = await built({ versions: '~1.2.0', 'es-only': '' })
  const folder = join(opened.root, bundle.hash)
  expect(await opened.bundler.restore(bundle)).toBe(folder)
  await rm(folder, { recursive: true })
  expect(await opened.bundler.restore(bundle)).toBe(folder)
  expect((await run(bundle, '', `claim('v', require('versions'))`)).v).toBe('1.2.0')
})

test('a lockfile that makes another bundle is not taken for it', async () => {
  const { bundle } = await built({ versions: '1.0.0' })
  const hash = '0'.repeat(64)
  await expect(opened.bundler.restore({ ...bundle, hash })).rejects.toThrow(/cannot be made again/)
  expect(existsSync(join(opened.root, hash))).toBe(false)
})

test.for([
  ['gyp', /^native_add_on: The package "gyp" has a native add-on \(binding\.gyp\)/],
  ['prebuilt', /^native_add_on: The package "prebuilt" has a native add-on \(prebuilds\/linux-x64\/it\.node\)/],
  [
    'gyp-script',
    /^native_add_on: The package "gyp-script" has a native add-on \(the install script "node-gyp-build"\)/,
  ],
  ['on-gyp', /^native_add_on: The package "gyp" /],
] as const)('%s is refused for the native add-on it brings', async ([name, message]) => {
  expect(await failure({ [name]: '' })).toMatch(message)
})

test('a native add-on that is optional is left out', async () => {
  const { bundle, messages } = await built({ 'perhaps-gyp': '' })
  expect(messages).toEqual([])
  expect((await run(bundle, '', `claim('has', require('perhaps-gyp').has)`)).has).toBe('MODULE_NOT_FOUND')
})

test('a tree that is too large is refused with its size and the limit', async () => {
  expect(await failure({ huge: '' })).toMatch(/^packages_too_large: .* 3000\d\d\d bytes; at most 2000000 are allowed/)
})

test('a package that is not in the registry is named', async () => {
  expect(await failure({ 'no-such-package': '' })).toMatch(
    /^package_not_found: The package "no-such-package" is not in the registry/,
  )
  expect(await failure({ '@scope/none': '' })).toMatch(
    /^package_not_found: The package "@scope\/none" is not in the registry/,
  )
})

test('a version that does not exist is named with its package', async () => {
  expect(await failure({ versions: '9.9.9' })).toMatch(
    /^version_not_found: The package "versions" has no version that matches "9\.9\.9"/,
  )
})

test('a package that is not what the registry says it is, is not installed', async () => {
  expect(await failure({ damaged: '' })).toMatch(/^package_damaged: /)
})

test('a registry that cannot be reached is said to be so, without its credentials', async () => {
  const gone = await openRegistry()
  await gone.close()
  const of = await openBundler(gone.url.replace('//', '//user:pass-word@'))
  try {
    const said = await failure({ versions: '' }, of)
    expect(said).toMatch(
      /^registry_unreachable: The registry at http:\/\/127\.0\.0\.1:\d+\/ could not be reached \(ECONNREFUSED\)/,
    )
    expect(said).not.toContain('pass-word')
  } finally {
    await of.close()
  }
})

test('files beside a package, requires that are computed, and what Node tells a module are as in its own tree', async () => {
  const { bundle, messages } = await built({ beside: '', versions: '' })
  expect(messages).toEqual([])
  const body = `
    const { strict, data, plugin, any, resolved, parent } = require('beside')
    claim('seen', { strict, data, plugin: plugin('a'), any: any('versions'), resolved, parent })`
  expect((await run(bundle, '', body)).seen).toEqual({
    strict: true,
    data: 'data',
    plugin: { name: 'a', file: true },
    any: '1.3.0',
    resolved: true,
    parent: true,
  })
})

test('a package of ES modules loads by require and by import as Node 22 loads it', async () => {
  const { bundle, messages } = await built({ 'es-only': '' }, `require('es-only/plain')`)
  expect(messages).toEqual([])
  const body = `
    const required = require('es-only')
    const imported = await import('es-only')
    claim('required', [Object.keys(required), required.data, required.dirname, required.default.name, required.__esModule])
    claim('imported', [Object.keys(imported), imported.data, imported.dirname, imported.default.name])
    claim('plain', require('es-only/plain'))
    claim('same', require('es-only') === required)`
  expect(await run(bundle, '', body)).toEqual({
    required: [['__esModule', 'data', 'default', 'dirname'], 'es data', true, 'Shape', true],
    imported: [['data', 'default', 'dirname'], 'es data', true, 'Shape'],
    plain: 1,
    same: true,
  })
})

test('a package that does not survive bundling is loaded from its own files, and the build says so', async () => {
  const { bundle, messages } = await built({ 'knows-its-file': '', versions: '' })
  expect(messages).toEqual([
    {
      id: 'not_bundled',
      msg: expect.stringMatching(/^"knows-its-file" does not load from a bundle .*not in a file of its own/),
    },
  ])
  expect((await run(bundle, '', `claim('it', [require('knows-its-file'), require('versions')])`)).it).toEqual([
    'loaded',
    '1.3.0',
  ])
  // Shared with the next build, and so is what it says.
  expect((await built({ 'knows-its-file': '', versions: '' }, '1')).messages).toEqual(messages)
})

test('a package that does not load when it is tried, grows or hangs, is built and told', async () => {
  const { messages } = await built({ 'never-loads': '', versions: '' })
  expect(messages).toEqual([
    { id: 'not_loaded', msg: expect.stringMatching(/^"never-loads" did not load .*TypeError: never/) },
  ])
  const hasty = await openBundler(registry.url, { deadlineMs: 15_000 })
  try {
    const ended = await build({ versions: '', grows: '', hangs: '' }, '', hasty)
    if (ended.status === 'failed') throw new Error(JSON.stringify(ended))
    expect(ended.messages.map(({ id, msg }) => `${id} ${msg.split('"')[1]}`).sort()).toEqual([
      'not_loaded grows',
      'not_loaded hangs',
    ])
  } finally {
    await hasty.close()
  }
})

test('the folders of builds are gone, and what is in place is whole', async () => {
  await chmod(opened.scratch, 0o755)
  expect((await readdir(opened.scratch)).filter((name) => name.startsWith('build-'))).toEqual([])
  for (const hash of await readdir(opened.root)) {
    expect(await readdir(join(opened.root, hash))).toEqual(
      expect.arrayContaining(['bundle.json', 'packages.cjs', 'package-lock.json']),
    )
  }
})
