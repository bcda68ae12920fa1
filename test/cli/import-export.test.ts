import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { importFolder } from '../../src/cli/import.ts'
import { askForToken, type DevProcess, type Ended, freshFolder, startDev, symbolon } from '../support/dev-process.ts'

const folder = {
  'tenant.json': { friendly_name: 'Imported', default_audience: 'https://orders.example.com' },
  'resource-servers/orders.json': {
    name: 'Orders: all/of them',
    identifier: 'https://orders.example.com',
    scopes: [{ value: 'read:orders' }, { value: 'write:orders' }],
  },
  'clients/billing.json': {
    name: 'billing',
    client_secret: 'the secret that the file of billing fixes, long enough',
    grant_types: ['client_credentials'],
    client_metadata: { team: 'billing', colour: 'red' },
    default_organization: { organization_id: 'acme', flows: ['client_credentials'] },
  },
  'clients/watcher.json': {
    name: 'watcher',
    client_id: 'AnIdThatTheServerDoesNotTake0000',
    client_authentication_methods: {
      tls_client_auth: { credentials: [{ credential_type: 'cert_subject_dn', name: 'own', subject_dn: 'CN=watcher' }] },
    },
  },
  'grants/billing.json': {
    client_id: 'billing',
    audience: 'https://orders.example.com',
    scope: ['read:orders'],
    organization_usage: 'require',
  },
  'organizations/acme.json': { name: 'acme', display_name: 'Acme', client_grants: [{ client_id: 'billing' }] },
  'action-modules/words.json': { name: 'words', code: './action-modules/words/code.js' },
  'action-modules/words/code.js': "module.exports = { greeting: 'good morning' }\n",
  'actions/greet.json': {
    name: 'greet',
    code: './actions/greet/code.js',
    secrets: [{ name: 'SALT', value: 'pepper' }],
    modules: [{ module_name: 'words', module_version_number: 7 }],
    supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
  },
  'actions/greet/code.js': `const { greeting } = require('actions:words')
exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('https://example.com/said', greeting + ' with ' + event.secrets.SALT)
}
`,
  'actions/welcome.json': {
    name: 'welcome',
    code: './actions/welcome/code.js',
    supported_triggers: [{ id: 'post-login', version: 'v3' }],
  },
  'actions/welcome/code.js': 'exports.onExecutePostLogin = async () => {}\n',
  'triggers/triggers.json': {
    'post-login': [{ action_name: 'welcome', display_name: 'Welcome' }],
    'credentials-exchange': [{ action_name: 'greet', display_name: 'Greet' }],
  },
}

let root: string
/** The folder that the server was started with: empty, until it is exported into. */
let served: string
let server: DevProcess
beforeAll(async () => {
  const parent = await freshFolder()
  root = join(parent, 'tenant')
  served = join(parent, 'served')
  await write(root, folder)
  await write(served, { 'tenant.json': {} })
  server = await startDev(served)
})

