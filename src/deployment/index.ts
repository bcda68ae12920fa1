/**
 * How a draft becomes the version that runs, and how a tenant's configuration becomes the store's: built, frozen, sealed, in one commit.
 * Decides what may be stored of actions, modules and clients' credentials, what is a new version, and which signing key comes when. Never
 * runs an action but a draft that is tried, never warms a process, and never tells anyone of a change.
 */
export {
  type ActionPatch,
  createAction,
  deleteAction,
  demandAction,
  type GivenDependency,
  type NewAction,
  updateAction,
} from './actions.ts'
export { type GivenBinding, setBindings } from './bindings.ts'
export {
  createClientCredential,
  deleteClientCredential,
  getClientCredential,
  listClientCredentials,
  setCredentialExpiry,
} from './client-credentials.ts'
export { clientGrantDeletions } from './client-grants.ts'
export {
  type ClientSecretPorts,
  type ClientSecretState,
  clientSecretUseId,
  endPreviousClientSecret,
  listClientSecrets,
  longestOverlapSeconds,
  openClientSecret,
  rotateClientSecret,
  setClientSecretExpiry,
} from './client-secrets.ts'
export {
  type ClientChange,
  createClient,
  deleteClient,
  demandClient,
  type NewClient,
  updateClient,
} from './clients.ts'
export { commitPlanned, type Planned, unchanged } from './commit.ts'
export type { CredentialSource } from './credential-changes.ts'
export { credentialFault } from './credential-record.ts'
export { type CredentialUses, openCredentialUses, type Proof } from './credential-uses.ts'
export { deployAction, getVersion, listVersions, rollback } from './deploy.ts'
export { buildFailed, DraftBuilds } from './draft-builds.ts'
export {
  createModule,
  deleteModule,
  demandModule,
  getModuleVersion,
  listModuleVersions,
  type ModulePatch,
  type NewModule,
  type Publication,
  publishModuleVersion,
  rollbackModule,
  updateModule,
} from './modules.ts'
export { type Build, type Bundler, type BundlerOptions, openNpmBundler } from './npm-bundler.ts'
export { openBound, openVersion, type VersionContent } from './open-version.ts'
export { findParseFault, type ParseFault } from './parse-fault.ts'
export type { DeploymentPorts } from './ports.ts'
export { DeploymentRefusal, type DeploymentRefusalReason, deploymentRefusals } from './refusals.ts'
export { ensureSigningKeys, revokeSigningKey, rotateSigningKeys, type SigningKeyPorts } from './signing-keys.ts'
export {
  demandUsable,
  type GivenSigningSecret,
  openSigningSecret,
  signingSecretChanges,
} from './signing-secrets.ts'
export {
  ensureSystemRecords,
  globalClientName,
  type ManagementClient,
  type SystemRecordPorts,
  systemKeys,
  type WantedManagementClient,
} from './system-records.ts'
export type { ActionSource } from './tenant-actions.ts'
export type { BuildFailure, ModuleSource } from './tenant-modules.ts'
export {
  type ActionTried,
  type CodeRanges,
  type GivenEvent,
  type Tried,
  type TriedContent,
  type TriedDrop,
  type TryConditions,
  type TryRunner,
  tryContents,
  tryDraft,
} from './try.ts'
export {
  type IssuableClient,
  readIssuableClients,
  type TenantConfiguration,
  type WritePorts,
  type WrittenTenant,
  writeTenant,
} from './write-tenant.ts'
