import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/domain/index.ts'
import { formatFinding, readTenantFolder } from '../../../src/tenant-folder/index.ts'
import { type Files, folderOnDisk, soundFolder } from './folder-on-disk.ts'

async function errorsOf(files: Files): Promise<readonly string[]> {
  const { errors, tenant } = await readTenantFolder(await folderOnDisk(files), { environment: {} })
  expect(tenant === undefined).toBe(errors.length > 0)
  return errors.map(formatFinding)
}

const action = soundFolder['actions/enrich.json']
const api = soundFolder['resource-servers/Orders.json']
const grant = soundFolder['grants/billing.json']
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const codePath = 'give a path relative to the root of the tenant folder, and inside it'
const v2 = [{ id: 'credentials-exchange', version: 'v2' }]

const refusals: Readonly<Record<string, readonly [Files, ...string[]]>> = {
  'a file that is not JSON': [
    { 'clients/billing.json': '{\n  "name" "billing"\n}' },
    'clients/billing.json:2: not JSON: expected ":", found "\\"" at column 10',
  ],
  'a file that holds a list': [
    { 'clients/more.json': [{ name: 'a' }] },
    'clients/more.json:1: a client must be an object; found a list',
  ],
  'a client without a name': [
    { 'clients/more.json': { app_type: 'spa' } },
    'clients/more.json:1: name is missing; a client needs one',
  ],
  'members of the wrong type': [
    { 'clients/billing.json': { name: 'billing', grant_types: 7, is_first_party: 'yes', client_metadata: { a: 1 } } },
    'clients/billing.json:3: grant_types must be a list of texts; found a number',
    'clients/billing.json:4: is_first_party must be true or false; found a text',
    'clients/billing.json:6: client_metadata.a must be a text; found a number',
  ],
  'an element of the wrong type': [
    { 'clients/billing.json': { name: 'billing', grant_types: ['client_credentials', null] } },
    'clients/billing.json:5: grant_types[1] must be a text; found null',
  ],
  'a value outside its choices': [
    { 'clients/billing.json': { name: 'billing', token_endpoint_auth_method: 'basic' } },
    'clients/billing.json:3: token_endpoint_auth_method must be one of "none", "client_secret_post", "client_secret_basic"; found "basic"',
  ],
  'a name with a bracket': [
    { 'clients/more.json': { name: '<b>' } },
    'clients/more.json:2: name must be a name without "<" and ">"',
  ],
  'a fixed client id with a space': [
    { 'clients/more.json': { name: 'more', client_id: 'a b' } },
    'clients/more.json:3: client_id must be visible ASCII without spaces',
  ],
  'too much metadata': [
    {
      'clients/billing.json': {
        name: 'billing',
        client_metadata: { ...Object.fromEntries(many(10, (n) => [`k${n}`, ''])), long: 'x'.repeat(256) },
      },
    },
    'clients/billing.json:3: client_metadata has 11 keys; the limit is 10',
    'clients/billing.json:14: client_metadata "long" has 256 characters; the limit is 255',
  ],
  'what of an API cannot be enforced': [
    { 'resource-servers/Orders.json': { ...api, signing_alg: 'none', token_dialect: 'id_token' } },
    'resource-servers/Orders.json:12: signing_alg must be one of "RS256", "RS512", "PS256", "HS256", "ES256", "EdDSA"; found "none"',
    'resource-servers/Orders.json:13: token_dialect must be one of "access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz"; found "id_token"',
  ],
  'a proof of possession of a kind that is not known': [
    { 'resource-servers/Orders.json': { ...api, proof_of_possession: { mechanism: 'tls' } } },
    'resource-servers/Orders.json:12: proof_of_possession.required must be true or false',
    'resource-servers/Orders.json:13: proof_of_possession.mechanism must be one that this version knows: "mtls", "dpop"',
  ],
  'a proof of possession for whom nobody knows': [
    {
      'resource-servers/Orders.json': {
        ...api,
        proof_of_possession: { mechanism: 'dpop', required: true, required_for: 'some_clients' },
      },
    },
    'resource-servers/Orders.json:15: proof_of_possession.required_for must be one of "all_clients", "public_clients"',
  ],
  'certificates of public clients alone': [
    {
      'resource-servers/Orders.json': {
        ...api,
        proof_of_possession: { mechanism: 'mtls', required: true, required_for: 'public_clients' },
      },
    },
    'resource-servers/Orders.json:15: proof_of_possession.required_for must be "all_clients" where the mechanism is "mtls"',
  ],
  'a signing secret that is too short': [
    { 'resource-servers/Orders.json': { ...api, signing_alg: 'HS256', signing_secret: 'x'.repeat(15) } },
    'resource-servers/Orders.json:13: signing_secret must be a text of 16 characters or more',
  ],
  'an encryption of another kind': [
    { 'resource-servers/Orders.json': { ...api, token_encryption: { format: 'jws', encryption_key: {} } } },
    'resource-servers/Orders.json:13: token_encryption.format must be one of "compact-nested-jwe"; found "jws"',
  ],
  'a key for encryption that lacks what it needs': [
    {
      'resource-servers/Orders.json': {
        ...api,
        token_encryption: {
          format: 'compact-nested-jwe',
          encryption_key: { alg: 'RSA1_5', pem: '', kid: 'k'.repeat(129) },
        },
      },
    },
    'resource-servers/Orders.json:15: token_encryption.encryption_key.alg must be one of "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"; found "RSA1_5"',
    'resource-servers/Orders.json:16: token_encryption.encryption_key.pem must not be empty',
    'resource-servers/Orders.json:17: token_encryption.encryption_key.kid has 129 characters; the limit is 128',
  ],
  'quotas that are none': [
    {
      'clients/billing.json': {
        name: 'billing',
        token_quota: { client_credentials: { per_hour: 0, per_day: '5', enforce: 1, per_week: 7 } },
      },
      'organizations/acme.json': { name: 'acme', token_quota: { client_credentials: {} } },
      'organizations/none.json': { name: 'none', token_quota: { per_hour: 1 } },
      'tenant.json': {
        default_token_quota: { clients: { client_credentials: { per_day: 2_147_483_648 } }, organisations: {} },
      },
    },
    'clients/billing.json:5: token_quota.client_credentials.per_hour must be a whole number from 1 to 2147483647; found 0',
    'clients/billing.json:6: token_quota.client_credentials.per_day must be a whole number from 1 to 2147483647; found "5"',
    'clients/billing.json:7: token_quota.client_credentials.enforce must be true or false; found 1',
    'clients/billing.json:8: token_quota.client_credentials.per_week is no part of a quota; take it out',
    'organizations/acme.json:4: token_quota.client_credentials must have at least one of per_hour, per_day and enforce',
    'organizations/none.json:3: token_quota.client_credentials must be an object with per_hour, per_day or enforce',
    'organizations/none.json:4: token_quota.per_hour is no part of a quota; take it out',
    'tenant.json:5: default_token_quota.clients.client_credentials.per_day must be a whole number from 1 to 2147483647; found 2147483648',
    'tenant.json:8: default_token_quota.organisations is no part of a default quota; take it out',
  ],
  'organizations of nobody': [
    {
      'clients/portal.json': { name: 'portal', default_organization: { organization_id: 'org_1', flows: [] } },
      'clients/shop.json': { name: 'shop', default_organization: { organization_id: 'acme' } },
      'organizations/acme.json': { name: 'acme', client_grants: [{ client_id: 'gone' }, { audience: 'urn:x' }] },
    },
    `clients/portal.json:4: default_organization.organization_id "org_1" is the name of no organization in the folder (its id is the server's own); known: "acme"`,
    `clients/shop.json:3: default_organization.flows is missing; a client's default_organization needs one`,
    'organizations/acme.json:5: client_id "gone" is the name of no client in the folder; known: "billing", "portal", "shop"',
    "organizations/acme.json:7: client_grants[1].client_id is missing; an organization's client grant needs one",
  ],
  'scopes that cannot stand': [
    {
      'resource-servers/Orders.json': {
        identifier: api.identifier,
        scopes: [{ value: 'read:orders' }, { value: 'a b' }, { value: 'x'.repeat(281) }, { value: 'read:orders' }],
      },
    },
    'resource-servers/Orders.json:8: "a b" is not a scope: a scope has 1 to 280 characters and no white space',
    `resource-servers/Orders.json:11: "${'x'.repeat(281)}" is not a scope: a scope has 1 to 280 characters and no white space`,
    'resource-servers/Orders.json:13: scope "read:orders" is defined twice',
  ],
  'more scopes than an API may have': [
    { 'resource-servers/More.json': { identifier: 'urn:more', scopes: many(1_001, (n) => ({ value: `s${n}` })) } },
    'resource-servers/More.json:3: the API has 1001 scopes; the limit is 1000',
  ],
  'a token lifetime out of bounds': [
    { 'resource-servers/Orders.json': { ...api, token_lifetime: 2_592_001 } },
    'resource-servers/Orders.json:12: token_lifetime must be a whole number from 0 to 2592000; found 2592001',
  ],
  'a lifetime of third-party tokens out of bounds': [
    { 'clients/Third.json': { name: 'Third', jwt_configuration: { lifetime_in_seconds: 0 } } },
    'clients/Third.json:4: jwt_configuration.lifetime_in_seconds must be a whole number from 1 to 2592000; found 0',
  ],
  'a policy no one knows': [
    { 'resource-servers/Orders.json': { ...api, subject_type_authorization: { client: { policy: 'allow_all' } } } },
    'resource-servers/Orders.json:14: subject_type_authorization.client.policy must be one of "deny_all", "require_client_grant"; found "allow_all"',
  ],
  'an identifier that is too long': [
    { 'resource-servers/More.json': { identifier: 'x'.repeat(601) } },
    'resource-servers/More.json:2: identifier has 601 characters; the limit is 600',
  ],
  'a default audience that no API has': [
    { 'tenant.json': { default_audience: 'https://other.example.com' } },
    'tenant.json:2: default_audience "https://other.example.com" is the identifier of no API in the folder; known: "https://orders.example.com"',
  ],
  'a grant for an unknown client': [
    { 'grants/more.json': { ...grant, client_id: 'biling' } },
    'grants/more.json:2: client_id "biling" is the name of no client in the folder; known: "billing"',
  ],
  'a grant for an unknown API': [
    { 'grants/more.json': { ...grant, audience: 'urn:x' } },
    'grants/more.json:3: audience "urn:x" is the identifier of no API in the folder; known: "https://orders.example.com"',
  ],
  'a granted scope that the API lacks': [
    { 'grants/billing.json': { ...grant, scope: ['read:orders', 'drop:orders'] } },
    'grants/billing.json:6: scope "drop:orders" is not defined by API "https://orders.example.com"; add it to resource-servers/Orders.json or take it out here',
  ],
  'the same grant twice, once by the id': [
    {
      'clients/billing.json': { name: 'billing', client_id: 'abc' },
      'grants/more.json': { ...grant, client_id: 'abc' },
    },
    'grants/more.json:1: grants/billing.json already grants client "abc" the audience "https://orders.example.com"; join the two',
  ],
  'names that are taken': [
    {
      'clients/second.json': { name: 'billing' },
      'resource-servers/second.json': { identifier: api.identifier },
      'organizations/second.json': { name: 'acme' },
      'actions/second.json': action,
    },
    'actions/second.json:2: name "enrich" is taken by the action of actions/enrich.json; give each its own',
    'clients/second.json:2: name "billing" is taken by the client of clients/billing.json; give each its own',
    'organizations/second.json:2: name "acme" is taken by the organization of organizations/acme.json; give each its own',
    'resource-servers/second.json:2: identifier "https://orders.example.com" is taken by the API of resource-servers/Orders.json; give each its own',
  ],
  'code that is not there': [
    { 'actions/enrich.json': { ...action, code: './actions/gone.js' } },
    `actions/enrich.json:3: code "./actions/gone.js" does not exist; ${codePath}`,
  ],
  'code that is a folder': [
    { 'actions/enrich.json': { ...action, code: 'actions/enrich' } },
    `actions/enrich.json:3: code "actions/enrich" is a folder, not a file; ${codePath}`,
  ],
  'code outside the folder': [
    { 'actions/enrich.json': { ...action, code: '../../etc/passwd' } },
    `actions/enrich.json:3: code "../../etc/passwd" leads outside the tenant folder; ${codePath}`,
  ],
  'code at an absolute path': [
    { 'actions/enrich.json': { ...action, code: '/etc/passwd' } },
    `actions/enrich.json:3: code "/etc/passwd" leads outside the tenant folder; ${codePath}`,
  ],
  'too much code': [
    { 'actions/enrich/code.js': 'é'.repeat(limits.actionCodeBytes / 2 + 1) },
    'actions/enrich/code.js: the code has 100002 bytes; the limit is 100000',
  ],
  'version 1 of the trigger': [
    { 'actions/enrich.json': { ...action, supported_triggers: [{ id: 'credentials-exchange', version: 'v1' }] } },
    'actions/enrich.json:14: version "v1" of credentials-exchange is not served; rewrite the action as exports.onExecuteCredentialsExchange = async (event, api) => {…} and set "v2"',
  ],
  'an action of two triggers': [
    { 'actions/enrich.json': { ...action, supported_triggers: [...v2, { id: 'post-login', version: 'v3' }] } },
    'actions/enrich.json:11: supported_triggers must name exactly one trigger; found 2',
  ],
  'dependencies that no registry has': [
    {
      'actions/enrich.json': {
        name: 'enrich',
        code: action.code,
        supported_triggers: v2,
        dependencies: [
          { name: 'a b', version: '1.0.0' },
          { name: 'x\0y' },
          { name: 'axios', version: 'git+https://example.com/axios.git' },
          { name: 'axios', version: 'npm:other@1' },
          { name: 'lodash', registry_url: 'https://npm.example.com' },
        ],
      },
    },
    'actions/enrich.json:12: dependencies[0].name must be the name of an npm package, such as "lodash" or "@scope/name"',
    'actions/enrich.json:16: dependencies[1].name must be the name of an npm package, such as "lodash" or "@scope/name"',
    'actions/enrich.json:20: dependencies[2].version must be an exact version, a range, a tag or "" for the latest, of at most 50 characters',
    'actions/enrich.json:22: dependency "axios" is named twice; keep one',
    'actions/enrich.json:24: dependencies[3].version must be an exact version, a range, a tag or "" for the latest, of at most 50 characters',
    'actions/enrich.json:28: registry_url is not available: packages come from the registry of this server; take it out',
  ],
  'more dependencies than an action may have': [
    { 'actions/enrich.json': { ...action, dependencies: many(11, (n) => ({ name: `p${n}`, version: '1' })) } },
    'actions/enrich.json:18: the action has 11 dependencies; the limit is 10',
  ],
  'pins of modules that cannot stand': [
    {
      'action-modules/money.json': { name: 'money', code: 'action-modules/money.js' },
      'action-modules/money.js': '',
      'actions/enrich.json': {
        name: 'enrich',
        code: action.code,
        supported_triggers: v2,
        modules: [
          { module_name: 'money', module_version_number: 0 },
          { module_name: 'mony', module_version_number: 1 },
          { module_name: 'money' },
          { module_name: 'money' },
        ],
      },
    },
    'actions/enrich.json:10: the action has 4 modules; the limit is 3',
    'actions/enrich.json:13: modules[0].module_version_number must be a whole number from 1 to 9007199254740991; found 0',
    'actions/enrich.json:16: module_name "mony" is the name of no actions module in the folder; known: "money"',
    'actions/enrich.json:19: module "money" is pinned twice; keep one of its versions',
    'actions/enrich.json:22: module "money" is pinned twice; keep one of its versions',
  ],
  'modules that cannot stand': [
    {
      'action-modules/money.json': {
        name: 'money',
        code: 'action-modules/money.js',
        dependencies: many(11, (n) => ({ name: `p${n}` })),
        secrets: many(31, (n) => ({ name: `S${n}`, value: '' })),
      },
      'action-modules/money.js': "// require('actions:commented')\nconst tax = require('actions:tax')\n",
      'action-modules/second.json': { name: 'money', code: 'action-modules/large.js' },
      'action-modules/large.js': 'x'.repeat(65_537),
      'action-modules/third.json': { code: 'action-modules/gone.js' },
      'action-modules/fourth.json': { name: 'a\0b', code: 'action-modules/money.json' },
    },
    'action-modules/fourth.json:2: name must be a name without a NUL character',
    'action-modules/large.js: the code has 65537 characters; the limit is 65536',
    'action-modules/money.js:2: requires "actions:tax", and a module cannot use another one; copy what it needs into it',
    'action-modules/money.json:4: the module has 11 dependencies; the limit is 10',
    'action-modules/money.json:39: the module has 31 secrets; the limit is 30',
    'action-modules/second.json:2: name "money" is taken by the actions module of action-modules/money.json; give each its own',
    'action-modules/third.json:1: name is missing; an actions module needs one',
  ],
  'a name with a NUL character': [
    { 'actions/more.json': { ...action, name: 'a\0b' } },
    'actions/more.json:2: name must be a name without a NUL character',
  ],
  'a runtime no one knows': [
    { 'actions/enrich.json': { ...action, runtime: 'node99' } },
    'actions/enrich.json:4: runtime must be one of "node22", "node18", "node18-actions", "node16", "node12"; found "node99"',
  ],
  'more modules than a tenant may have': [
    {
      'action-modules/code.js': '',
      ...Object.fromEntries(
        many(101, (n) => [`action-modules/m${n}.json`, { name: `m${n}`, code: 'action-modules/code.js' }]),
      ),
    },
    'action-modules/m99.json:1: the tenant has 101 actions modules; the limit is 100',
  ],
  'secrets over their limits': [
    {
      'actions/enrich.json': {
        name: 'enrich',
        code: action.code,
        supported_triggers: v2,
        secrets: [
          ...many(29, (n) => ({ name: `S${n}`, value: '' })),
          { name: 'S0', value: '' },
          { name: 'LONG', value: 'x'.repeat(4_097) },
        ],
      },
    },
    'actions/enrich.json:10: the action has 31 secrets; the limit is 30',
    'actions/enrich.json:127: secret "S0" is named twice',
    'actions/enrich.json:133: secrets[30].value has 4097 characters; the limit is 4096',
  ],
  'more actions than a tenant may have': [
    Object.fromEntries(many(100, (n) => [`actions/x${n}.json`, { ...action, name: `x${n}` }])),
    'actions/x99.json:1: the tenant has 101 actions; the limit is 100',
  ],
  'a binding to an unknown action, to a draft and to one of another trigger': [
    {
      'actions/draft.json': { ...action, name: 'draft', deployed: false },
      'actions/login.json': { name: 'login', supported_triggers: [{ id: 'post-login', version: 'v3' }] },
      'triggers/triggers.json': {
        'credentials-exchange': [{ action_name: 'gone' }, { action_name: 'draft' }, { action_name: 'login' }],
      },
    },
    'triggers/triggers.json:4: action_name "gone" is the name of no action in the folder; known: "draft", "enrich"',
    'triggers/triggers.json:7: action "draft" is bound but has "deployed": false; deploy it or take the binding out',
    'triggers/triggers.json:10: action "login" belongs to another trigger; bind it there',
  ],
  'more bindings than a trigger may have': [
    { 'triggers/triggers.json': { 'credentials-exchange': many(21, () => ({ action_name: 'enrich' })) } },
    'triggers/triggers.json:63: the trigger has 21 bindings; the limit is 20',
  ],
  'bindings that are no list': [
    { 'triggers/triggers.json': { 'credentials-exchange': {} } },
    'triggers/triggers.json:2: credentials-exchange must be a list of objects',
  ],
}

