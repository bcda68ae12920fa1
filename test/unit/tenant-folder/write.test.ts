import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedMembers } from '../../../src/tenant-folder/differences.ts'
import { fileNameOf, fileNamesOf } from '../../../src/tenant-folder/file-names.ts'
import { folderTexts, jsonText } from '../../../src/tenant-folder/folder-texts.ts'
import type { ServedTenant } from '../../../src/tenant-folder/index.ts'
import { writeTenantFolder } from '../../../src/tenant-folder/write.ts'
import { folderOnDisk } from './folder-on-disk.ts'

describe('the name of an object as a file name', () => {
  test.each([
    ['Orders API', 'Orders API'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a-b-c-d-e-f-g-h-i-j'],
    ['tab\there', 'tab-here'],
    ['..', '-'],
    ['../../etc/passwd', '..-..-etc-passwd'],
    ['ends with a dot.', 'ends with a dot-'],
    ['CON', '-'],
    ['aux.txt', '-'],
    ['', 'undefined'],
    ['Ünïcode ☂', 'Ünïcode ☂'],
  ])('%j becomes %j', (name, expected) => {
    expect(fileNameOf(name)).toBe(expected)
  })

  test('names that would be one file are told apart, in their order', () => {
    expect(fileNamesOf(['a/b', 'a:b', 'A-B', 'a-b-2'])).toEqual(['a-b', 'a-b-2', 'A-B-3', 'a-b-2-2'])
  })

  test('every name is a file name of its own that is inside its folder', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 8 }), (names) => {
        const files = fileNamesOf(names)
        expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(names.length)
        for (const file of files) {
          expect(file).not.toMatch(/[/\\\0]|^\.{0,2}$/)
        }
      }),
    )
  })

  test('a long name fits, and is cut between two characters', () => {
    const file = fileNameOf(`a${'😀'.repeat(200)}`)
    expect(file).toBe(`a${'😀'.repeat(62)}`)
    expect(Buffer.byteLength(`${file}.json`)).toBeLessThanOrEqual(255)
  })
})

test('keys are sorted at every depth, lists are not', () => {
  expect(jsonText({ b: [{ d: 1, c: 2 }, 'z', 'a'], a: { Z: 1, a: 2 } })).toBe(
    `{
  "a": {
    "Z": 1,
    "a": 2
  },
  "b": [
    {
      "c": 2,
      "d": 1
    },
    "z",
    "a"
  ]
}
`,
  )
})

const tenant: ServedTenant = {
  settings: { friendly_name: 'Example', flags: { enable_sso: true }, sandbox_versions_available: ['22'] },
  clients: [
    { client_id: 'global', name: 'All Applications', global: true },
    { client_id: 'manager', name: 'deployer' },
    { client_id: 'one', name: 'worker', client_secret: 'hidden', tenant: 'example', global: false },
  ],
  resourceServers: [
    { id: 'rs_1', identifier: 'https://own/api/v2/', name: 'Auth0 Management API', is_system: true },
    { id: 'rs_2', identifier: 'https://orders', name: 'Orders', signing_secret: 'hidden' },
    { id: 'rs_3', identifier: 'https://stock', name: 'Stock' },
  ],
  clientGrants: [
    { id: 'cgr_1', client_id: 'manager', audience: 'https://own/api/v2/', scope: [] },
    { id: 'cgr_2', client_id: 'one', audience: 'https://orders', scope: [] },
    { id: 'cgr_3', client_id: 'one', audience: 'https://stock', scope: [] },
  ],
  organizations: [{ id: 'org_1', name: 'acme' }],
  organizationGrants: new Map([['org_1', ['cgr_3']]]),
  modules: [],
  actions: [
    { id: 'act_1', name: 'greet', code: '// ##A_KEYWORD##\n', secrets: [{ name: 'SALT' }], all_changes_deployed: true },
  ],
  bindings: new Map(),
  managementClientId: 'manager',
}

