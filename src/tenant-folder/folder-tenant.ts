import type {
  ActionDependency,
  Client,
  ClientAuthenticationMethods,
  ClientGrant,
  GivenCredential,
  JsonObject,
  KeyMethod,
  Organization,
  ResourceServer,
  TenantSettings,
} from '../domain/index.ts'
import type { Finding, Place } from './finding.ts'
import type { CompiledCode } from './typescript.ts'

/** An action as the folder holds it: code read, keywords replaced, compiled where it is TypeScript, secrets in the clear. */
export interface FolderAction extends CompiledCode {
  readonly place: Place
  readonly name: string
  /** Path of the source, relative to the folder's root. */
  readonly codeFile: string
  readonly runtime: string
  readonly dependencies: readonly ActionDependency[]
  /** Modules by name; one without a number is pinned at its newest version. Absent when there are none. */
  readonly modules?: readonly { readonly module_name: string; readonly module_version_number?: number }[]
  /** Where the lists stand that a build may find fault with; only those that are not empty. */
  readonly listPlaces?: { readonly dependencies?: Place; readonly modules?: Place }
  /** Those that have a value, in the file or in the environment. */
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
  /** Names of those that have none, which a server may hold from before. Absent when there are none. */
  readonly unsetSecrets?: readonly string[]
  readonly supported_triggers: readonly { readonly id: string; readonly version: string }[]
  /** False for a draft that must not run. */
  readonly deployed: boolean
}

/** An actions module as the folder holds it, likewise. */
export type FolderModule = Pick<
  FolderAction,
  keyof CompiledCode | 'place' | 'name' | 'codeFile' | 'dependencies' | 'listPlaces' | 'secrets' | 'unsetSecrets'
>

/**
 * A client as the folder holds it: `client_id` and `client_secret` only where its file fixes them, `grant_types` only
 * where it names them. Unknown keys are kept.
 */
export type FolderClient = Omit<Client, 'client_id' | 'grant_types' | 'client_authentication_methods'> & {
  readonly place: Place
  readonly client_id?: string
  readonly client_secret?: string
  readonly grant_types?: readonly string[]
  readonly client_authentication_methods?: FolderAuthenticationMethods
}

/** How a client proves itself, its credentials in full where the store has them by their ids. */
export type FolderAuthenticationMethods = {
  readonly [M in KeyMethod]?: { readonly credentials: readonly FolderCredential[] }
} & Pick<ClientAuthenticationMethods, 'federated_jwt'>

/** A credential as the folder holds it, and where. */
export type FolderCredential = GivenCredential & { readonly place?: Place }

/** An API as the folder holds it: `signing_secret` only where its file fixes it. Unknown keys are kept. */
export type FolderResourceServer = Omit<ResourceServer, 'id'> & {
  readonly place: Place
  readonly signing_secret?: string
}

/** A client grant as the folder holds it: the client by name, or by the id its file fixes. Unknown keys are kept. */
export type FolderGrant = Omit<ClientGrant, 'id' | 'client_id' | 'scope'> & {
  readonly place: Place
  readonly client: string
  readonly scope: readonly string[]
}

/** Which of a client's grants may be used for an organization: the client by name, or by the id its file fixes; all it has unless an audience is named. */
export interface FolderOrganizationGrant {
  readonly client_id: string
  readonly audience?: string
}

/** An organization as the folder holds it. Unknown keys are kept. */
export type FolderOrganization = Omit<Organization, 'id'> & {
  readonly place: Place
  readonly client_grants?: readonly FolderOrganizationGrant[]
}

/** Everything a tenant folder says, in file-name order, joined by names. Keys the server does not act on are kept in each object. */
export interface FolderTenant {
  readonly settings: TenantSettings
  readonly clients: readonly FolderClient[]
  readonly resourceServers: readonly FolderResourceServer[]
  readonly clientGrants: readonly FolderGrant[]
  /** Grants of the Management API of the tenant that the folder was exported from. Absent is none. */
  readonly managementGrants?: readonly FolderGrant[]
  readonly organizations: readonly FolderOrganization[]
  /** Absent is none. */
  readonly modules?: readonly FolderModule[]
  readonly actions: readonly FolderAction[]
  /** Those of other triggers, where they were asked for. */
  readonly otherActions?: readonly FolderAction[]
  /** The credentials-exchange trigger: action names in order. */
  readonly bindings: readonly { readonly action_name: string; readonly display_name: string }[]
  /** Objects of kinds and triggers that are not served: kept as they are, by folder or key. */
  readonly unserved: JsonObject
}

/** What a folder speaks for: what it lacks beyond that, it says nothing about. */
export interface FolderCoverage {
  /** The kinds it holds, by the Deploy CLI's names. */
  readonly kinds: ReadonlySet<string>
  /** Names (or fixed ids) of clients that are left out of it. */
  readonly excludedClients: ReadonlySet<string>
  /** Names or identifiers of APIs that are left out of it. */
  readonly excludedResourceServers: ReadonlySet<string>
}

/** What reading a folder came to: all faults at once, never the first alone. `tenant` is there only when `errors` is empty. */
export interface FolderReading {
  readonly tenant?: FolderTenant
  readonly coverage: FolderCoverage
  /** The actions that could be read, also when there are errors: what is wrong with their code is for others to say. */
  readonly actions: readonly FolderAction[]
  /** The modules that could be read, likewise. */
  readonly modules: readonly FolderModule[]
  /** By file, then by line. */
  readonly errors: readonly Finding[]
  /** By file, then by line. */
  readonly warnings: readonly Finding[]
  /** Absolute paths of every file and folder the result depends on, also of those that are absent: what to watch. */
  readonly files: readonly string[]
}
