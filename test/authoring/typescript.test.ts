import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'
import { beforeAll, describe, expect, test } from 'vitest'
import { findAction, type TryReport, writtenLines } from '../../src/authoring/index.ts'
import { exitStatus } from '../../src/cli/exit.ts'
import { readFolder } from '../../src/compose.ts'
import {
  askForToken,
  type DevProcess,
  freshFolder,
  quickstartCopy,
  save,
  startDev,
  symbolon,
} from '../support/dev-process.ts'

const audience = 'https://orders.example.com'

const gate = `import { createHash } from 'node:crypto'
import type { CredentialsExchangeAction } from 'symbolon/actions'
import money from 'actions:money'

interface Partner {
  readonly status: 'active' | 'suspended'
}

export const onExecuteCredentialsExchange: CredentialsExchangeAction = async (event, api) => {
  if (event.resource_server.identifier !== '${audience}') return undefined
  const partner = event.client.metadata as unknown as Partner
  if (partner.status === 'suspended') return api.access.deny('invalid_request', 'suspended')
  api.accessToken.setCustomClaim('${audience}/price', money.parse(event.request.body.price))
  api.accessToken.setCustomClaim('${audience}/digest', createHash('sha256').update('##WORD##').digest('hex').slice(0, 8))
}
`

const money = `class Money {
  constructor(private readonly text: string) {}
  get cents(): number {
    return Number(this.text.trim()) * 100
  }
}
export default { parse: (text: string): number => new Money(text).cents }
`

