import type {
  Action,
  ActionModule,
  ActionModuleVersion,
  ActionVersion,
  Bundle,
  Client,
  ClientCredential,
  ClientGrant,
  CustomDomainRecord,
  LogStream,
  Organization,
  OrganizationClientGrant,
  ResourceServer,
  TenantSettings,
  TriggerBindings,
} from '../domain/index.ts'

/** One client secret at rest: sealed for those who may read it, digested for the comparison. */
export interface SealedClientSecret {
  readonly sealed: string
  /** Keyed digest, base64url. */
  readonly digest: string
  readonly created_at: string
  /** RFC 3339. From then on it proves nothing. */
  readonly expires_at?: string
}

/** The secrets of a client: the one in use, and while clients change over, the one before. */
export interface ClientSecretRecord extends SealedClientSecret {
  readonly client_id: string
  readonly previous?: SealedClientSecret
}

/** When a client secret or credential last proved its client, to the hour: told to administrators, asked by nobody else. */
export interface CredentialUseRecord {
  /** The id of the credential; of a secret, `CLIENT_ID DIGEST`. */
  readonly id: string
  readonly client_id: string
  readonly last_used_at: string
}

/** A signing key at rest. */
export interface SigningKeyRecord {
  readonly kid: string
  /** The algorithm it is published under. */
  readonly alg: string
  /** The private key (PKCS #8 DER, base64), sealed; empty once it is revoked. */
  readonly sealed: string
  /** The self-signed certificate, PEM; RSA keys alone have one. */
  readonly cert?: string
  readonly state: 'next' | 'current' | 'previous' | 'revoked'
  readonly created_at: string
  readonly current_since?: string
  readonly current_until?: string
  readonly revoked_at?: string
}

/** The secret that one API's tokens are signed with (HS256), sealed. */
export interface SigningSecretRecord {
  readonly resource_server_id: string
  readonly sealed: string
  readonly created_at: string
}

/** An access token that was revoked: remembered until it would have expired anyway. */
export interface RevokedTokenRecord {
  /** Its `jti`, or the SHA-256 of what was signed where it has none, after a word that says which. */
  readonly token: string
  /** The client it was issued to, which revoked it. */
  readonly client_id: string
  /** When it expires: seconds since the epoch, as in the token. */
  readonly exp: number
  readonly revoked_at: string
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
  readonly clientCredentials: ClientCredential
  readonly credentialUses: CredentialUseRecord
  readonly resourceServers: ResourceServer
  readonly clientGrants: ClientGrant
  readonly organizations: Organization
  readonly organizationClientGrants: OrganizationClientGrant
  readonly actions: Action
  readonly actionVersions: ActionVersion
  readonly actionModules: ActionModule
  readonly actionModuleVersions: ActionModuleVersion
  readonly bundles: Bundle
  readonly triggerBindings: TriggerBindings
  readonly customDomains: CustomDomainRecord
  readonly signingKeys: SigningKeyRecord
  readonly signingSecrets: SigningSecretRecord
  readonly revokedTokens: RevokedTokenRecord
  readonly logStreams: LogStream
}

export type RecordKind = keyof RecordKinds

/** How a kind is found: its key, the sets of fields that no two records may share, the fields it can be listed by. */
export interface KindRule {
  readonly key: string
  readonly unique: readonly (readonly string[])[]
  readonly index: readonly string[]
  /** Whether its records are no configuration: a change of them raises no revision of the store, and nobody reads the configuration again for it. */
  readonly apart?: true
}

/** The rule of every kind. Adapters read this table; none knows a kind by name. An index that is added is made for what is stored too. */
export const recordKinds: Readonly<Record<RecordKind, KindRule>> = {
  meta: { key: 'name', unique: [], index: [] },
  settings: { key: 'tenant', unique: [], index: [] },
  clients: { key: 'client_id', unique: [], index: ['name'] },
  clientSecrets: { key: 'client_id', unique: [], index: [] },
  clientCredentials: { key: 'id', unique: [], index: ['client_id'] },
  credentialUses: { key: 'id', unique: [], index: ['client_id'], apart: true },
  resourceServers: { key: 'id', unique: [['identifier']], index: ['identifier'] },
  clientGrants: { key: 'id', unique: [['client_id', 'audience', 'subject_type']], index: ['client_id', 'audience'] },
  organizations: { key: 'id', unique: [['name']], index: ['name'] },
  organizationClientGrants: { key: 'id', unique: [], index: ['organization_id', 'grant_id'] },
  actions: { key: 'id', unique: [['name']], index: [] },
  actionVersions: { key: 'id', unique: [['action_id', 'number']], index: ['action_id'] },
  actionModules: { key: 'id', unique: [['name']], index: [] },
  actionModuleVersions: { key: 'id', unique: [['module_id', 'version_number']], index: ['module_id'] },
  bundles: { key: 'hash', unique: [], index: [] },
  triggerBindings: { key: 'trigger_id', unique: [], index: [] },
  customDomains: { key: 'custom_domain_id', unique: [['domain']], index: ['domain'] },
  signingKeys: { key: 'kid', unique: [], index: ['state'] },
  signingSecrets: { key: 'resource_server_id', unique: [], index: [] },
  revokedTokens: { key: 'token', unique: [], index: [], apart: true },
  logStreams: { key: 'id', unique: [], index: [] },
}
