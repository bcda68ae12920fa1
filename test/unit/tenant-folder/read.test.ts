import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Environment, formatFinding, readTenantFolder } from '../../../src/tenant-folder/index.ts'
import { type Files, folderOnDisk, soundFolder, write } from './folder-on-disk.ts'

async function reading(files: Files, environment: Environment = {}) {
  return readTenantFolder(await folderOnDisk(files), { environment })
}

describe('a tenant folder', () => {
  test('is read in file-name order, keys the server does not act on included', async () => {
    const { tenant, errors, warnings } = await reading({
      ...soundFolder,
      'clients/Admin.json': { name: 'admin', callbacks: ['https://a.example.com'], app_type: 'spa' },
    })
    expect(errors).toEqual([])
    expect(warnings).toEqual([])
    expect(tenant?.clients.map((client) => client.name)).toEqual(['admin', 'billing'])
    expect(tenant?.clients[0]).toMatchObject({ callbacks: ['https://a.example.com'] })
    expect(tenant?.settings.default_audience).toBe('https://orders.example.com')
    expect(tenant?.organizations[0]).toMatchObject({ name: 'acme', client_grants: [{ client_id: 'billing' }] })
    expect(tenant?.clientGrants[0]).toMatchObject({ client: 'billing', scope: ['read:orders'] })
    expect(tenant?.bindings).toEqual([{ action_name: 'enrich', display_name: 'Enrich' }])
    expect(tenant?.actions[0]).toEqual({
      place: { file: 'actions/enrich.json', line: 1 },
      name: 'enrich',
      code: soundFolder['actions/enrich/code.js'],
      codeFile: 'actions/enrich/code.js',
      runtime: 'node22',
      dependencies: [],
      secrets: [{ name: 'SALT', value: 'pepper' }],
      supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
      deployed: true,
    })
  })

  test('may hold npm dependencies and actions modules, in its directory and in its YAML form', async () => {
    const files = {
      'action-modules/money.js': 'exports.round = (n) => n + (actions.secrets.RATE ? 1 : 0)\n',
      'actions/enrich.js': "const { round } = require('actions:money')\n",
    }
    const supported_triggers = [{ id: 'credentials-exchange', version: 'v2' }]
    const module = {
      name: 'money',
      code: 'action-modules/money.js',
      dependencies: [{ name: 'big.js', version: '^6.0.0' }],
      secrets: [{ name: 'RATE' }, { name: 'GONE' }],
    }
    const action = {
      name: 'enrich',
      code: 'actions/enrich.js',
      dependencies: [{ name: 'lodash' }, { name: '@scope/x', version: '1.2.3' }],
      modules: [{ module_name: 'money', module_version_number: 2 }, { module_name: 'other' }],
      supported_triggers,
    }
    const other = { name: 'other', code: 'action-modules/money.js' }
    const ofDirectory = await reading(
      {
        ...files,
        'action-modules/money.json': module,
        'action-modules/other.json': other,
        'actions/enrich.json': action,
      },
      { RATE: '7' },
    )
    expect(ofDirectory.errors).toEqual([])
    expect(ofDirectory.warnings.map(formatFinding)).toEqual([
      'action-modules/money.json:14: secret "GONE" of module "money" has no value, so the module does not see it; set GONE in the environment or in .env',
    ])
    expect(ofDirectory.modules).toEqual(ofDirectory.tenant?.modules)
    expect(ofDirectory.tenant?.modules?.[0]).toEqual({
      place: { file: 'action-modules/money.json', line: 1 },
      listPlaces: { dependencies: { file: 'action-modules/money.json', line: 4 } },
      name: 'money',
      code: files['action-modules/money.js'],
      codeFile: 'action-modules/money.js',
      dependencies: [{ name: 'big.js', version: '^6.0.0' }],
      secrets: [{ name: 'RATE', value: '7' }],
      unsetSecrets: ['GONE'],
    })
    expect(ofDirectory.tenant?.actions[0]).toMatchObject({
      dependencies: [
        { name: 'lodash', version: 'latest' },
        { name: '@scope/x', version: '1.2.3' },
      ],
      modules: [{ module_name: 'money', module_version_number: 2 }, { module_name: 'other' }],
      listPlaces: { dependencies: { line: 4 }, modules: { line: 13 } },
    })

    const yaml = JSON.stringify({ actionModules: [module, other], actions: [action] })
    const ofYaml = await reading({ ...files, 'tenant.yaml': yaml }, { RATE: '7' })
    const withoutPlaces = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (key, member) => (/^(place|listPlaces)$/.test(key) ? undefined : member)))
    expect(withoutPlaces(ofYaml.tenant)).toEqual(withoutPlaces(ofDirectory.tenant))
  })

  test('says the same in its YAML form, by folder and by file', async () => {
    const yaml = `
tenant: { friendly_name: Sound, default_audience: "https://orders.example.com" }
resourceServers:
  - name: Orders
    identifier: https://orders.example.com
    scopes: [{ value: read:orders }, { value: write:orders }]
clients: [{ name: billing, client_metadata: { team: billing } }]
clientGrants: [{ client_id: billing, audience: https://orders.example.com, scope: [read:orders] }]
organizations: [{ name: acme, display_name: Acme, client_grants: [{ client_id: billing }] }]
actions:
  - name: enrich
    code: actions/enrich/code.js
    secrets: [{ name: SALT, value: pepper }]
    supported_triggers: [{ id: credentials-exchange, version: v2 }]
triggers: { credentials-exchange: [{ action_name: enrich, display_name: Enrich }] }
`
    const code = { 'actions/enrich/code.js': soundFolder['actions/enrich/code.js'] }
    const root = await folderOnDisk({ 'tenant.yaml': yaml, ...code })
    const ofDirectory = await reading(soundFolder)
    const withoutPlaces = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (key, member) => (key === 'place' ? undefined : member)))
    for (const path of [root, join(root, 'tenant.yaml')]) {
      const ofYaml = await readTenantFolder(path, { environment: {} })
      expect(ofYaml.errors).toEqual([])
      expect(withoutPlaces(ofYaml.tenant)).toEqual(withoutPlaces(ofDirectory.tenant))
      expect(ofYaml.tenant?.clientGrants[0]?.place).toEqual({ file: 'tenant.yaml', line: 8 })
    }
  })

  test('names every file that a change of would change it, the absent .env files too', async () => {
    const root = await folderOnDisk(soundFolder)
    const { files } = await readTenantFolder(root, { environment: {} })
    const expected = ['', 'clients', 'clients/billing.json', 'actions/enrich/code.js', '.env', '../.env']
    expect(files).toEqual(expect.arrayContaining(expected.map((path) => join(root, path))))
  })

  test('takes the grants of another Management API for those of its own, and says so', async () => {
    const { tenant, errors, warnings } = await reading({
      ...soundFolder,
      'grants/management.json': {
        client_id: 'billing',
        audience: 'https://t.eu.auth0.com/api/v2/',
        scope: ['read:clients', 'read:users', 'delete:guardian_enrollments'],
      },
    })
    expect(errors).toEqual([])
    expect(warnings.map(formatFinding)).toEqual([
      `grants/management.json:3: client "billing" is granted this server's own Management API in place of Auth0's, without 2 of its 3 scopes: there is nothing here that asks for them`,
    ])
    expect(tenant?.managementGrants).toMatchObject([{ client: 'billing', audience: 'https://t.eu.auth0.com/api/v2/' }])
    expect(tenant?.clientGrants.map(({ audience }) => audience)).toEqual(['https://orders.example.com'])
  })

  test('keeps what is not served and says so once for each', async () => {
    const { tenant, errors, warnings } = await reading({
      ...soundFolder,
      'connections/db.json': { name: 'db', strategy: 'auth0' },
      'pages/login.html': '<html></html>',
      'emails/broken.json': '{',
      'log-streams/http.json': { name: 'http' },
      '.github/workflows/a.json': '{',
      'README.md': 'mine',
      'actions/login.json': {
        name: 'login',
        code: 'nowhere.js',
        supported_triggers: [{ id: 'post-login', version: 'v1' }],
      },
      'triggers/triggers.json': {
        'post-login': [{ action_name: 'anything' }],
        'credentials-exchange': [{ action_name: 'enrich' }],
      },
      'grants/default.json': { default_for: 'third_party_clients', audience: 'https://orders.example.com', scope: [] },
      'grants/management.json': {
        client_id: 'deployer',
        audience: 'https://t.eu.auth0.com/api/v2/',
        scope: ['read:clients'],
      },
    })
    expect(errors).toEqual([])
    expect(warnings.map(formatFinding)).toEqual([
      'connections: not served: nothing in this folder has an effect',
      'emails: not served: nothing in this folder has an effect',
      'grants/default.json:1: not served: a default grant for third-party clients',
      'grants/management.json:1: not served: a grant of a Management API to no client of the folder',
      'log-streams: not served: nothing in this folder has an effect',
      'pages: not served: nothing in this folder has an effect',
    ])
    expect(tenant?.actions.map((action) => action.name)).toEqual(['enrich'])
    expect(tenant?.unserved).toMatchObject({
      connections: [{ name: 'db', strategy: 'auth0' }],
      actions: [{ name: 'login' }],
      triggers: { 'post-login': [{ action_name: 'anything' }] },
      clientGrants: [{ default_for: 'third_party_clients' }, { client_id: 'deployer' }],
    })
  })

  test('warns of a key no one knows and of an id, at their lines, and keeps the key', async () => {
    const { tenant, errors, warnings } = await reading({
      ...soundFolder,
      'clients/billing.json': { name: 'billing', colour: 'red' },
      'resource-servers/Orders.json': {
        id: 'abc',
        ...soundFolder['resource-servers/Orders.json'],
        token_dialect: null,
      },
    })
    expect(errors).toEqual([])
    expect(warnings.map(formatFinding)).toEqual([
      'clients/billing.json:3: colour: unknown key of a client, kept',
      'resource-servers/Orders.json:2: id: unknown key of an API, kept',
      'resource-servers/Orders.json:2: id: ignored; the server gives its own',
    ])
    expect(tenant?.clients[0]).toMatchObject({ colour: 'red' })
    expect(tenant?.resourceServers[0]).not.toHaveProperty('id')
    expect(tenant?.resourceServers[0]).not.toHaveProperty('token_dialect')
  })
})

