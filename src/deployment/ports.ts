import type { Clock, RandomBytes } from '../domain/index.ts'
import type { Sealer } from '../keys/index.ts'
import type { Store } from '../storage/index.ts'
import type { Bundler } from './bundler.ts'

/** What the operations on actions and modules work with. */
export interface DeploymentPorts {
  readonly store: Store
  readonly sealer: Sealer
  readonly bundler: Pick<Bundler, 'build' | 'restore'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** The time as the records have it: RFC 3339. */
export function now({ clock }: Pick<DeploymentPorts, 'clock'>): string {
  return new Date(clock()).toISOString()
}
