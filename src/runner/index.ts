/**
 * Where actions run: one child process per isolation group, fed over one socket by our own frames, killed and never asked.
 * Decides which process serves which versions and how an end of a process becomes an outcome. Never decides about a token, never sees a
 * signing key or the store; what an action may ask for is `engine`'s.
 */
export { clearGroupFolders } from './bundle-folder.ts'
export {
  demandHardening,
  describeLayers,
  type Hardening,
  type HardeningMode,
  hardeningUser,
  layerTitle,
  probeHardening,
} from './hardening/hardening.ts'
export { Inspector } from './inspected.ts'
export type { ProcessLimits } from './launch.ts'
export { type Isolation, type PoolEvents, type PoolOptions, RunnerPool, type VersionContent } from './pool.ts'
export { buildPrograms, type Programs } from './programs.ts'