describe('a signing secret', () => {
  const orders = soundFolder['resource-servers/Orders.json']
  const warningsFor = async (api: object) =>
    (await reading({ ...soundFolder, 'resource-servers/Orders.json': { ...orders, ...api } })).warnings.map(
      formatFinding,
    )

  test('that nobody gave is warned of, as is one that nothing uses', async () => {
    const secret = { signing_secret: 'a fixed signing secret' }
    expect(await warningsFor({ signing_alg: 'HS256', ...secret })).toEqual([])
    expect(await warningsFor({ signing_alg: 'HS256' })).toEqual([
      'resource-servers/Orders.json:12: signing_secret: none is given, so the server makes one; give one that the API knows, to verify its tokens with',
    ])
    expect(await warningsFor(secret)).toEqual([
      'resource-servers/Orders.json:12: signing_secret: not kept; signing_alg "HS256" alone uses one',
    ])
  })
})

describe('keywords and secrets', () => {
  const withKeyword = {
    ...soundFolder,
    'clients/billing.json': '{\n  "name": "billing",\n  "description": "##STAGE##"\n}',
  }

  test('mappings come first, then the environment, then the .env in the folder, then the one beside it', async () => {
    const root = await folderOnDisk({ ...withKeyword, '../.env': 'STAGE=beside' })
    const description = async (environment: Environment) => {
      const { tenant, errors } = await readTenantFolder(root, { environment })
      expect(errors).toEqual([])
      return tenant?.clients[0] as unknown
    }
    expect(await description({})).toMatchObject({ description: 'beside' })
    await write(root, { '.env': '# stage\nSTAGE="inside"\n' })
    expect(await description({})).toMatchObject({ description: 'inside' })
    expect(await description({ STAGE: 'environment' })).toMatchObject({ description: 'environment' })
    const mapped = { STAGE: 'environment', AUTH0_KEYWORD_REPLACE_MAPPINGS: '{"STAGE":"mapped"}' }
    expect(await description(mapped)).toMatchObject({ description: 'mapped' })
  })

  test('they are replaced in code too; one without a value is an error at its line', async () => {
    const files = { ...withKeyword, 'actions/enrich/code.js': '\n// @@WHO@@\n', '.env': 'STAGE=x' }
    const { tenant, errors } = await reading(files, { WHO: 'me' })
    expect(errors).toEqual([])
    expect(tenant?.actions[0]?.code).toBe('\n// "me"\n')
    const wayOut = 'in AUTH0_KEYWORD_REPLACE_MAPPINGS, in the environment or in .env'
    expect((await reading({ ...files, '.env': '' })).errors.map(formatFinding)).toEqual([
      `actions/enrich/code.js:2: keyword @@WHO@@ has no value; set WHO ${wayOut}`,
      `clients/billing.json:3: keyword ##STAGE## has no value; set STAGE ${wayOut}`,
    ])
  })

  test('a secret without a value is that of the variable of its name; without one it is absent, with a warning', async () => {
    const action = { ...soundFolder['actions/enrich.json'], secrets: [{ name: 'SALT' }, { name: 'KEY' }] }
    const { tenant, errors, warnings } = await reading({ ...soundFolder, 'actions/enrich.json': action }, { KEY: 'k' })
    expect(errors).toEqual([])
    expect(tenant?.actions[0]?.secrets).toEqual([{ name: 'KEY', value: 'k' }])
    expect(warnings.map(formatFinding)).toEqual([
      'actions/enrich.json:6: secret "SALT" of action "enrich" has no value, so the action does not see it; set SALT in the environment or in .env',
    ])
  })
})

