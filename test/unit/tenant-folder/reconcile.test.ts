import { describe, expect, test } from 'vitest'
import {
  type Existing,
  type FolderCredential,
  type FolderTenant,
  type Make,
  reconcile,
} from '../../../src/tenant-folder/index.ts'

const place = { file: 'a.json', line: 1 }
const folder: FolderTenant = {
  settings: { friendly_name: 'T' },
  clients: [{ place, name: 'billing' }],
  resourceServers: [{ place, identifier: 'urn:orders', scopes: [{ value: 'read' }] }],
  clientGrants: [{ place, client: 'billing', audience: 'urn:orders', scope: ['read'] }],
  organizations: [{ place, name: 'acme' }],
  actions: [
    {
      place,
      name: 'enrich',
      code: 'x',
      codeFile: 'actions/enrich/code.js',
      runtime: 'node22',
      dependencies: [],
      secrets: [{ name: 'SALT', value: 'pepper' }],
      supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
      deployed: true,
    },
  ],
  bindings: [{ action_name: 'enrich', display_name: 'Enrich' }],
  unserved: {},
}
const nothing: Existing = {
  clients: [],
  resourceServers: [],
  clientGrants: [],
  organizations: [],
  actions: [],
  modules: [],
}

/** Counts up: `client-1`, `client-2`, … */
function counting(): Make {
  let made = 0
  const next = (kind: string) => () => `${kind}-${++made}`
  return {
    clientId: next('client'),
    clientSecret: next('secret'),
    credentialId: next('credential'),
    signingSecret: next('signing-secret'),
    resourceServerId: next('api'),
    grantId: next('grant'),
    organizationId: next('org'),
    actionId: next('action'),
    moduleId: next('module'),
    bindingId: next('binding'),
    now: () => '2026-01-01T00:00:00.000Z',
  }
}

