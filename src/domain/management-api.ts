/** The name of the API that the Management API is, to clients that ask for tokens. Auth0's deploy CLI passes it over by this name. */
export const managementApiName = 'Auth0 Management API'

/** The name of the client that manages a server from its start. It is the server's own: no tenant folder names it. */
export const managementClientName = 'Symbolon management'

/** The audience of the Management API on a host. */
export function managementAudience(domain: string): string {
  return `https://${domain}/api/v2/`
}

function scopesOf(resource: string, verbs = 'read create update delete'): readonly string[] {
  return verbs.split(' ').map((verb) => `${verb}:${resource}`)
}

/** The scopes that the Management API defines: those that its operations ask for. @see Auth0 Docs, Management API: the scopes of each endpoint */
export const managementScopes: readonly string[] = [
  ...scopesOf('actions'),
  ...scopesOf('clients'),
  ...scopesOf('client_keys', 'read update'),
  ...scopesOf('client_credentials'),
  ...scopesOf('client_summary', 'read'),
  ...scopesOf('client_token_vault_privileged_access', 'update'),
  ...scopesOf('client_grants'),
  ...scopesOf('connections', 'read'),
  ...scopesOf('resource_servers'),
  ...scopesOf('organizations'),
  ...scopesOf('organizations_summary', 'read'),
  ...scopesOf('organization_client_grants', 'read create delete'),
  ...scopesOf('organization_connections'),
  ...scopesOf('organization_discovery_domains'),
  ...scopesOf('organization_clients', 'read'),
  ...scopesOf('organization_members', 'read'),
  ...scopesOf('signing_keys', 'read create update'),
  ...scopesOf('custom_domains'),
  ...scopesOf('tenant_settings', 'read update'),
  ...scopesOf('logs', 'read'),
  ...scopesOf('logs_users', 'read'),
  ...scopesOf('log_streams'),
  ...scopesOf('stats', 'read'),
]