describe('what is excluded', () => {
  test.each([
    ['AUTH0_EXCLUDED', '["clients","clientGrants"]', { clients: [], clientGrants: [], actions: ['enrich'] }],
    ['AUTH0_EXCLUDED', 'clients, clientGrants', { clients: [], clientGrants: [], actions: ['enrich'] }],
    ['AUTH0_INCLUDED_ONLY', '["actions"]', { clients: [], clientGrants: [], actions: ['enrich'] }],
    ['AUTH0_EXCLUDED_CLIENTS', '["billing"]', { clients: [], clientGrants: [], actions: ['enrich'] }],
    ['AUTH0_INCLUDED_ONLY', '["clients"]', { clients: ['billing'], clientGrants: [], actions: [] }],
  ])('%s=%s leaves it out, and the grants of an excluded client with it', async (name, value, expected) => {
    const { tenant, errors } = await reading(soundFolder, { [name]: value })
    expect(errors).toEqual([])
    expect({
      clients: tenant?.clients.map((client) => client.name),
      clientGrants: tenant?.clientGrants.map((grant) => grant.client),
      actions: tenant?.actions.map((action) => action.name),
    }).toEqual(expected)
  })

  test('what leads to something excluded goes with it: default organizations, and client grants of organizations', async () => {
    const default_organization = { organization_id: 'acme', flows: ['client_credentials'] }
    const files = { ...soundFolder, 'clients/billing.json': { name: 'billing', default_organization } }
    const without = async (kinds: string) => {
      const { tenant, errors } = await reading(files, { AUTH0_EXCLUDED: kinds })
      expect(errors).toEqual([])
      return [tenant?.clients[0]?.default_organization, tenant?.organizations[0]?.client_grants]
    }
    expect(await without('pages')).toEqual([default_organization, [{ client_id: 'billing' }]])
    expect(await without('organizations')).toEqual([undefined, undefined])
    expect(await without('clientGrants')).toEqual([default_organization, []])
  })

  test('AUTH0_EXCLUDED_RESOURCE_SERVERS takes names and identifiers, and their grants', async () => {
    const { 'tenant.json': _, ...files } = soundFolder
    for (const name of ['Orders', 'https://orders.example.com']) {
      const { tenant, errors } = await reading(files, { AUTH0_EXCLUDED_RESOURCE_SERVERS: JSON.stringify([name]) })
      expect(errors).toEqual([])
      expect([tenant?.resourceServers, tenant?.clientGrants]).toEqual([[], []])
    }
  })

  test.each([
    [
      { AUTH0_EXCLUDED: '["a"]', AUTH0_INCLUDED_ONLY: '["clients"]' },
      'AUTH0_INCLUDED_ONLY: cannot be used together with AUTH0_EXCLUDED',
    ],
    [{ AUTH0_INCLUDED_ONLY: '[]' }, 'AUTH0_INCLUDED_ONLY: must name at least one kind'],
    [{ AUTH0_EXCLUDED: '[1]' }, 'AUTH0_EXCLUDED: must be a JSON list of texts'],
    [{ AUTH0_KEYWORD_REPLACE_MAPPINGS: '[1]' }, 'AUTH0_KEYWORD_REPLACE_MAPPINGS: must be a JSON object'],
  ])('%o is an error', async (environment, error) => {
    const { errors, tenant } = await reading(soundFolder, environment)
    expect(errors.map(formatFinding)).toContainEqual(expect.stringContaining(error))
    expect(tenant).toBeUndefined()
  })

  test('whose folder of clients is gone when it is opened does not pass for one without clients', async () => {
    const { 'clients/billing.json': _, ...files } = soundFolder
    const root = await folderOnDisk(files)
    await symlink(join(root, 'gone'), join(root, 'clients'))
    const { tenant, errors } = await readTenantFolder(root, { environment: {} })
    expect(tenant).toBeUndefined()
    expect(errors.map(formatFinding)).toContain('clients: does not exist')
  })
})