describe('joining a folder with the store', () => {
  test('gives what is new an id, a client secret and the defaults of Auth0, and keeps no place', () => {
    const made = reconcile(folder, nothing, counting())
    expect(made.clients).toEqual([
      {
        client: {
          name: 'billing',
          client_id: 'client-1',
          grant_types: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
          is_first_party: true,
          is_token_endpoint_ip_header_trusted: false,
          oidc_conformant: false,
          sso_disabled: false,
          cross_origin_authentication: false,
          custom_login_page_on: true,
          jwt_configuration: { lifetime_in_seconds: 36_000, secret_encoded: false },
          refresh_token: {
            rotation_type: 'non-rotating',
            expiration_type: 'non-expiring',
            leeway: 0,
            infinite_token_lifetime: true,
            infinite_idle_token_lifetime: true,
            token_lifetime: 2_592_000,
            idle_token_lifetime: 1_296_000,
          },
        },
        newSecret: 'secret-2',
      },
    ])
    expect(made.resourceServers).toMatchObject([
      {
        identifier: 'urn:orders',
        signing_alg: 'RS256',
        token_lifetime: 86_400,
        subject_type_authorization: { client: { policy: 'require_client_grant' }, user: { policy: 'allow_all' } },
      },
    ])
    expect(made.clientGrants).toMatchObject([{ client_id: 'client-1', audience: 'urn:orders', subject_type: 'client' }])
    expect(made.bindings).toMatchObject([{ action_id: made.actions[0]?.id, display_name: 'Enrich' }])
    expect(made.actions[0]).toMatchObject({
      secrets: [{ name: 'SALT', value: 'pepper' }],
      created_at: '2026-01-01T00:00:00.000Z',
    })
    expect(JSON.stringify(made)).not.toMatch(/"place"|codeFile|"client":"billing"/)
  })

  test('keeps every id over an edit, and makes no client secret again', () => {
    const first = reconcile(folder, nothing, counting())
    const stored: Existing = {
      ...first,
      clients: first.clients.map(({ client }) => client),
      actions: first.actions.map((action) => ({ ...action, created_at: '2025-01-01T00:00:00.000Z' })),
    }
    const refuse = () => {
      throw new Error('nothing is new')
    }
    const again = reconcile(
      {
        ...folder,
        clients: [{ place, name: 'billing', client_metadata: { a: 'b' } }],
        clientGrants: [{ place, client: 'billing', audience: 'urn:orders', scope: [] }],
      },
      stored,
      {
        ...counting(),
        clientId: refuse,
        clientSecret: refuse,
        resourceServerId: refuse,
        grantId: refuse,
        organizationId: refuse,
        actionId: refuse,
      },
    )
    expect(again.clients).toEqual([{ client: { ...first.clients[0]?.client, client_metadata: { a: 'b' } } }])
    expect(again.resourceServers).toEqual(first.resourceServers)
    expect(again.clientGrants).toEqual([{ ...first.clientGrants[0], scope: [] }])
    expect(again.organizations).toEqual(first.organizations)
    expect(again.actions[0]).toMatchObject({ id: first.actions[0]?.id, created_at: '2025-01-01T00:00:00.000Z' })
  })

  test('an organization gets the client grants that its file names, and a client the id of its default organization', () => {
    const default_organization = { organization_id: 'acme', flows: ['client_credentials'] }
    const read = (client: string, audience: string) => ({ place, client, audience, scope: [] })
    const made = reconcile(
      {
        ...folder,
        clients: [
          { place, name: 'billing', default_organization },
          { place, name: 'shop', client_id: 'shop-id' },
        ],
        clientGrants: [
          read('billing', 'urn:orders'),
          read('billing', 'urn:stock'),
          { ...read('billing', 'urn:orders'), subject_type: 'user' },
          read('shop', 'urn:orders'),
        ],
        organizations: [
          { place, name: 'acme', client_grants: [{ client_id: 'billing' }, { client_id: 'billing' }] },
          {
            place,
            name: 'beta',
            client_grants: [{ client_id: 'shop-id' }, { client_id: 'billing', audience: 'urn:stock' }],
          },
          { place, name: 'gamma', client_grants: [{ client_id: 'billing', audience: 'urn:none' }] },
        ],
      },
      nothing,
      counting(),
    )
    const [acme, beta] = made.organizations.map(({ id }) => id)
    const [orders, stock, , ofShop] = made.clientGrants.map(({ id }) => id)
    expect(made.organizationClientGrants).toEqual(
      [
        [acme, orders],
        [acme, stock],
        [beta, ofShop],
        [beta, stock],
      ].map(([organization_id, grant_id]) => ({ id: `${organization_id} ${grant_id}`, organization_id, grant_id })),
    )
    expect(made.clients[0]?.client.default_organization).toEqual({ ...default_organization, organization_id: acme })
    expect(made.organizations.map((organization) => Object.keys(organization))).toEqual([
      ['name', 'id'],
      ['name', 'id'],
      ['name', 'id'],
    ])
  })

  test('a credential keeps its id while its key stays, and is stored apart from its client', () => {
    const withKeys = (...credentials: readonly FolderCredential[]): FolderTenant => ({
      ...folder,
      clients: [{ place, name: 'billing', client_authentication_methods: { private_key_jwt: { credentials } } }],
    })
    const one = { credential_type: 'public_key', pem: 'key-1', place } as const
    const two = { credential_type: 'public_key', pem: 'key-2', name: 'second', place } as const
    const first = reconcile(withKeys(one, two), nothing, counting())
    const [made] = first.clients
    const ids = made?.credentials?.map(({ id }) => id) ?? []
    expect(new Set(ids).size).toBe(2)
    expect(made?.client.client_authentication_methods).toEqual({
      private_key_jwt: { credentials: ids.map((id) => ({ id })) },
    })
    const times = { created_at: 'then', updated_at: 'then' }
    const facts = { ...times, client_id: made?.client.client_id ?? '', kid: 'kid', alg: 'RS256' } as const
    const stored: Existing = {
      ...nothing,
      clients: first.clients.map(({ client }) => client),
      clientCredentials: [
        { ...facts, id: ids[0] ?? '', credential_type: 'public_key', pem: 'key-1' },
        { ...facts, id: 'cred_of_another', client_id: 'other', credential_type: 'public_key', pem: 'key-3' },
      ],
    }
    const again = reconcile(
      withKeys({ ...two, pem: 'key-3' }, { ...one, expires_at: '2027-01-01T00:00:00Z' }),
      stored,
      counting(),
    )
    expect(again.clients[0]?.credentials).toEqual([
      { credential_type: 'public_key', pem: 'key-3', name: 'second', id: expect.stringMatching(/^credential-/) },
      { credential_type: 'public_key', pem: 'key-1', expires_at: '2027-01-01T00:00:00Z', id: ids[0] },
    ])
  })

  test('a module keeps its id by its name; no place of it or of an action reaches the store', () => {
    const listPlaces = { dependencies: place }
    const dependencies = [{ name: 'lodash', version: 'latest' }]
    const module = { place, name: 'money', code: '', codeFile: 'm.js', dependencies, listPlaces, secrets: [] }
    const withModule = {
      ...folder,
      modules: [module],
      actions: folder.actions.map((action) => ({ ...action, modules: [{ module_name: 'money' }], listPlaces })),
    }
    const first = reconcile(withModule, nothing, counting())
    expect(first.modules).toEqual([
      {
        id: 'module-4',
        name: 'money',
        code: '',
        dependencies,
        secrets: [],
        created_at: '2026-01-01T00:00:00.000Z',
      },
    ])
    expect(first.actions[0]?.modules).toEqual([{ module_name: 'money' }])
    expect(JSON.stringify(first)).not.toMatch(/listPlaces|codeFile/)
    const again = reconcile(withModule, { ...nothing, modules: first.modules }, counting())
    expect(again.modules).toEqual(first.modules)
  })

  test('an API that signs with HS256 brings a signing secret, fixed or made, which never enters the record', () => {
    const hs = (identifier: string) => ({ place, identifier, signing_alg: 'HS256' as const })
    const signing_secret = 'a fixed signing secret'
    const made = reconcile(
      {
        ...folder,
        resourceServers: [
          { ...hs('urn:fixed'), signing_secret },
          hs('urn:made'),
          { place, identifier: 'urn:orders', signing_secret },
        ],
      },
      nothing,
      counting(),
    )
    const [fixed, own] = made.resourceServers.map(({ id }) => id)
    expect(made.signingSecrets).toEqual([
      {
        resource_server_id: fixed,
        fixedSecret: signing_secret,
        newSecret: expect.stringMatching(/^signing-secret-/),
      },
      { resource_server_id: own, newSecret: expect.stringMatching(/^signing-secret-/) },
    ])
    expect(JSON.stringify(made.resourceServers)).not.toContain(signing_secret)
  })

  test('a fixed client id and client secret are taken; the client secret never enters the record', () => {
    const fixed = { ...folder, clients: [{ place, name: 'billing', client_id: 'abc', client_secret: 's3cret' }] }
    const made = reconcile(fixed, nothing, counting())
    expect(made.clients[0]).toMatchObject({ client: { client_id: 'abc' }, fixedSecret: 's3cret' })
    expect(made.clients[0]).not.toHaveProperty('newSecret')
    expect(made.clients[0]?.client).not.toHaveProperty('client_secret')
    expect(made.clientGrants[0]?.client_id).toBe('abc')
  })

  test('two clients never share an id: a fixed one is not found again by name', () => {
    const stored = { ...nothing, clients: [{ client_id: 'abc', name: 'portal', grant_types: [] }] }
    const clients = [
      { place, name: 'billing', client_id: 'abc' },
      { place, name: 'portal' },
    ]
    const made = reconcile({ ...folder, clients }, stored, counting())
    expect(made.clients.map(({ client }) => client.client_id)).toEqual(['abc', 'client-1'])
    expect(made.clients.map((client) => 'newSecret' in client)).toEqual([false, true])
  })

  test('a client and a user grant of one audience are two records', () => {
    const grants = [
      { place, client: 'billing', audience: 'urn:orders', scope: ['read'] },
      { place, client: 'billing', audience: 'urn:orders', scope: [], subject_type: 'user' as const },
    ]
    const first = reconcile({ ...folder, clientGrants: grants }, nothing, counting())
    const stored = { ...nothing, clients: first.clients.map(({ client }) => client), clientGrants: first.clientGrants }
    const again = reconcile({ ...folder, clientGrants: grants }, stored, counting())
    expect(again.clientGrants).toEqual(first.clientGrants)
    expect(new Set(first.clientGrants.map(({ id }) => id)).size).toBe(2)
  })

  test.each([
    [{ token_endpoint_auth_method: 'none' }, ['authorization_code', 'implicit', 'refresh_token']],
    [{ app_type: 'resource_server' }, []],
    [{ grant_types: ['client_credentials'] }, ['client_credentials']],
  ] as const)('a client of %o has the grant types %o', (members, expected) => {
    const made = reconcile({ ...folder, clients: [{ place, name: 'billing', ...members }] }, nothing, counting())
    expect(made.clients[0]?.client.grant_types).toEqual(expected)
  })

  test.each([
    [{ is_first_party: false }, { lifetime_in_seconds: 3_600, secret_encoded: false }],
    [
      { is_first_party: false, jwt_configuration: { lifetime_in_seconds: 60 } },
      { lifetime_in_seconds: 60, secret_encoded: false },
    ],
    [{ jwt_configuration: {} }, { lifetime_in_seconds: 36_000, secret_encoded: false }],
  ])('a client of %o has the jwt_configuration %o', (members, expected) => {
    const made = reconcile({ ...folder, clients: [{ place, name: 'billing', ...members }] }, nothing, counting())
    expect(made.clients[0]?.client.jwt_configuration).toEqual(expected)
  })

  test('an API that names no policy for clients requires a client grant', () => {
    const resourceServers = [{ place, identifier: 'urn:orders', subject_type_authorization: { client: {} } }]
    const made = reconcile({ ...folder, resourceServers }, nothing, counting())
    expect(made.resourceServers[0]?.subject_type_authorization).toEqual({
      client: { policy: 'require_client_grant' },
      user: { policy: 'allow_all' },
    })
  })
})
