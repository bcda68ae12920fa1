import type { BoundVersion } from './binding.ts'
import type { Client } from './client.ts'
import type { ClientGrant } from './client-grant.ts'
import type { Organization } from './organization.ts'
import type { ResourceServer } from './resource-server.ts'
import type { Tenant, TenantSettings } from './tenant.ts'

/** A client as an exchange finds it: the record, and the keyed digests of its live client secrets. */
export interface KnownClient {
  readonly client: Client
  readonly secret_digests: readonly Uint8Array[]
}

/**
 * A tenant's whole configuration at one moment: immutable, in memory, replaced as a whole on a change notice.
 * One exchange uses one snapshot from its first look-up to its end.
 */
export interface TenantSnapshot {
  readonly revision: number
  readonly tenant: Tenant
  readonly settings: TenantSettings
  readonly clients: ReadonlyMap<string, KnownClient>
  /** By identifier. */
  readonly resourceServers: ReadonlyMap<string, ResourceServer>
  /** By {@link grantKey}; grants for users are not among them. */
  readonly clientGrants: ReadonlyMap<string, ClientGrant>
  readonly organizations: ReadonlyMap<string, Organization>
  /** What the trigger runs, in order. */
  readonly bound: readonly BoundVersion[]
}

/** The key of {@link TenantSnapshot.clientGrants}. A client id holds no space, so no two pairs share a key. */
export function grantKey(client_id: string, audience: string): string {
  return `${client_id} ${audience}`
}
