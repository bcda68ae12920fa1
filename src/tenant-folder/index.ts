/**
 * A tenant's configuration on disk, in the layout of the Deploy CLI: read with every fault reported at once, watched, joined
 * with what the store holds, and written. Decides what a folder says; never writes the store, seals a secret or builds a version,
 * and never reads the process's environment: that is handed in.
 */

export { isJsonObject, type Json, type JsonObject } from '../domain/index.ts'
export { type FailedBuild, UnbuildableFolder } from './build-findings.ts'
export { changedMembers } from './differences.ts'
export { errorCode } from './error-code.ts'
export { type Finding, formatFinding, type Place, sortFindings } from './finding.ts'
export type * from './folder-tenant.ts'
export { type FolderTexts, folderTexts, holdsCredentials, objectsIn, without } from './folder-texts.ts'
export { type Item, type Path, pathText } from './item.ts'
export { keepTypeScript } from './keep-typescript.ts'
export type { Environment } from './keywords.ts'
export { ownManagementGrants } from './management-grants.ts'
export { readTenantFolder } from './read.ts'
export { readPlaced } from './read-placed.ts'
export {
  type Existing,
  type Make,
  type ReconciledAction,
  type ReconciledClient,
  type ReconciledModule,
  type ReconciledTenant,
  reconcile,
} from './reconcile.ts'
export type { ReconciledCredential } from './reconcile-methods.ts'
export {
  isSystemClient,
  isSystemResourceServer,
  type ServedBinding,
  type ServedTenant,
  textOf,
} from './served-tenant.ts'
export { type CompiledCode, compileTypeScript } from './typescript.ts'
export { type WatchHandlers, type WatchOptions, watchFiles, watchTenantFolder } from './watch.ts'
export { type Written, writeTenantFolder } from './write.ts'
