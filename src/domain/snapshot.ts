import type { BoundVersion } from './binding.ts'
import type { Client } from './client.ts'
import type { ClientCredential } from './client-credential.ts'
import type { ClientGrant } from './client-grant.ts'
import type { Exchange } from './exchange.ts'
import type { Organization } from './organization.ts'
import type { ResourceServer } from './resource-server.ts'
import type { Tenant, TenantSettings } from './tenant.ts'

/** A client as an exchange finds it: the record, and what proves it. */
export interface KnownClient {
  readonly client: Client
  /** The keyed digests of its client secrets. */
  readonly secret_digests: readonly Uint8Array[]
  /** When each of them ends, in milliseconds since the epoch; absent when none does. */
  readonly secret_ends?: readonly number[]
  /** What the client is to prove itself with instead, as far as its `client_authentication_methods` name it. */
  readonly credentials?: readonly ClientCredential[]
}

/**
 * A tenant's whole configuration at one moment: immutable, in memory, replaced as a whole on a change notice.
 * One exchange uses one snapshot from its first look-up to its end.
 */
export interface TenantSnapshot {
  readonly revision: number
  readonly tenant: Tenant
  readonly settings: TenantSettings
  /**
   * The hosts that tokens are issued under, with their port unless that is 443: the configured one, and the custom domains that are ready, each
   * with what actions see of it.
   */
  readonly domains: ReadonlyMap<string, Exchange['custom_domain']>
  readonly clients: ReadonlyMap<string, KnownClient>
  /** Clients that an external issuer may speak for, by that issuer; absent when there are none. */
  readonly federated?: ReadonlyMap<string, readonly KnownClient[]>
  /** By identifier. */
  readonly resourceServers: ReadonlyMap<string, ResourceServer>
  /** By {@link grantKey}; grants for users are not among them. */
  readonly clientGrants: ReadonlyMap<string, ClientGrant>
  /** By id. */
  readonly organizations: ReadonlyMap<string, Organization>
  readonly organizationsByName: ReadonlyMap<string, Organization>
  /** Which client grants may be used for which organizations, by {@link organizationGrantKey}. */
  readonly organizationGrants: ReadonlySet<string>
  /** What the trigger runs, in order. */
  readonly bound: readonly BoundVersion[]
}

/** The key of {@link TenantSnapshot.clientGrants}, of a default grant without a client. A client id holds no space, so no two pairs share a key. */
export function grantKey(client_id: string | undefined, audience: string): string {
  return `${client_id ?? ''} ${audience}`
}

/**
 * What a client may ask for at an audience: its own client grant, else for a third-party client the default one. `undefined` for nothing.
 *
 * @see Auth0 Docs, "Application Access to APIs: Client Grants": default permissions for third-party applications
 */
export function clientGrantOf(
  { clientGrants }: Pick<TenantSnapshot, 'clientGrants'>,
  { client_id, is_first_party }: Pick<Client, 'client_id' | 'is_first_party'>,
  audience: string,
): ClientGrant | undefined {
  const own = clientGrants.get(grantKey(client_id, audience))
  return own ?? (is_first_party === false ? clientGrants.get(grantKey(undefined, audience)) : undefined)
}