describe('the files of a tenant', () => {
  test("leave out ids, secrets and what is the server's own", () => {
    const { files } = folderTexts(tenant, { secretPlaceholders: false })
    expect([...files.keys()].sort()).toEqual([
      'actions/greet.json',
      'actions/greet/code.js',
      'clients/worker.json',
      'grants/worker-Orders.json',
      'grants/worker-Stock.json',
      'organizations/acme.json',
      'resource-servers/Orders.json',
      'resource-servers/Stock.json',
      'tenant.json',
      'triggers/triggers.json',
    ])
    expect([...files.values()].join('')).not.toMatch(/hidden|"id"|rs_|cgr_|org_1|manager/)
    expect(files.get('tenant.json')).toBe('{\n  "friendly_name": "Example"\n}\n')
  })

  test('are the same bytes in whichever order the server answers', () => {
    const reversed = {
      ...tenant,
      clients: tenant.clients.toReversed(),
      resourceServers: tenant.resourceServers.toReversed(),
      clientGrants: tenant.clientGrants.toReversed(),
    }
    const options = { secretPlaceholders: false }
    expect(new Map([...folderTexts(reversed, options).files].sort())).toEqual(
      new Map([...folderTexts(tenant, options).files].sort()),
    )
  })

  test('come with a note where two clients have one name, and each has a file', () => {
    const clients = [...tenant.clients, { client_id: 'two', name: 'worker' }]
    const { files, notes } = folderTexts({ ...tenant, clients }, { secretPlaceholders: false })
    expect([...files.keys()]).toEqual(expect.arrayContaining(['clients/worker.json', 'clients/worker-2.json']))
    expect(notes).toContainEqual(expect.stringContaining('2 clients are named "worker"'))
  })

  test('name the audience of an organization’s grant where the client has others', () => {
    const { files } = folderTexts(tenant, { secretPlaceholders: false })
    expect(JSON.parse(files.get('organizations/acme.json') ?? '')).toEqual({
      name: 'acme',
      client_grants: [{ client_id: 'worker', audience: 'https://stock' }],
    })
  })

  test('have a keyword for each secret where that is asked for, and a note of code that holds one itself', () => {
    const { files, notes } = folderTexts(tenant, { secretPlaceholders: true })
    expect(JSON.parse(files.get('actions/greet.json') ?? '')).toMatchObject({
      secrets: [{ name: 'SALT', value: '##GREET_SALT##' }],
    })
    expect(notes).toEqual([expect.stringContaining('actions/greet/code.js holds ##A_KEYWORD##')])
  })
})

describe('writing them', () => {
  test('touches no file that holds its text, nor any that is not its own, and prunes only where that is asked for', async () => {
    const root = await folderOnDisk({
      'tenant.json': '{}\n',
      'actions/gone.json': {},
      'actions/gone/code.js': '',
      'actions/gone/notes.md': 'kept',
      'connections/database.json': {},
    })
    const files = new Map([
      ['tenant.json', '{}\n'],
      ['clients/a.json', '{}\n'],
    ])
    expect(await writeTenantFolder(root, files, { prune: false })).toEqual({
      written: ['clients/a.json'],
      unchanged: 1,
      removed: [],
    })
    expect(await writeTenantFolder(root, files, { prune: true })).toEqual({
      written: [],
      unchanged: 2,
      removed: ['actions/gone.json'],
    })
    expect(await readdir(join(root, 'actions/gone'))).toEqual(['notes.md'])
    expect(await readdir(join(root, 'connections'))).toEqual(['database.json'])
  })

  test('leaves no half file when it fails', async () => {
    const root = await folderOnDisk({ 'tenant.json': '{"old":true}\n' })
    await mkdir(join(root, 'clients/a.json'), { recursive: true })
    await expect(writeTenantFolder(root, new Map([['clients/a.json', '{}\n']]), { prune: false })).rejects.toThrow(
      'EISDIR',
    )
    expect(await readdir(join(root, 'clients'))).toEqual(['a.json'])
    expect(await readFile(join(root, 'tenant.json'), 'utf8')).toBe('{"old":true}\n')
  })
})

describe('what differs', () => {
  test.each([
    ['a default of the server', { jwt: { alg: 'RS256' } }, { jwt: { alg: 'RS256', lifetime: 1 } }, {}],
    ['another value within', { jwt: { alg: 'ES256' } }, { jwt: { alg: 'RS256' } }, { jwt: { alg: 'ES256' } }],
    ['a longer list', { scope: ['a'] }, { scope: ['a', 'b'] }, { scope: ['a'] }],
    ['a member that is not there', { name: 'a' }, {}, { name: 'a' }],
    ['null for what is not there', { logo: null }, {}, {}],
    [
      'a key of metadata that is gone',
      { client_metadata: {} },
      { client_metadata: { a: 'b' } },
      { client_metadata: { a: null } },
    ],
    ['a member that the folder does not name', {}, { logo: 'x' }, {}],
  ])('%s', (_what, wanted, served, expected) => {
    expect(changedMembers(wanted, served)).toEqual(expected)
  })
})
