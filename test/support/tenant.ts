import type { TenantSettings } from '../../src/domain/index.ts'
import type {
  FolderAction,
  FolderClient,
  FolderGrant,
  FolderOrganization,
  FolderResourceServer,
  FolderTenant,
} from '../../src/tenant-folder/index.ts'

/** The API that every tenant has unless it says otherwise. */
export const audience = 'https://orders.example.com/'

/** The client that asks unless a request says otherwise. Its secret has every character that an encoding could spoil. */
export const billing = {
  name: 'Billing',
  client_id: 'BillingServiceClientId0000000001',
  client_secret: 'billing+secret/with=%41 & ümlaut:colon',
} as const

/** An action by its source, or with a name, action secrets, and whether it is bound. */
export type GivenAction =
  | string
  | {
      readonly code: string
      readonly name?: string
      readonly secrets?: Readonly<Record<string, string>>
    }

/** What a test's tenant has beside the defaults: whatever a list names takes the place of the default list. */
export interface GivenTenant {
  readonly settings?: TenantSettings
  readonly clients?: readonly Omit<FolderClient, 'place'>[]
  readonly apis?: readonly Omit<FolderResourceServer, 'place'>[]
  readonly grants?: readonly Omit<FolderGrant, 'place'>[]
  readonly organizations?: readonly Omit<FolderOrganization, 'place'>[]
  /** Bound in this order. */
  readonly actions?: readonly GivenAction[]
}

const place = { file: 'test' }

/** The default client, with what a test changes of it. */
export function aClient(changes: Partial<Omit<FolderClient, 'place'>> = {}): Omit<FolderClient, 'place'> {
  return { ...billing, grant_types: ['client_credentials'], ...changes }
}

/** The default API: three scopes, tokens of a day. */
export function anApi(changes: Partial<Omit<FolderResourceServer, 'place'>> = {}): Omit<FolderResourceServer, 'place'> {
  return {
    identifier: audience,
    name: 'Orders',
    scopes: [{ value: 'read:orders' }, { value: 'write:orders' }, { value: 'delete:orders' }],
    ...changes,
  }
}

/** The default client grant: two of the API's three scopes. */
export function aGrant(changes: Partial<Omit<FolderGrant, 'place'>> = {}): Omit<FolderGrant, 'place'> {
  return { client: billing.name, audience, scope: ['read:orders', 'write:orders'], ...changes }
}

/** A tenant as a folder would say it, without the folder. */
export function tenant(given: GivenTenant = {}): FolderTenant {
  const actions = (given.actions ?? []).map(folderAction)
  return {
    settings: given.settings ?? {},
    clients: (given.clients ?? [aClient()]).map((client) => ({ ...client, place })),
    resourceServers: (given.apis ?? [anApi()]).map((api) => ({ ...api, place })),
    clientGrants: (given.grants ?? [aGrant()]).map((grant) => ({ ...grant, place })),
    organizations: (given.organizations ?? []).map((organization) => ({ ...organization, place })),
    actions,
    bindings: actions.map(({ name }) => ({ action_name: name, display_name: name })),
    unserved: {},
  }
}

/** An action's source around the body of its handler. */
export function handler(body: string): string {
  return `exports.onExecuteCredentialsExchange = async (event, api) => {\n${body}\n}`
}

function folderAction(given: GivenAction, index: number): FolderAction {
  const { code, name = `action-${index + 1}`, secrets = {} } = typeof given === 'string' ? { code: given } : given
  return {
    place,
    name,
    code,
    codeFile: `actions/${name}/code.js`,
    runtime: 'node22',
    dependencies: [],
    secrets: Object.entries(secrets).map(([secret, value]) => ({ name: secret, value })),
    supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
    deployed: true,
  }
}
