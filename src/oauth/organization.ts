import {
  type Client,
  type ClientGrant,
  type Exchange,
  type Organization,
  organizationGrantKey,
  type TenantSettings,
  type TenantSnapshot,
} from '../domain/index.ts'
import { TokenRefusal } from './refusals.ts'

/**
 * The organization that a token is for: the one requested, else, where the client grant requires one, the client's default. `undefined`
 * when it is for none. Refuses one that the client grant may not be used for, and names nobody knows.
 *
 * @see Auth0 Docs, "Machine-to-Machine Access for Organizations"
 */
export function resolveOrganization(
  requested: string | undefined,
  client: Client,
  grant: ClientGrant,
  snapshot: TenantSnapshot,
): Organization | undefined {
  const usage = grant.organization_usage ?? 'deny'
  if (requested === undefined && usage !== 'require') return undefined
  if (usage === 'deny') throw new TokenRefusal('organization-not-allowed', {})
  const named = requested ?? defaultOrganizationOf(client)
  if (named === undefined) throw new TokenRefusal('organization-required', {})
  const organization = snapshot.organizations.get(named) ?? organizationByName(named, snapshot)
  if (organization === undefined) throw new TokenRefusal('organization-invalid', { organization: named })
  if (!isGranted(organization, client, grant, snapshot)) {
    throw new TokenRefusal('organization-not-granted', { client_id: client.client_id, organization: named })
  }
  return organization
}

/** What an exchange holds of its organization: `org_name` only where the tenant lets requests name organizations, as at Auth0. */
export function organizationFacts(
  organization: Organization,
  settings: TenantSettings,
): Pick<Exchange, 'organization' | 'org_name'> {
  if (settings.allow_organization_name_in_authentication_api !== true) return { organization }
  return { organization, org_name: organization.name }
}

function defaultOrganizationOf({ default_organization }: Client): string | undefined {
  return default_organization?.flows.includes('client_credentials') ? default_organization.organization_id : undefined
}

function organizationByName(name: string, snapshot: TenantSnapshot): Organization | undefined {
  if (snapshot.settings.allow_organization_name_in_authentication_api !== true) return undefined
  return snapshot.organizationsByName.get(name)
}

function isGranted(organization: Organization, client: Client, grant: ClientGrant, snapshot: TenantSnapshot): boolean {
  // Third-party clients need an association with each organization: `allow_any_organization` does not count for them.
  if (grant.allow_any_organization === true && client.is_first_party !== false) return true
  return snapshot.organizationGrants.has(organizationGrantKey(organization.id, grant.id))
}