const trigger = [{ id: 'credentials-exchange', version: 'v2' }]
const files = {
  'actions/enrich-token.json': {
    name: 'enrich-token',
    code: './actions/enrich-token/code.ts',
    modules: [{ module_name: 'money' }],
    supported_triggers: trigger,
  },
  'actions/enrich-token/code.ts': gate,
  'tenant.json': {},
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** The quickstart with its Action in TypeScript, and a module of it. */
async function typedFolder(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const root = await quickstartCopy({ ...files, '.env': 'WORD=kept', ...changes })
  await mkdir(join(root, 'action-modules/money'), { recursive: true })
  await save(root, 'action-modules/money.json', { name: 'money', code: './action-modules/money/code.ts' })
  await save(root, 'action-modules/money/code.ts', money)
  return root
}

test('what runs of an Action in TypeScript is what Auth0 takes: an async function as an own export, and calls of require', async () => {
  const folder = await freshFolder()
  await save(
    folder,
    'gate.ts',
    gate.replace("import money from 'actions:money'", "import money = require('./money.cjs')"),
  )
  await save(folder, 'money.cjs', 'exports.parse = (text) => Number(text)')
  const { action } = await findAction(join(folder, 'gate.ts'), {}, {})
  expect(action.name).toBe('gate')
  const module: { readonly exports: Record<string, unknown> } = { exports: {} }
  const parameters = ['module', 'exports', 'console', 'require']
  compileFunction(action.code, parameters)(module, module.exports, console, createRequire(join(folder, 'gate.ts')))
  expect(Object.hasOwn(module.exports, 'onExecuteCredentialsExchange')).toBe(true)
  expect(module.exports.onExecuteCredentialsExchange?.constructor.name).toBe('AsyncFunction')
})

test('an Action that assigns to exports is taken as it is, whether or not it imports types', async () => {
  const folder = await freshFolder()
  const handler = 'exports.onExecuteCredentialsExchange = async (event: Event) => {}\n'
  await save(folder, 'with.ts', `import type { Event } from 'symbolon/actions'\n${handler}`)
  await save(folder, 'without.ts', `type Event = unknown\n${handler}`)
  for (const name of ['with.ts', 'without.ts']) {
    const { action } = await findAction(join(folder, name), {}, {})
    expect(action.code).toContain('exports.onExecuteCredentialsExchange = async (event) => {')
    expect(action.code).not.toContain('module.exports')
  }
})

test('a source that does not parse is a mistake of the folder at its line, with a caret, and nothing else is wrong', async () => {
  const broken = '// é\nexport const onExecuteCredentialsExchange = async (event: Event api) => {}\n'
  const root = await typedFolder({ 'actions/enrich-token/code.ts': broken })
  const { tenant, errors } = await readFolder(root, {})
  expect(tenant).toBeUndefined()
  expect(errors).toEqual([
    {
      place: { file: 'actions/enrich-token/code.ts', line: 2 },
      message: `does not parse: Expected ")" but found "api"\n${broken.split('\n')[1]}\n${' '.repeat(broken.indexOf('api)') - 5)}^`,
    },
  ])
  const { action } = await findAction(join(root, 'actions/enrich-token'), {}, {})
  expect(action.fault).toMatchObject({ line: 2, message: 'Expected ")" but found "api"' })
})

test('an await outside of the handler is refused with the way out', async () => {
  const folder = await freshFolder()
  await save(folder, 'code.ts', 'const settings: unknown = 1\nawait settings\n')
  const { action, files } = await findAction(folder, {}, {})
  expect(action.fault).toEqual({
    line: 2,
    message: 'an Action cannot await outside of its handler: move it in there',
    excerpt: 'await settings\n^',
  })
  expect(files).toEqual([join(folder, 'code.ts')])
})

test('of a folder with both, a tenant folder says which is run, and one that stands alone runs the source', async () => {
  const root = await quickstartCopy()
  await save(root, 'actions/enrich-token/code.ts', 'export const other = 1\n')
  const named = await findAction(join(root, 'actions/enrich-token'), {}, {})
  expect(named.files).toEqual([join(root, 'actions/enrich-token/code.js')])
  const folder = await freshFolder()
  await save(folder, 'code.ts', 'export const source = 1\n')
  await save(folder, 'code.js', 'exports.built = 1\n')
  const alone = await findAction(folder, {}, {})
  expect(alone.files).toEqual([join(folder, 'code.ts')])
})

test('where code ran is told in lines of the source, and what the compiler put in has none', async () => {
  const folder = await freshFolder()
  await save(folder, 'gate.ts', gate)
  const { action } = await findAction(join(folder, 'gate.ts'), {}, {})
  const lineAt = writtenLines(action)
  for (const text of ['api.access.deny(', 'partner.status', '.slice(0, 8)'])
    expect(lineAt(action.code.indexOf(text))).toBe(gate.slice(0, gate.indexOf(text)).split('\n').length)
  expect(lineAt(action.code.indexOf('__defProp'))).toBeUndefined()
})

describe('a tenant folder with an Action and a module in TypeScript', () => {
  let root: string
  let server: DevProcess
  beforeAll(async () => {
    root = await typedFolder()
    server = await startDev(root)
  })

  test('is served, keywords replaced before it was compiled', async () => {
    const [client] = (await server.devFile()).clients
    const answer = await askForToken(server.url, client, { price: ' 12 ' })
    expect(answer.status).toBe(200)
    const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
    const claims: unknown = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ [`${audience}/price`]: 1200, [`${audience}/digest`]: digestOf('kept') })
  })

  test('shows an error at its line of the source, in try and in dev', async () => {
    const place = `${join(root, 'action-modules/money/code.ts')}:4:29`
    const { exitCode, stdout } = await symbolon([
      ...['try', join(root, 'actions/enrich-token'), '--json'],
      ...['--set', `resource_server.identifier=${audience}`],
    ])
    const { failure }: TryReport = JSON.parse(stdout)
    expect({ exitCode, failure }).toMatchObject({
      exitCode: exitStatus.actionFailed,
      failure: {
        message: "TypeError: Cannot read properties of undefined (reading 'trim')",
        place: { file: join(root, 'action-modules/money/code.ts'), line: 4, column: 29 },
      },
    })
    expect(failure?.place?.excerpt).toBe(`    return Number(this.text.trim()) * 100\n${' '.repeat(28)}^`)
    expect(failure?.stack).toContain(`(${place})`)
    expect(failure?.stack).toContain(`${join(root, 'actions/enrich-token/code.ts')}:13:`)
    const [client] = (await server.devFile()).clients
    expect((await askForToken(server.url, client)).status).toBe(500)
    await server.printed('code.ts:4:29: ')
  })

  test('is exported over itself as it is: it compiles to what the server runs', async () => {
    const { exitCode, stdout } = await symbolon(['export', root, '--json'], { DATA_DIR: server.dataDir, WORD: 'kept' })
    expect(exitCode).toBe(exitStatus.done)
    const { written, notes } = JSON.parse(stdout)
    expect(written).not.toContain('actions/enrich-token/code.js')
    expect(notes).toEqual([])
    const { code: named } = JSON.parse(await readFile(join(root, 'actions/enrich-token.json'), 'utf8'))
    expect(named).toBe('./actions/enrich-token/code.ts')
    expect(await readFile(join(root, named), 'utf8')).toBe(gate)
  })
})

test('an export names the JavaScript of the server where a source is another, and leaves the source where it is', async () => {
  const { keepTypeScript } = await import('../../src/tenant-folder/index.ts')
  const root = await typedFolder()
  const { actions, modules } = await readFolder(root, {})
  const of = (path: string, name: string) =>
    [`${path}.json`, JSON.stringify({ name, code: `./${path}/code.js` })] as const
  const [action] = ['actions/enrich-token']
  const texts = new Map([
    of('actions/enrich-token', 'enrich-token'),
    ['actions/enrich-token/code.js', 'exports.edited = 1'] as const,
    of('action-modules/money', 'money'),
    ['action-modules/money/code.js', modules[0]?.code ?? ''] as const,
  ])
  const { files, notes } = keepTypeScript({ files: texts, notes: [] }, { actions, modules })
  expect(notes).toEqual([
    `${action}/code.ts is not what the server runs: ${action}.json names ${action}/code.js instead`,
  ])
  expect([...files.keys()]).toEqual([`${action}.json`, `${action}/code.js`, 'action-modules/money.json'])
  expect(dirname(JSON.parse(files.get('action-modules/money.json') ?? '').code)).toBe('./action-modules/money')
  expect(JSON.parse(files.get('action-modules/money.json') ?? '').code).toMatch(/code\.ts$/)
})