describe('import and export', () => {
  test('a folder with mistakes sends nothing, and all of them are named', async () => {
    const wrong = join(await freshFolder(), 'wrong')
    await write(wrong, {
      ...folder,
      'grants/billing.json': { client_id: 'nobody', audience: 'https://nowhere.example.com', scope: [] },
    })
    const { message } = await importFolder(wrong, { json: true }, { DATA_DIR: server.dataDir }, {}).then(
      () => Promise.reject(new Error('it was imported')),
      (fault: Error) => fault,
    )
    expect(message).toContain('client_id "nobody" is the name of no client in the folder')
    expect(message).toContain('audience "https://nowhere.example.com" is the identifier of no API in the folder')
    expect(message).toMatch(/2 mistakes in .*; nothing was sent$/)
    expect(await clientNames()).not.toContain('billing')
  })

  test('a dry run says what would be done, and does none of it', async () => {
    const { exitCode, stdout } = await run('import', root, '--dry-run')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('would create client "billing"\n')
    expect(stdout).toContain('would create action "greet"\n')
    expect(await clientNames()).not.toContain('billing')
  })

  test('what is imported issues tokens through its Action, and importing it again changes nothing', async () => {
    expect(lines(await run('import', root))).toEqual([
      'created   API "Orders: all/of them"',
      'created   client "billing"',
      'note: clients/watcher.json: client_id is ignored: a running server gives its own',
      'created   client "watcher"',
      'created   actions module "words"',
      expect.stringContaining('version 7 of module "words" is not on this server: version 1 is pinned'),
      'created   action "greet"',
      'created   action "welcome"',
      'created   client grant "billing at Orders: all/of them"',
      'created   organization "acme"',
      'changed   organization "acme" (client_grants)',
      'changed   client "billing" (default_organization)',
      'changed   trigger "post-login" (bindings)',
      'changed   trigger "credentials-exchange" (bindings)',
      'changed   tenant "settings" (friendly_name, default_audience)',
      expect.stringMatching(/: 8 created, 5 changed, 0 deleted, 0 unchanged$/),
    ])
    expect(await claimsOfBilling()).toMatchObject({
      aud: 'https://orders.example.com',
      'https://example.com/said': 'good morning with pepper',
      org_id: expect.stringMatching(/^org_/),
    })
    const again = await run('import', root, '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      dry_run: false,
      changes: [],
      unchanged: 11,
      notes: expect.arrayContaining([expect.stringMatching(/^the keys of client "watcher" stay/)]),
    })
  })

  test('an export writes the names that file systems take, no secret, and what an import takes for the same', async () => {
    const out = join(await freshFolder(), 'out')
    await write(out, {
      'README.md': 'ours\n',
      'clients/gone.json': { name: 'gone' },
      'actions/greet/cases/one.json': {},
    })
    expect((await run('export', out, '--prune')).exitCode).toBe(0)
    const first = await filesOf(out)
    expect(Object.keys(first)).toEqual([
      'README.md',
      'action-modules/words.json',
      'action-modules/words/code.js',
      'actions/greet.json',
      'actions/greet/cases/one.json',
      'actions/greet/code.js',
      'actions/welcome.json',
      'actions/welcome/code.js',
      'clients/billing.json',
      'clients/watcher.json',
      'grants/billing-Orders- all-of them.json',
      'organizations/acme.json',
      'resource-servers/Orders- all-of them.json',
      'tenant.json',
      'triggers/triggers.json',
    ])
    expect(first['actions/greet/code.js']).toBe(folder['actions/greet/code.js'])
    expect(JSON.parse(first['clients/billing.json'] ?? '')).toMatchObject({
      default_organization: { organization_id: 'acme' },
    })
    expect(JSON.stringify(first)).not.toMatch(/pepper|the secret that the file|"client_secret"|"id":/)

    const { changes } = JSON.parse((await run('import', out, '--json')).stdout)
    expect(changes).toEqual([])
    expect(JSON.parse((await run('export', out, '--prune', '--json')).stdout)).toMatchObject({
      written: [],
      removed: [],
    })
  })

  test('a step that fails names the object and what the server says, and the next import goes on', async () => {
    await write(root, {
      'clients/audit.json': { name: 'audit', client_metadata: {}, shade: 'green' },
      'actions/greet/code.js': folder['actions/greet/code.js'].replace('with', 'and'),
      'clients/billing.json': { ...folder['clients/billing.json'], client_metadata: { team: 'invoices' } },
      'clients/a-first.json': { name: 'a-first' },
    })
    const failed = await run('import', root)
    expect(failed.exitCode).toBe(1)
    expect(failed.stdout).toContain('created   client "a-first"\n')
    expect(failed.stderr).toMatch(
      /^symbolon: client "audit" was not created \(400: .*shade.*\); 1 change was made before it; mend it and import again, which goes on from there$/m,
    )
    await write(root, { 'clients/audit.json': { name: 'audit' } })
    await rm(join(root, 'clients/a-first.json'))
    const { changes, notes } = JSON.parse((await run('import', root, '--json')).stdout)
    expect(changes).toEqual([
      { verb: 'create', kind: 'client', name: 'audit' },
      { verb: 'change', kind: 'client', name: 'billing', members: ['client_metadata'] },
      { verb: 'change', kind: 'action', name: 'greet', members: ['code'] },
      { verb: 'deploy', kind: 'action', name: 'greet' },
    ])
    expect(notes).toContainEqual(
      expect.stringMatching(/^1 object of the server is not in .* and stays; --allow-delete/),
    )
    const billing = (await clients()).find(({ name }) => name === 'billing')
    expect(billing?.client_metadata).toEqual({ team: 'invoices' })
    expect(await claimsOfBilling()).toMatchObject({ 'https://example.com/said': 'good morning and pepper' })
  })

  test('what the folder lacks is deleted where that is allowed, and nothing of the system', async () => {
    await rm(join(root, 'clients/audit.json'))
    const { changes } = JSON.parse((await run('import', root, '--allow-delete', '--json')).stdout)
    expect(changes.map(({ verb, name }: { verb: string; name: string }) => `${verb} ${name}`)).toEqual([
      'delete a-first',
      'delete audit',
    ])
    expect((await clientNames()).toSorted()).toEqual(['All Applications', 'Symbolon management', 'billing', 'watcher'])
  })

  test('`dev` serves an exported folder', async () => {
    await write(join(served, '..'), { '.env': 'GREET_SALT=salt\n' })
    const from = server.output().length
    expect((await run('export', served, '--secret-placeholders')).exitCode).toBe(0)
    await server.printed(/is live/, from)
    await expect.poll(claimsOfBilling).toMatchObject({ 'https://example.com/said': 'good morning and salt' })
  })
})

function run(command: 'import' | 'export', dir: string, ...args: readonly string[]): Promise<Ended> {
  return symbolon([command, dir, ...args], { DATA_DIR: server.dataDir })
}

function lines({ exitCode, stdout, stderr }: Ended): readonly string[] {
  expect(exitCode, stderr).toBe(0)
  return stdout.trimEnd().split('\n')
}

interface ListedClient {
  readonly name: string
  readonly client_id: string
  readonly client_secret: string
  readonly client_metadata?: object
}

async function clients(): Promise<readonly ListedClient[]> {
  const { management } = await server.devFile()
  if (management === null) throw new Error('dev.json names no management client')
  const token = await askForToken(server.url, { ...management, name: 'management', audiences: [management.audience] })
  const { access_token } = JSON.parse(await token.text())
  const answer = await fetch(`${server.url}/api/v2/clients`, { headers: { authorization: `Bearer ${access_token}` } })
  return JSON.parse(await answer.text())
}

async function clientNames(): Promise<readonly string[]> {
  return (await clients()).map(({ name }) => name)
}

async function claimsOfBilling(): Promise<unknown> {
  const billing = (await clients()).find(({ name }) => name === 'billing')
  const client = billing && { ...billing, audiences: ['https://orders.example.com'] }
  const answer = await askForToken(server.url, client)
  const { access_token = '' } = JSON.parse(await answer.text())
  return JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString('utf8') || '{}')
}

async function write(dir: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
}

async function filesOf(dir: string): Promise<Readonly<Record<string, string>>> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = files.sort().map(async (file) => [relative(dir, file), await readFile(file, 'utf8')])
  return Object.fromEntries(await Promise.all(read))
}
