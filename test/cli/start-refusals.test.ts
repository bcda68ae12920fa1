import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, quickstartCopy, save, startCommand, startDev, symbolon } from '../support/dev-process.ts'
import { freePort } from '../support/free-port.ts'
import { inFull } from '../support/in-full.ts'

const quickstart = 'examples/quickstart'

/** The lines of standard error, each said by the program. */
function linesOf(stderr: string): readonly string[] {
  const lines = stderr.trimEnd().split('\n')
  expect(lines.filter((line) => !line.startsWith('symbolon: '))).toEqual([])
  return lines.map((line) => line.slice('symbolon: '.length))
}

describe('bad usage ends with 64', () => {
  test.each([
    [
      'an option that does not exist',
      ['dev', quickstart, '--prot', '1'],
      /^symbolon: unknown option '--prot' \(Did you mean --port\?\)\n$/,
    ],
    [
      'no folder, in a folder that is none',
      ['dev'],
      /this folder is no tenant folder: give one, or the file of an Action/,
    ],
    ['a command that does not exist', ['serf'], /^symbolon: unknown command 'serf' \(Did you mean serve\?\)\n$/],
    ['no file', ['try'], /^symbolon: missing required argument 'file' \(see --help\)\n$/],
  ])('%s', async (_what, args, said) => {
    const { exitCode, stdout, stderr } = await symbolon(args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' })
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  test.each([
    [
      'a port out of range',
      { PORT: '70000' },
      'PORT is "70000"; it must be an integer from 0 to 65535 (without it: 4400)',
    ],
    [
      'a sealing key that is none, which is not repeated',
      { SEALING_KEY: 'hunter2' },
      /^SEALING_KEY is malformed; it must be 32 bytes/,
    ],
    [
      'a choice that is none',
      { LOG_DURABILITY: 'maybe' },
      /^LOG_DURABILITY is "maybe"; it must be one of commit, fsync, async/,
    ],
  ])('%s: one line', async (_what, variables, said) => {
    const DATA_DIR = join(await freshFolder(), 'data')
    const { exitCode, stdout, stderr } = await symbolon(['dev', quickstart], { DATA_DIR, ...variables })
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' })
    const [line, ...others] = linesOf(stderr)
    expect(others).toEqual([])
    if (typeof said === 'string') expect(line).toBe(said)
    else expect(line).toMatch(said)
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  test('two bad settings: a line each', async () => {
    const { exitCode, stderr } = await symbolon(['dev', quickstart, '--port', 'x'], { RUNNER_UID: 'root' })
    expect(exitCode).toBe(64)
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/^--port is "x"/),
      expect.stringMatching(/^RUNNER_UID is "root"/),
    ])
  })
})

describe('help and version', () => {
  test.each([
    ['--help', /Usage: symbolon/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
  ])('%s ends with 0', async (flag, said) => {
    const { exitCode, stdout, stderr } = await symbolon([flag])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(said)
  })
})

describe('a folder that cannot be served ends the start with 1', () => {
  test.each([
    [
      'one that is not there',
      async () => join(await freshFolder(), 'nowhere'),
      'does not exist: give a tenant folder, its YAML file, or the file of an Action',
    ],
    [
      'a file that is no YAML',
      async () => join(await quickstartCopy(), 'tenant.json'),
      'is no tenant folder: give a folder in the auth0-deploy-cli layout, or its YAML file, or the file of an Action',
    ],
  ])('%s: one line that says what to give', async (_what, make, said) => {
    const dir = await make()
    const DATA_DIR = join(await freshFolder(), 'data')
    const { exitCode, stdout, stderr } = await symbolon(['dev', dir], { DATA_DIR, PORT: '0' })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(linesOf(stderr)).toEqual([`${dir} ${said}`])
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  test('ten mistakes: each is named by its file, and nothing is written', async () => {
    const root = await quickstartCopy()
    const mistakes: Readonly<Record<string, unknown>> = {
      'tenant.json': { default_audience: 7 },
      'actions/broken.json': '{ "name": "broken",\n  "code": }',
      'actions/enrich-token.json': { name: 'enrich-token', code: '../../outside.js' },
      'actions/partner-gate/code.js': 'exports.onExecuteCredentialsExchange = async () => {',
      'clients/billing-service.json': { name: 'billing-service', client_metadata: ['no object'] },
      'clients/nameless.json': {},
      'clients/partner-portal.json': { name: 'partner-portal', grant_types: 'client_credentials' },
      'grants/billing-service.json': { client_id: 'nobody', audience: 'https://orders.example.com', scope: [] },
      'grants/partner-portal.json': { client_id: 'partner-portal', audience: 'https://nowhere.example.com', scope: [] },
      'triggers/triggers.json': { 'credentials-exchange': [{ action_name: 7, display_name: 'Seven' }] },
    }
    for (const [file, content] of Object.entries(mistakes)) await save(root, file, content)
    const DATA_DIR = join(await freshFolder(), 'data')
    const { exitCode, stdout, stderr } = await symbolon(['dev', root], { DATA_DIR, PORT: '0' })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    const lines = linesOf(stderr)
    const unnamed = Object.keys(mistakes).filter((file) => !lines.some((line) => line.startsWith(`${file}:`)))
    expect(unnamed).toEqual([])
    // What does not parse is shown, with a caret under where it stops.
    const broken = lines.findIndex((line) => line.startsWith('actions/broken.json:2: not JSON: '))
    expect(lines.slice(broken + 1, broken + 3)).toEqual(['  "code": }', '          ^'])
    expect(lines.at(-1)).toMatch(/^\d+ mistakes in .*quickstart; nothing was started$/)
    expect(existsSync(DATA_DIR)).toBe(false)
  })
})

inFull('Ctrl-C while it still builds packages says what was waited for, and ends with 0', async () => {
  const { server, address } = await silentRegistry()
  const root = await quickstartCopy()
  const action = JSON.parse(await readFile(join(root, 'actions/enrich-token.json'), 'utf8'))
  await save(root, 'actions/enrich-token.json', { ...action, dependencies: [{ name: 'lodash', version: '4.18.1' }] })
  const DATA_DIR = join(await freshFolder(), 'data')
  const variables = { DATA_DIR, PORT: '0', TLS_PORT: String(await freePort()), ACTIONS_REGISTRY: address }
  try {
    const starting = startCommand(['dev', root], variables)
    await starting.printed('symbolon: building the packages: lodash\n')
    expect(await starting.stop()).toMatchObject({ exitCode: 0 })
  } finally {
    server.closeAllConnections()
    server.close()
  }
  // Nothing is half done: another start with the same folder has it.
  await save(root, 'actions/enrich-token.json', { ...action, dependencies: [] })
  await startDev(root, { dataDir: DATA_DIR })
})

/** A registry that takes every request and answers none. */
async function silentRegistry() {
  const server = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { server, address: `http://127.0.0.1:${port}/` }
}

inFull('a DATA_DIR that cannot be made is told in one line, and nothing is started', async () => {
  // Where nobody makes a folder, root neither.
  const DATA_DIR = '/sys/symbolon'
  const { exitCode, stdout, stderr } = await symbolon(['dev', quickstart], { DATA_DIR, PORT: '0' })
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(linesOf(stderr)).toEqual([
    expect.stringMatching(/^DATA_DIR \/sys\/symbolon cannot be made \(E\w+\): give a folder this user may write$/),
  ])
})

inFull('a folder that may not be read is told by its name', async () => {
  const root = await quickstartCopy()
  // Root may read everything: nobody may read a folder whose name leads in a circle.
  await rm(join(root, 'clients'), { recursive: true })
  await symlink('clients', join(root, 'clients'))
  const DATA_DIR = join(await freshFolder(), 'data')
  const { exitCode, stderr } = await symbolon(['dev', root], { DATA_DIR, PORT: '0' })
  expect(exitCode).toBe(1)
  expect(linesOf(stderr)).toContain('clients: cannot be read: ELOOP')
})

inFull('a secret without a value is a warning that says where to set it, and the folder is served', async () => {
  const root = await quickstartCopy()
  const action = JSON.parse(await readFile(join(root, 'actions/enrich-token.json'), 'utf8'))
  await save(root, 'actions/enrich-token.json', { ...action, secrets: [{ name: 'REFERENCE_KEY' }] })
  const server = await startDev(root)
  expect(await server.printed('Ctrl-C stops')).toMatch(
    /^warning: actions\/enrich-token\.json:\d+: secret "REFERENCE_KEY" of action "enrich-token" has no value, .*set REFERENCE_KEY in the environment or in \.env$/m,
  )
})
