import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ManagedServer, startManagedDev } from '../support/managed-server.ts'
import { actionCases } from './auth0-node/actions.ts'
import { apiCases } from './auth0-node/apis.ts'
import { clientCases } from './auth0-node/clients.ts'
import { type SdkProgram, startSdk } from './auth0-node/program.ts'
import { settingsCases, signingKeyCases } from './auth0-node/settings.ts'

/** What of the SDK is not here, by method or by all that begins so. Users and all that is about them, their logins and pages, above all. */
const absent: readonly string[] = [
  'agents',
  'anomaly',
  'attackProtection',
  'branding',
  'connectionProfiles',
  ...[
    'checkStatus',
    'clients',
    'create',
    'delete',
    'directoryProvisioning',
    'get',
    'keys',
    'scimConfiguration',
    'update',
    'users',
  ].map((name) => `connections.${name}`),
  'deviceCredentials',
  'emails',
  'emailTemplates',
  'eventStreams',
  'events',
  'experimentation',
  'flows',
  'forms',
  'groups',
  'guardian',
  'hooks',
  'jobs',
  'networkAcls',
  'prompts',
  'rateLimitPolicies',
  'refreshTokens',
  'riskAssessments',
  'roles',
  'rules',
  'rulesConfigs',
  'selfServiceProfiles',
  'sessions',
  'supplementalSignals',
  'tickets',
  'tokenExchangeProfiles',
  'userAttributeProfiles',
  'userBlocks',
  'userGrants',
  'users',
  'verifiableCredentials',
  'clients.previewCimdMetadata',
  'clients.registerCimdClient',
  'keys.customSigning',
  'keys.encryption',
  'keys.networkAcls',
  'organizations.search',
  'organizations.groups',
  'organizations.invitations',
  'organizations.organizationTemplate',
  'organizations.roles',
  ...['create', 'delete', 'effectiveRoles', 'roles'].map((name) => `organizations.members.${name}`),
  ...['create', 'delete', 'get', 'update'].map((name) => `organizations.clients.${name}`),
  ...['create', 'delete', 'get', 'update'].map((name) => `organizations.connections.${name}`),
  ...['create', 'delete', 'get', 'getByName', 'update'].map((name) => `organizations.discoveryDomains.${name}`),
  ...['add', 'delete', 'get', 'update'].map((name) => `organizations.enabledConnections.${name}`),
  'resourceServers.search',
]

/** Calls of what is absent. */
const refused: readonly { readonly name: string; readonly args?: readonly unknown[] }[] = [
  { name: 'users.list' },
  { name: 'roles.list' },
  { name: 'rules.list' },
  { name: 'emails.provider.get' },
  { name: 'keys.encryption.list' },
  { name: 'keys.customSigning.get' },
  { name: 'organizations.search' },
  { name: 'resourceServers.search' },
  { name: 'clients.previewCimdMetadata', args: [{ external_client_id: 'https://client.example.com/metadata.json' }] },
]

let server: ManagedServer
let sdk: SdkProgram
beforeAll(async () => {
  server = await startManagedDev()
  sdk = startSdk('auth0', server)
})
afterAll(() => sdk.close())

describe('npm auth0 7 against a server of its own', () => {
  const opened = () => ({ server, sdk })
  apiCases(opened)
  clientCases(opened)
  actionCases(opened)
  settingsCases(opened)

  describe('logging in', () => {
    test('with a token that it was given', async () => {
      const { client_id, client_secret, audience } = server.management
      const { body } = await server.token({ client_id, client_secret, audience })
      const { data } = await sdk.callWith<{ data: unknown[] }>({ token: String(body.access_token) }, 'clients.list')
      expect(data.length).toBeGreaterThan(0)
    })

    test('with a secret that is wrong is refused by what the token endpoint says', async () => {
      const options = { clientId: server.management.client_id, clientSecret: 'wrong' }
      await expect(sdk.callWith(options, 'clients.list')).rejects.toMatchObject({
        thrown: { statusCode: 401, body: { error: 'access_denied' } },
      })
    })

    test('with a token that is none is refused before anything is read', async () => {
      await expect(sdk.callWith({ token: 'a.b.c' }, 'clients.list')).rejects.toMatchObject({
        thrown: { statusCode: expect.any(Number), body: { error: expect.any(String), message: expect.any(String) } },
      })
    })

    test('as a client that was granted less is refused by the scope that it lacks', async () => {
      const client = await sdk.call('clients.create', { name: 'Reads', grant_types: ['client_credentials'] })
      const { client_id, client_secret } = client
      await sdk.call('clientGrants.create', { client_id, audience: server.management.audience, scope: ['read:logs'] })
      const options = { clientId: String(client_id), clientSecret: String(client_secret) }
      await expect(sdk.callWith(options, 'clients.list')).rejects.toMatchObject({
        thrown: {
          class: 'ForbiddenError',
          statusCode: 403,
          body: {
            errorCode: 'insufficient_scope',
            message: expect.stringMatching(/^Insufficient scope, expected any of: read:clients,/),
          },
        },
      })
    })
  })

  test('a call of its own making goes the same way', async () => {
    const { status, body } = await sdk.call('fetch', 'clients')
    expect({ status, body }).toMatchObject({ status: 200, body: expect.arrayContaining([expect.anything()]) })
  })

  test.each(refused)('what is not here is refused as a scope that is lacking: $name', async ({ name, args = [] }) => {
    await expect(sdk.call(name, ...args)).rejects.toMatchObject({
      thrown: { class: 'ForbiddenError', body: { errorCode: 'insufficient_scope' } },
    })
  })

  signingKeyCases(opened)

  // Last: by now everything was called.
  test('every method of the SDK was called here, or is known to be absent', async () => {
    const methods = await sdk.methods()
    const isAbsent = (method: string) => absent.some((name) => method === name || method.startsWith(`${name}.`))
    expect(methods.filter((method) => !sdk.called.has(method) && !isAbsent(method))).toEqual([])
    expect(
      absent.filter((name) => !methods.some((method) => method === name || method.startsWith(`${name}.`))),
    ).toEqual([])
  })
})
