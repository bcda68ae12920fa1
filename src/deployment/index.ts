/**
 * How a draft becomes the version that runs, and how a tenant's configuration becomes the store's: frozen, sealed, in one commit.
 * Decides what is a new version. Never runs an action, never warms a process, and never tells anyone of a change.
 */
export { type ActionSource, type DeploymentPorts, openVersion, type VersionContent } from './deploy.ts'
export { findParseFault, type ParseFault } from './parse-fault.ts'
export {
  type IssuableClient,
  readIssuableClients,
  type TenantConfiguration,
  type WritePorts,
  writeTenant,
} from './write-tenant.ts'
