import type {
  Action,
  ActionModule,
  ActionModuleVersion,
  ActionVersion,
  Bundle,
  Client,
  ClientGrant,
  Organization,
  ResourceServer,
  TenantSettings,
  TriggerBindings,
} from '../domain/index.ts'

/** A client's secret at rest: sealed for those who may read it, digested for the comparison. */
export interface ClientSecretRecord {
  readonly client_id: string
  readonly sealed: string
  /** Keyed digest, base64url. */
  readonly digest: string
  readonly created_at: string
}

/** A signing key at rest. */
export interface SigningKeyRecord {
  readonly kid: string
  readonly alg: string
  /** The private key (PKCS #8 DER, base64), sealed. */
  readonly sealed: string
  /** The self-signed certificate, PEM. */
  readonly cert: string
  readonly state: 'next' | 'current' | 'previous' | 'revoked'
  readonly created_at: string
}

/** A fact about the store itself: which tenant it belongs to, which sealing key closes it. */
export interface MetaRecord {
  readonly name: string
  readonly value: string
}

/** The tenant's settings, one record under the tenant's id. */
export interface SettingsRecord extends TenantSettings {
  readonly tenant: string
}

/** Every kind of durable record and what it holds. */
export interface RecordKinds {
  readonly meta: MetaRecord
  readonly settings: SettingsRecord
  readonly clients: Client
  readonly clientSecrets: ClientSecretRecord
  readonly resourceServers: ResourceServer
  readonly clientGrants: ClientGrant
  readonly organizations: Organization
  readonly actions: Action
  readonly actionVersions: ActionVersion
  readonly actionModules: ActionModule
  readonly actionModuleVersions: ActionModuleVersion
  readonly bundles: Bundle
  readonly triggerBindings: TriggerBindings
  readonly signingKeys: SigningKeyRecord
}

export type RecordKind = keyof RecordKinds

/** How a kind is found: its key, the sets of fields that no two records may share, the fields it can be listed by. */
export interface KindRule {
  readonly key: string
  readonly unique: readonly (readonly string[])[]
  readonly index: readonly string[]
}

/** The rule of every kind. Adapters read this table; none knows a kind by name. */
export const recordKinds: Readonly<Record<RecordKind, KindRule>> = {
  meta: { key: 'name', unique: [], index: [] },
  settings: { key: 'tenant', unique: [], index: [] },
  clients: { key: 'client_id', unique: [], index: ['name'] },
  clientSecrets: { key: 'client_id', unique: [], index: [] },
  resourceServers: { key: 'id', unique: [['identifier']], index: [] },
  clientGrants: { key: 'id', unique: [['client_id', 'audience', 'subject_type']], index: ['client_id', 'audience'] },
  organizations: { key: 'id', unique: [['name']], index: [] },
  actions: { key: 'id', unique: [['name']], index: [] },
  actionVersions: { key: 'id', unique: [['action_id', 'number']], index: ['action_id'] },
  actionModules: { key: 'id', unique: [['name']], index: [] },
  actionModuleVersions: { key: 'id', unique: [['module_id', 'version_number']], index: ['module_id'] },
  bundles: { key: 'hash', unique: [], index: [] },
  triggerBindings: { key: 'trigger_id', unique: [], index: [] },
  signingKeys: { key: 'kid', unique: [], index: ['state'] },
}
