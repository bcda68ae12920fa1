import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../support/dev-process.ts'
import { openRegistry } from '../support/registry.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const npm = join(repository, 'node_modules/npm/bin/npm-cli.js')
const { PATH = '' } = process.env

/** The folder of somebody who installed the package there, and the files of the package. */
let project: string
let packed: readonly string[]
beforeAll(async () => {
  const copy = await freshFolder()
  const parts = ['bin', 'docs', 'examples', 'scripts', 'src', 'test']
  const files = (await readdir(repository)).filter((name) => /\.(json|md)$|^LICENSE$/.test(name))
  for (const name of [...parts, ...files]) await cp(join(repository, name), join(copy, name), { recursive: true })
  await symlink(join(repository, 'node_modules'), join(copy, 'node_modules'))
  project = await freshFolder()
  const variables = { env: { PATH, HOME: project }, maxBuffer: 16_777_216 }
  const flags = ['--json', '--loglevel=error', '--foreground-scripts=false', '--pack-destination', project]
  const { stdout } = await run(process.execPath, [npm, 'pack', ...flags], { ...variables, cwd: copy })
  const [told]: readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[] =
    JSON.parse(stdout)
  packed = (told?.files ?? []).map(({ path }) => path)
  expect(await readdir(copy)).not.toContain('dist')
  const registry = await openRegistry()
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'shop', type: 'module' }))
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `--registry=${registry.url}`]
  await run(process.execPath, [npm, 'install', `./${told?.filename}`, ...quietly], { ...variables, cwd: project })
  await registry.close()
}, 120_000)

/** Runs the installed command there. */
async function symbolon(...args: readonly string[]): Promise<string> {
  const program = join(project, 'node_modules/.bin/symbolon')
  const env = { PATH, HOME: project, TMPDIR: join(project, 'temporary') }
  const { stdout } = await run(process.execPath, [program, ...args], { cwd: project, env })
  return stdout
}

async function save(file: string, text: string): Promise<void> {
  await mkdir(join(project, 'temporary'), { recursive: true })
  await writeFile(join(project, file), text)
}

test('the package holds what runs, its documents and its examples, and nothing of the work on it', () => {
  expect(new Set(packed.map((path) => path.split('/')[0]))).toEqual(
    new Set(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'docs', 'examples', 'package.json']),
  )
  expect(
    packed.filter((path) => /\.symbolon|node_modules|\.test\.|(?<!\.d)\.ts$/.test(path) && path.startsWith('dist')),
  ).toEqual([])
  expect(packed).toEqual(expect.arrayContaining(['dist/cli/main.js', 'dist/authoring/actions.d.ts', 'dist/index.d.ts']))
})

test('a command of it runs an Action in TypeScript in the sandbox', async () => {
  await save(
    'gate.ts',
    'export const onExecuteCredentialsExchange = async (event: any, api: any) => api.accessToken.setCustomClaim("tier", 1)',
  )
  expect(JSON.parse(await symbolon('try', 'gate.ts', '--json'))).toMatchObject({
    result: 'issued',
    claims: { after: { tier: 1 } },
  })
})

test('its commands are there, with the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'))
  expect(await symbolon('--version')).toBe(`${version}\n`)
  expect(await symbolon('--help')).toContain('  try ')
})

test('a test runner opens the sandbox with it', async () => {
  await save(
    'claim.cjs',
    'exports.onExecuteCredentialsExchange = async (event, api) => { api.accessToken.setCustomClaim("tier", 1) }',
  )
  await save(
    'run.js',
    `import { openSandbox } from 'symbolon/testing'
    const sandbox = await openSandbox()
    const { result, claims } = await sandbox.run('claim.cjs')
    console.log(result, claims.tier)
    await sandbox.close()`,
  )
  const env = { PATH, HOME: project, TMPDIR: join(project, 'temporary') }
  expect((await run(process.execPath, ['run.js'], { cwd: project, env })).stdout).toBe('issued 1\n')
})

test('its types are found and check, as modules are resolved by Node and by bundlers', async () => {
  await save(
    'action.ts',
    `import type { CredentialsExchangeAction } from 'symbolon/actions'
    import type { Runner } from 'symbolon/engine'
    export const onExecuteCredentialsExchange: CredentialsExchangeAction = async (event, api) => {
      api.accessToken.setCustomClaim('client', event.client.client_id)
      // @ts-expect-error a claim has a name and a value
      api.accessToken.setCustomClaim('client')
    }
    export type Runs = Runner`,
  )
  await save(
    'action-test.ts',
    `import { openSandbox } from 'symbolon/testing'
    const sandbox = await openSandbox()
    const { result, claims } = await sandbox.run('action.ts', { event: { client: { name: 'Shop' } } })
    export const told: readonly unknown[] = [result === 'issued', claims.client]
    // @ts-expect-error three ways to end
    result === 'granted'`,
  )
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const options = {
      strict: true,
      noEmit: true,
      target: 'es2024',
      types: [],
      lib: ['es2024'],
      module,
      moduleResolution,
    }
    // What an Action is checked against needs no types of Node; a test's may.
    for (const [file, skipLibCheck] of [
      ['action.ts', false],
      ['action-test.ts', true],
    ] as const) {
      await save('tsconfig.json', JSON.stringify({ compilerOptions: { ...options, skipLibCheck }, files: [file] }))
      const told = await run(join(repository, 'node_modules/.bin/tsc'), ['-p', project]).catch((error) => error)
      expect(told.stdout).toBe('')
    }
  }
})