describe('action code', () => {
  test('behind a symbolic link that leads outside the folder is refused, one inside is read', async () => {
    const root = await folderOnDisk(soundFolder)
    await write(dirname(root), { 'outside.js': 'secret' })
    await symlink(join(root, 'actions/enrich/code.js'), join(root, 'actions/inside.js'))
    await symlink(join(dirname(root), 'outside.js'), join(root, 'actions/outside.js'))
    await mkdir(join(root, 'lib'))
    await symlink(dirname(root), join(root, 'lib/up'))
    const readWith = async (code: string) => {
      await write(root, { 'actions/enrich.json': { ...soundFolder['actions/enrich.json'], code } })
      return readTenantFolder(root, { environment: {} })
    }
    expect((await readWith('actions/inside.js')).errors).toEqual([])
    for (const code of ['actions/outside.js', 'lib/up/outside.js']) {
      expect((await readWith(code)).errors.map(formatFinding)).toEqual([
        `actions/enrich.json:3: code "${code}" is a link that leads outside the tenant folder; give a path relative to the root of the tenant folder, and inside it`,
      ])
    }
  })
})

describe('whatever the files hold', () => {
  const kinds = [
    'clients/a',
    'resource-servers/a',
    'grants/a',
    'organizations/a',
    'actions/a',
    'triggers/triggers',
    'tenant',
  ]
  const members = [
    'name',
    'code',
    'secrets',
    'supported_triggers',
    'scopes',
    'scope',
    'client_id',
    'audience',
    'identifier',
  ]
  const object = fc.dictionary(
    fc.oneof(fc.constantFrom(...members, 'credentials-exchange'), fc.string()),
    fc.jsonValue(),
  )

  test('reading ends in a tenant or in errors', async () => {
    const root = await folderOnDisk(soundFolder)
    const anything = fc.oneof(object, fc.jsonValue(), fc.string())
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), anything, fc.boolean(), async (kind, content, asYaml) => {
        const text = typeof content === 'string' ? content : JSON.stringify(content)
        await write(root, { [`${kind}.json`]: text, 'any.yaml': asYaml ? text : `clients: [${text}]` })
        for (const path of [root, join(root, 'any.yaml')]) {
          const { tenant, errors } = await readTenantFolder(path, { environment: {} })
          expect(tenant === undefined).toBe(errors.length > 0)
        }
      }),
      { numRuns: 200 },
    )
  })
})
