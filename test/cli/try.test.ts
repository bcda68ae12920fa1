import { once } from 'node:events'
import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { FormFault, findAction, givenEvent, type TryReport } from '../../src/authoring/index.ts'
import { exitStatus } from '../../src/cli/exit.ts'
import { freshFolder, quickstartCopy, symbolon, type Variables } from '../support/dev-process.ts'
import { openRegistry } from '../support/registry.ts'

/** What the tries of this file share: the programs of the sandbox are made once. */
let temporary: string
beforeAll(async () => {
  temporary = await freshFolder()
})

/** Writes files into a fresh folder; what is no text as JSON. */
async function folderOf(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await realpath(await freshFolder())
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

function run(args: readonly string[], variables: Variables = {}) {
  return symbolon(['try', ...args], { TMPDIR: temporary, ...variables })
}

async function runForMachines(args: readonly string[], variables: Variables = {}) {
  const { exitCode, stdout, stderr } = await run([...args, '--json'], variables)
  const report: TryReport = JSON.parse(stdout)
  return { exitCode, report, stdout, stderr }
}

const servedTrigger = [{ id: 'credentials-exchange', version: 'v2' }]

test('what an Action makes of the token is shown as what it added, changed, dropped and printed', async () => {
  const folder = await folderOf({
    'action.js': `exports.onExecuteCredentialsExchange = async (event, api) => {
      const { tier } = event.client.metadata
      api.accessToken.setCustomClaim('tier', tier)
      api.accessToken.setCustomClaim('iss', 'mine')
      api.accessToken.setCustomClaim('from', event.request.body.audience)
      api.transaction.removeTargetScope('write:items')
      api.transaction.addTargetScope('admin')
      console.log('a client of', tier)
      console.error(new Error('seen'))
    }`,
  })
  const sets = ['client.metadata.tier=gold', 'accessToken.customClaims={"tier":"silver","kept":1}']
  const { exitCode, stdout, stderr } = await run([join(folder, 'action.js'), ...sets.flatMap((set) => ['--set', set])])
  expect({ exitCode, stderr }).toEqual({ exitCode: exitStatus.done, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.pop()).toMatch(/^ {2}\d+ ms in the Action, \d+ ms to start its process, \d+ ms in all$/)
  expect(lines).toEqual([
    'token issued  action',
    '',
    '  claims',
    '    ~ tier = "silver" → "gold"',
    '      kept = 1',
    '    + from = "https://api.example.com/"',
    '',
    '  scopes',
    '      read:items',
    '    - write:items',
    '',
    '  dropped',
    '    claim "iss": Auth0 reserves this claim name; choose another, or a namespaced one (restricted-name)',
    '    scope "admin": the client grant does not hold this scope at the API (outside-grant)',
    '',
    '  console',
    '    │ a client of gold',
    '    │ Error: seen',
    `    │     at exports.onExecuteCredentialsExchange (${join(folder, 'action.js')}:9:21)`,
    '',
  ])
})

test('a denial is told with its code and reason, and has an exit status of its own', async () => {
  const folder = await quickstartCopy()
  const event = await folderOf({ 'event.yaml': 'client:\n  metadata:\n    partner: Acme\n    status: suspended\n' })
  const args = [join(folder, 'actions/partner-gate'), '--event', join(event, 'event.yaml')]
  const { exitCode, report } = await runForMachines(args)
  expect(exitCode).toBe(exitStatus.denied)
  expect(report).toMatchObject({
    result: 'denied',
    action: 'partner-gate',
    denial: { error: 'invalid_request', reason: 'Partner Acme is suspended.' },
  })
})

const shop = {
  'tenant.json': {},
  'actions/price.json': {
    name: 'price',
    code: './actions/price/code.js',
    secrets: [{ name: 'PRICE_KEY' }],
    modules: [{ module_name: 'money' }],
    supported_triggers: servedTrigger,
  },
  'actions/price/code.js': `const { parse } = require('actions:money')
exports.onExecuteCredentialsExchange = async (event) => {
  console.log('the key is', event.secrets.PRICE_KEY)
  parse(event.client.metadata.price)
}
`,
  'action-modules/money.json': { name: 'money', code: './action-modules/money/code.js' },
  'action-modules/money/code.js': `exports.parse = (text) => {
  return text.trim()
}
`,
  'actions/unfinished.json': '{"name": "unfin',
  '.env': 'PRICE_KEY=never-to-be-seen',
} as const

test('an Action that throws is shown at its line with a caret, also in a module, and no secret is printed', async () => {
  const folder = await folderOf(shop)
  const { exitCode, stdout, stderr } = await run([join(folder, 'actions/price')])
  expect({ exitCode, stderr }).toEqual({ exitCode: exitStatus.actionFailed, stderr: '' })
  expect(stdout.split('\n').slice(0, 7)).toEqual([
    'the Action failed  price',
    `  ${join(folder, 'action-modules/money/code.js')}:2:15: TypeError: Cannot read properties of undefined (reading 'trim')`,
    '      return text.trim()',
    '                  ^',
    '',
    '  console',
    '    │ the key is [secret PRICE_KEY]',
  ])
  expect(stdout).not.toContain('never-to-be-seen')
})

test('an Action whose fetch fails says why, and no secret is printed with it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  server.close()
  await once(server, 'close')
  const code = `exports.onExecuteCredentialsExchange = async (event) => {
  await fetch('http://127.0.0.1:${port}').catch((error) => {
    throw new Error('no answer', { cause: Object.assign(error, { code: event.secrets.PRICE_KEY }) })
  })
}
`
  const folder = await folderOf({ ...shop, 'actions/price/code.js': code })
  const { exitCode, stdout } = await run([join(folder, 'actions/price')])
  expect(exitCode).toBe(exitStatus.actionFailed)
  expect(stdout.split('\n').slice(1, 6)).toEqual([
    `  ${join(folder, 'actions/price/code.js')}:3:11: Error: no answer`,
    "        throw new Error('no answer', { cause: Object.assign(error, { code: event.secrets.PRICE_KEY }) })",
    '              ^',
    '  caused by TypeError: fetch failed ([secret PRICE_KEY])',
    `  caused by Error: connect ECONNREFUSED 127.0.0.1:${port} (ECONNREFUSED)`,
  ])
})

test('an Action that does not parse has failed, and its line is shown', async () => {
  const folder = await folderOf({
    'action.js': 'exports.a = 1\nexports.onExecuteCredentialsExchange = async (event api) => {}\n',
  })
  const { exitCode, report } = await runForMachines([join(folder, 'action.js')])
  expect(exitCode).toBe(exitStatus.actionFailed)
  expect(report.failure).toEqual({
    kind: 'not-loadable',
    message: 'does not parse: missing ) after argument list',
    place: {
      file: join(folder, 'action.js'),
      line: 2,
      excerpt:
        'exports.onExecuteCredentialsExchange = async (event api) => {}\n                                              ^^^^^',
    },
  })
})

test('the packages that an Action of a tenant folder declares are built for it, once', async () => {
  const registry = await openRegistry([
    { name: 'greet', version: '1.2.0', files: { 'index.js': "module.exports = (name) => 'hello ' + name" } },
  ])
  try {
    const folder = await folderOf({
      'actions/greeter.json': {
        name: 'greeter',
        code: './actions/greeter/code.js',
        dependencies: [{ name: 'greet', version: '1.2.0' }],
        supported_triggers: servedTrigger,
      },
      'actions/greeter/code.js': `const greet = require('greet')
exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('greeting', greet(event.client.name))
}`,
    })
    const args = [join(folder, 'actions/greeter/code.js'), '--set', 'client.name=Ada']
    const variables = { ACTIONS_REGISTRY: registry.url }
    const first = await runForMachines(args, variables)
    const asked = registry.requests.length
    const second = await runForMachines(args, variables)
    expect(asked).toBeGreaterThan(0)
    expect(registry.requests).toHaveLength(asked)
    for (const { exitCode, report } of [first, second]) {
      expect(report.failure).toBeUndefined()
      expect(exitCode).toBe(exitStatus.done)
      expect(report.claims.after).toEqual({ greeting: 'hello Ada' })
    }
  } finally {
    await registry.close()
  }
})

test('what an event does not hold is refused as bad usage before anything runs', async () => {
  const folder = await quickstartCopy()
  const { exitCode, stdout, stderr } = await run([join(folder, 'actions/enrich-token'), '--set', 'client.metdata.a=b'])
  expect({ exitCode, stdout }).toEqual({ exitCode: exitStatus.usage, stdout: '' })
  expect(stderr).toBe(
    'symbolon: --set client.metdata.a: event.client has no "metdata"; it holds client_id, metadata, name\n',
  )
})

test('each fault of an event is named with the way out', async () => {
  const folder = await folderOf({
    'unknown.json': { client: { nam: 'x' } },
    'kind.yaml': 'transaction:\n  requested_scopes: read\n',
    'broken.json': '{',
    'list.json': [],
  })
  const refusals: readonly (readonly [file: string | undefined, settings: readonly string[], message: string])[] = [
    ['unknown.json', [], 'unknown.json: event.client has no "nam"; it holds client_id, metadata, name'],
    ['kind.yaml', [], 'kind.yaml: event.transaction.requested_scopes must be a list of texts'],
    ['broken.json', [], 'broken.json: does not parse'],
    ['list.json', [], 'list.json: event must be an object'],
    ['absent.json', [], 'absent.json: cannot be read (ENOENT): give a JSON or YAML file'],
    [
      undefined,
      ['client.name.first=Ada'],
      '--set client.name.first: event.client.name is a text and holds nothing below it',
    ],
    [
      undefined,
      ['request.geoip.latitude=north'],
      '--set request.geoip.latitude: event.request.geoip.latitude must be a number',
    ],
    [undefined, ['client.name'], '--set needs a name and a value: --set client.metadata.tier=gold'],
  ]
  for (const [file, settings, message] of refusals) {
    const refused = givenEvent(file === undefined ? undefined : join(folder, file), settings)
    await expect(refused).rejects.toThrow(FormFault)
    await expect(refused).rejects.toThrow(message)
  }
})

test('an event is an example with what is given in its place, and what belongs together stays together', async () => {
  const given = {
    client: { client_id: 'c1' },
    configuration: {},
    organization: { id: 'org_1' },
    secrets: { KEY: 'k' },
  }
  // As some editors begin a file.
  const folder = await folderOf({ 'event.json': `\uFEFF${JSON.stringify(given)}` })
  const settings = [
    'transaction.target_scopes=read:a read:b',
    'event.accessToken.customClaims.https://a.example/b={"c":[1]}',
    'client.metadata.dotted.name=42',
    'resource_server.identifier=urn:api',
  ]
  const { event, secrets } = await givenEvent(join(folder, 'event.json'), settings)
  expect(secrets).toEqual({ KEY: 'k' })
  expect(event).toMatchObject({
    client: { client_id: 'c1', name: 'Example client', metadata: { 'dotted.name': '42' } },
    organization: { id: 'org_1', name: 'example' },
    resource_server: { identifier: 'urn:api' },
    request: { body: { grant_type: 'client_credentials', client_id: 'c1', audience: 'urn:api' } },
    accessToken: { customClaims: { 'https://a.example/b': { c: [1] } }, scope: ['read:a', 'read:b'] },
  })
  expect(event).not.toHaveProperty('configuration')
})

test('a file that cannot be read is refused in one sentence', async () => {
  const file = join(await freshFolder(), 'socket.js')
  const socket = createServer().listen(file)
  await once(socket, 'listening')
  const refused = findAction(file, {}, {})
  await expect(refused).rejects.toThrow(FormFault)
  await expect(refused).rejects.toThrow(/socket\.js cannot be read \([A-Z]+\): give a file that this user may read$/)
  socket.close()
})

test('an Action is found by its file or its folder, and its secrets by who is nearest', async () => {
  const folder = await folderOf({ ...shop, 'alone/action.js': 'exports.a = 1', 'alone/.env': 'A=1\nB=2' })
  for (const path of ['actions/price', 'actions/price/code.js']) {
    const { action, files, warnings } = await findAction(join(folder, path), {}, {})
    expect(action).toMatchObject({
      name: 'price',
      secrets: { PRICE_KEY: 'never-to-be-seen' },
      modules: [{ name: 'money' }],
    })
    expect(files).toEqual(['actions/price/code.js', 'action-modules/money/code.js'].map((file) => join(folder, file)))
    expect(warnings).toEqual([])
  }
  const given = await findAction(join(folder, 'actions/price'), { PRICE_KEY: 'given', MORE: 'm' }, {})
  expect(given.action.secrets).toEqual({ PRICE_KEY: 'given', MORE: 'm' })
  expect(given.warnings).toEqual(['actions/price.json: declares no secret "MORE"; add it there'])
  const alone = await findAction(join(folder, 'alone/action.js'), { B: 'given' }, {})
  expect(alone.action).toMatchObject({ name: 'action', secrets: { A: '1', B: 'given' }, dependencies: [], modules: [] })
  await expect(findAction(join(folder, 'nowhere.js'), {}, {})).rejects.toThrow(
    'give the file of an Action, or its folder',
  )
})