describe('a tenant folder is refused for', () => {
  test.each(Object.entries(refusals))('%s', async (_, [files, ...errors]) => {
    expect(await errorsOf({ ...soundFolder, ...files })).toEqual(errors)
  })

  test('a path where nothing is', async () => {
    const { errors } = await readTenantFolder('/nowhere/tenant', { environment: {} })
    expect(errors.map(formatFinding)).toEqual([
      '/nowhere/tenant: does not exist; give a folder in the layout of auth0-deploy-cli, or its tenant.yaml',
    ])
  })

  test('having nothing of a tenant in it', async () => {
    expect(await errorsOf({ 'package.json': {}, 'src/index.js': '' })).toEqual([
      '.: is not a tenant folder: it has no tenant.json, no tenant.yaml and none of clients/, resource-servers/, grants/, actions/',
    ])
  })

  test('ten mistakes, all of them told at once, by file and line', async () => {
    const errors = await errorsOf({
      ...soundFolder,
      'actions/broken.json': {
        name: 'broken',
        code: 'gone.js',
        supported_triggers: [{ id: 'credentials-exchange', version: 'v1' }],
      },
      'actions/enrich/code.js': '// ##NOWHERE##',
      'clients/billing.json': { name: 'billing', grant_types: 'client_credentials', client_metadata: [] },
      'clients/portal.json': '{ name: "portal" }',
      'grants/billing.json': { ...grant, scope: ['drop:orders'], organization_usage: 'maybe' },
      'resource-servers/Orders.json': { ...api, token_lifetime: -1 },
      'tenant.json': { default_audience: 'urn:gone' },
    })
    expect(errors.map((error) => error.split(' ', 1)[0])).toEqual([
      'actions/broken.json:3:',
      'actions/broken.json:7:',
      'actions/enrich/code.js:1:',
      'clients/billing.json:3:',
      'clients/billing.json:4:',
      'clients/portal.json:1:',
      'grants/billing.json:5:',
      'grants/billing.json:7:',
      'resource-servers/Orders.json:12:',
      'tenant.json:2:',
    ])
  })

  test('mistakes in its YAML form, with their lines', async () => {
    const yaml =
      'clients:\n  - name: a\n  - name: 7\nclientGrants:\n  - client_id: b\n    audience: urn:x\n    scope:\n      - a b\npages: []\n'
    expect(await errorsOf({ 'tenant.yaml': yaml })).toEqual([
      'tenant.yaml:3: name must be a text; found a number',
      'tenant.yaml:5: client_id "b" is the name of no client in the folder; known: "a"',
      'tenant.yaml:6: audience "urn:x" is the identifier of no API in the folder; known: none',
      'tenant.yaml:8: "a b" is not a scope: a scope has 1 to 280 characters and no white space',
    ])
  })

  test.each([
    ['clients:\n  - {name: a', /^tenant\.yaml:2: not YAML: /],
    ['clients: x', /^tenant\.yaml:1: clients must be a list of objects$/],
    ['- a', /^tenant\.yaml:1: must hold keys such as "clients" and "actions" at its top$/],
    ['a: &a [x]\nb: *gone', /^tenant\.yaml:[12]: not YAML: /],
    ['['.repeat(100_000), /^tenant\.yaml:1: not YAML: /],
  ])('YAML that is none of it: %#', async (yaml, error) => {
    expect(await errorsOf({ 'tenant.yaml': yaml })).toEqual([expect.stringMatching(error)])
  })
})
