import {
  createActionModule,
  createActionModuleVersion,
  deleteActionModule,
  getActionModule,
  getActionModuleVersion,
  listActionModuleActions,
  listActionModules,
  listActionModuleVersions,
  rollbackActionModule,
  updateActionModule,
} from './action-modules.ts'
import { testAction } from './action-test.ts'
import { deployAction, deployActionVersion, getActionVersion, listActionVersions } from './action-versions.ts'
import { createAction, deleteAction, getAction, listActions, updateAction } from './actions.ts'
import {
  createClientCredential,
  deleteClientCredential,
  getClientCredential,
  listClientCredentials,
  updateClientCredential,
} from './client-credentials.ts'
import {
  createClientGrant,
  deleteClientGrant,
  getClientGrant,
  listClientGrantOrganizations,
  listClientGrants,
  updateClientGrant,
} from './client-grants.ts'
import {
  createClient,
  deleteClient,
  getClient,
  listClientConnections,
  listClients,
  rotateSecret,
  updateClient,
} from './clients.ts'
import {
  createDiscoveryDomain,
  createOrganizationConnection,
  enableConnection,
  listConnections,
  listDiscoveryDomains,
  listEnabledConnections,
  listOrganizationClients,
  listOrganizationConnections,
  listOrganizationMembers,
} from './connections.ts'
import { listCustomDomains } from './custom-domain-list.ts'
import {
  createCustomDomain,
  deleteCustomDomain,
  getCustomDomain,
  getDefaultDomain,
  setDefaultDomain,
  testCustomDomain,
  updateCustomDomain,
  verifyCustomDomain,
} from './custom-domains.ts'
import { getExecution } from './executions.ts'
import { createLogStream, deleteLogStream, getLogStream, listLogStreams, updateLogStream } from './log-streams.ts'
import { getLog, listLogs } from './logs.ts'
import type { Operation } from './operation.ts'
import {
  associateClientGrant,
  dissociateClientGrant,
  listOrganizationClientGrants,
} from './organization-client-grants.ts'
import {
  createOrganization,
  deleteOrganization,
  getOrganization,
  getOrganizationByName,
  listOrganizations,
  updateOrganization,
} from './organizations.ts'
import {
  createResourceServer,
  deleteResourceServer,
  getResourceServer,
  listResourceServers,
  updateResourceServer,
} from './resource-servers.ts'
import { getSigningKey, listSigningKeys, revokeKey, rotateKeys } from './signing-keys.ts'
import { countActiveUsers, listDailyStats } from './stats.ts'
import { getTenantSettings, updateTenantSettings } from './tenant-settings.ts'

import { listBindings, listTriggers, updateBindings } from './triggers.ts'

/** One call of the API: its method and path, the scopes it asks for, and what it does. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below `/api/v2`, its variable parts as `:name`. */
  readonly path: string
  /** Any one of them will do, unless `all` is set. */
  readonly scopes: readonly string[]
  readonly all?: boolean
  readonly operation: Operation
}

function route(method: Route['method'], path: string, scopes: string, operation: Operation): Route {
  return { method, path, scopes: scopes.split(' '), operation }
}

/** Which of them a token has decides what it is told, and what it may set. */
const readsClients = 'read:clients read:client_keys read:client_credentials read:client_summary'
const updatesClients =
  'update:clients update:client_keys update:client_credentials update:client_token_vault_privileged_access'

const readsOrganizations = 'read:organizations read:organizations_summary'

