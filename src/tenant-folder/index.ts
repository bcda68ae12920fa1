/**
 * A tenant's configuration on disk, in the layout of the Deploy CLI: read with every fault reported at once, watched, and
 * joined with what the store holds. Decides what a folder says; never writes the store, seals a secret or builds a version,
 * and never reads the process's environment: that is handed in.
 */
export { type FailedBuild, UnbuildableFolder } from './build-findings.ts'
export { type Finding, formatFinding, type Place, sortFindings } from './finding.ts'
export type * from './folder-tenant.ts'
export type { Environment } from './keywords.ts'
export { readTenantFolder } from './read.ts'
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
export { type WatchHandlers, type WatchOptions, watchTenantFolder } from './watch.ts'
