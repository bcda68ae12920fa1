import type { Client, JsonObject, OrganizationUsage, ResourceServer, TenantSettings } from '../domain/index.ts'

/** Where in a tenant folder something stands: a path relative to the folder's root, and a line (from 1) when known. */
export interface Place {
  readonly file: string
  readonly line?: number
}

/** One thing wrong (or odd) in a tenant folder, in one line: what, the rule, the way out. */
export interface Finding {
  readonly place: Place
  readonly message: string
}

/** An action as the folder holds it: code read, keywords replaced, secrets in the clear. */
export interface FolderAction {
  readonly place: Place
  readonly name: string
  readonly code: string
  /** Path of the source, relative to the folder's root. */
  readonly codeFile: string
  readonly runtime: string
  readonly dependencies: readonly { readonly name: string; readonly version: string }[]
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
  readonly supported_triggers: readonly { readonly id: string; readonly version: string }[]
  /** False for a draft that must not run. */
  readonly deployed: boolean
}

/** A client as the folder holds it: `client_id` and `client_secret` only where its file fixes them. Unknown keys are kept. */
export type FolderClient = Omit<Client, 'client_id'> & {
  readonly place: Place
  readonly client_id?: string
  readonly client_secret?: string
}

/** A client grant as the folder holds it: the client by name (or id). */
export interface FolderGrant {
  readonly place: Place
  readonly client: string
  readonly audience: string
  readonly scope: readonly string[]
  readonly allow_all_scopes?: boolean
  readonly organization_usage?: OrganizationUsage
  readonly allow_any_organization?: boolean
}

/** An organization as the folder holds it. */
export interface FolderOrganization {
  readonly place: Place
  readonly name: string
  readonly display_name?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** Everything a tenant folder says, in file-name order, joined by names. Keys the server does not act on are kept in each object. */
export interface FolderTenant {
  readonly settings: TenantSettings
  readonly clients: readonly FolderClient[]
  readonly resourceServers: readonly (Omit<ResourceServer, 'id'> & { readonly place: Place })[]
  readonly clientGrants: readonly FolderGrant[]
  readonly organizations: readonly FolderOrganization[]
  readonly actions: readonly FolderAction[]
  /** The credentials-exchange trigger: action names in order. */
  readonly bindings: readonly { readonly action_name: string; readonly display_name: string }[]
  /** Objects of kinds and triggers that are not served: kept as they are, by folder or key. */
  readonly unserved: JsonObject
}

/** What reading a folder came to: all faults at once, never the first alone. `tenant` is there only when `errors` is empty. */
export interface FolderReading {
  readonly tenant?: FolderTenant
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
  /** Absolute paths of every file and folder the result depends on: what to watch. */
  readonly files: readonly string[]
}