/** The whole surface. */
export const routes: readonly Route[] = [
  // Custom domains.
  route('GET', '/custom-domains', 'read:custom_domains', listCustomDomains),
  route('POST', '/custom-domains', 'create:custom_domains', createCustomDomain),
  route('GET', '/custom-domains/default', 'read:custom_domains', getDefaultDomain),
  route('PATCH', '/custom-domains/default', 'update:custom_domains', setDefaultDomain),
  route('GET', '/custom-domains/:id', 'read:custom_domains', getCustomDomain),
  route('PATCH', '/custom-domains/:id', 'update:custom_domains', updateCustomDomain),
  route('DELETE', '/custom-domains/:id', 'delete:custom_domains', deleteCustomDomain),
  route('POST', '/custom-domains/:id/test', 'read:custom_domains', testCustomDomain),
  route('POST', '/custom-domains/:id/verify', 'create:custom_domains', verifyCustomDomain),
  // Signing keys.
  route('GET', '/keys/signing', 'read:signing_keys', listSigningKeys),
  { ...route('POST', '/keys/signing/rotate', 'create:signing_keys update:signing_keys', rotateKeys), all: true },
  route('GET', '/keys/signing/:kid', 'read:signing_keys', getSigningKey),
  route('PUT', '/keys/signing/:kid/revoke', 'update:signing_keys', revokeKey),
  // Tenant settings.
  route('GET', '/tenants/settings', 'read:tenant_settings', getTenantSettings),
  route('PATCH', '/tenants/settings', 'update:tenant_settings', updateTenantSettings),
  // Clients.
  route('GET', '/clients', readsClients, listClients),
  route('POST', '/clients', 'create:clients', createClient),
  route('GET', '/clients/:id', readsClients, getClient),
  route('PATCH', '/clients/:id', updatesClients, updateClient),
  route('DELETE', '/clients/:id', 'delete:clients', deleteClient),
  route('POST', '/clients/:id/rotate-secret', 'update:client_keys', rotateSecret),
  route('GET', '/clients/:id/connections', 'read:connections read:clients read:client_summary', listClientConnections),
  // Client credentials.
  route('GET', '/clients/:client_id/credentials', 'read:client_credentials', listClientCredentials),
  route('POST', '/clients/:client_id/credentials', 'create:client_credentials', createClientCredential),
  route('GET', '/clients/:client_id/credentials/:credential_id', 'read:client_credentials', getClientCredential),
  route('PATCH', '/clients/:client_id/credentials/:credential_id', 'update:client_credentials', updateClientCredential),
  route(
    'DELETE',
    '/clients/:client_id/credentials/:credential_id',
    'delete:client_credentials',
    deleteClientCredential,
  ),
  // Actions.
  route('GET', '/actions/actions', 'read:actions', listActions),
  route('POST', '/actions/actions', 'create:actions', createAction),
  route('GET', '/actions/actions/:id', 'read:actions', getAction),
  route('PATCH', '/actions/actions/:id', 'update:actions', updateAction),
  route('DELETE', '/actions/actions/:id', 'delete:actions', deleteAction),
  route('POST', '/actions/actions/:id/deploy', 'create:actions', deployAction),
  route('POST', '/actions/actions/:id/test', 'create:actions', testAction),
  route('GET', '/actions/actions/:id/versions', 'read:actions', listActionVersions),
  route('GET', '/actions/actions/:id/versions/:version', 'read:actions', getActionVersion),
  route('POST', '/actions/actions/:id/versions/:version/deploy', 'create:actions', deployActionVersion),
  route('GET', '/actions/executions/:id', 'read:actions', getExecution),
  route('GET', '/actions/triggers', 'read:actions', listTriggers),
  route('GET', '/actions/triggers/:trigger/bindings', 'read:actions', listBindings),
  route('PATCH', '/actions/triggers/:trigger/bindings', 'update:actions', updateBindings),
  route('GET', '/actions/modules', 'read:actions', listActionModules),
  route('POST', '/actions/modules', 'create:actions', createActionModule),
  route('GET', '/actions/modules/:id', 'read:actions', getActionModule),
  route('PATCH', '/actions/modules/:id', 'update:actions', updateActionModule),
  route('DELETE', '/actions/modules/:id', 'delete:actions', deleteActionModule),
  route('GET', '/actions/modules/:id/actions', 'read:actions', listActionModuleActions),
  route('GET', '/actions/modules/:id/versions', 'read:actions', listActionModuleVersions),
  route('POST', '/actions/modules/:id/versions', 'update:actions', createActionModuleVersion),
  route('GET', '/actions/modules/:id/versions/:version', 'read:actions', getActionModuleVersion),
  route('POST', '/actions/modules/:id/rollback', 'update:actions', rollbackActionModule),
  // Resource servers.
  route('GET', '/resource-servers', 'read:resource_servers', listResourceServers),
  route('POST', '/resource-servers', 'create:resource_servers', createResourceServer),
  route('GET', '/resource-servers/:id', 'read:resource_servers', getResourceServer),
  route('PATCH', '/resource-servers/:id', 'update:resource_servers', updateResourceServer),
  route('DELETE', '/resource-servers/:id', 'delete:resource_servers', deleteResourceServer),
  // Client grants.
  route('GET', '/client-grants', 'read:client_grants', listClientGrants),
  route('POST', '/client-grants', 'create:client_grants', createClientGrant),
  route('GET', '/client-grants/:id', 'read:client_grants', getClientGrant),
  route('PATCH', '/client-grants/:id', 'update:client_grants', updateClientGrant),
  route('DELETE', '/client-grants/:id', 'delete:client_grants', deleteClientGrant),
  route('GET', '/client-grants/:id/organizations', 'read:organization_client_grants', listClientGrantOrganizations),
  // Organizations.
  route('GET', '/organizations', readsOrganizations, listOrganizations),
  route('POST', '/organizations', 'create:organizations', createOrganization),
  route('GET', '/organizations/name/:name', 'read:organizations', getOrganizationByName),
  route('GET', '/organizations/:id', readsOrganizations, getOrganization),
  route('PATCH', '/organizations/:id', 'update:organizations', updateOrganization),
  route('DELETE', '/organizations/:id', 'delete:organizations', deleteOrganization),
  route('GET', '/organizations/:id/client-grants', 'read:organization_client_grants', listOrganizationClientGrants),
  route('POST', '/organizations/:id/client-grants', 'create:organization_client_grants', associateClientGrant),
  route(
    'DELETE',
    '/organizations/:id/client-grants/:grant_id',
    'delete:organization_client_grants',
    dissociateClientGrant,
  ),
  // What there is none of, and clients ask for.
  route('GET', '/connections', 'read:connections', listConnections),
  route('GET', '/organizations/:id/connections', 'read:organization_connections', listOrganizationConnections),
  route('POST', '/organizations/:id/connections', 'create:organization_connections', createOrganizationConnection),
  route('GET', '/organizations/:id/enabled_connections', 'read:organization_connections', listEnabledConnections),
  route('POST', '/organizations/:id/enabled_connections', 'create:organization_connections', enableConnection),
  route('GET', '/organizations/:id/discovery-domains', 'read:organization_discovery_domains', listDiscoveryDomains),
  route('POST', '/organizations/:id/discovery-domains', 'create:organization_discovery_domains', createDiscoveryDomain),
  route('GET', '/organizations/:id/clients', 'read:organization_clients', listOrganizationClients),
  route('GET', '/organizations/:id/members', 'read:organization_members', listOrganizationMembers),
  // Logs.
  route('GET', '/logs', 'read:logs read:logs_users', listLogs),
  route('GET', '/logs/:id', 'read:logs read:logs_users', getLog),
  // Log streams.
  route('GET', '/log-streams', 'read:log_streams', listLogStreams),
  route('POST', '/log-streams', 'create:log_streams', createLogStream),
  route('GET', '/log-streams/:id', 'read:log_streams', getLogStream),
  route('PATCH', '/log-streams/:id', 'update:log_streams', updateLogStream),
  route('DELETE', '/log-streams/:id', 'delete:log_streams', deleteLogStream),
  // Statistics.
  route('GET', '/stats/daily', 'read:stats', listDailyStats),
  route('GET', '/stats/active-users', 'read:stats', countActiveUsers),
]

const verbs: Readonly<Record<string, string>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
}

/** Lists that this server does not have, where it would take the last part of their path for the id of an object. */
export const unservedLists: readonly string[] = ['/clients/search', '/organizations/search', '/resource-servers/search']

/**
 * The scope that a call is refused for that is not in the table, whatever its token carries. Auth0's deploy CLI and Terraform provider go on
 * after that answer; after a 404 or a 501 they give up. It is made of the path.
 */
export function scopeOfUnserved(method: string, url: string): string {
  const resource = /^\/api\/v2\/([\w-]+)/.exec(url)?.[1]?.replaceAll('-', '_') ?? 'anything'
  return `${verbs[method] ?? 'read'}:${resource}`
}

/** Whether a call of the actions service names nothing where an id is to be: Auth0 answers it with a 404 of its own, whatever the method. */
export function isWithoutId(url: string): boolean {
  return /^\/api\/v2\/actions\/[^?]*\/(?:\?|$)/.test(url)
}
