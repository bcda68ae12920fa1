import type { TokenQuota } from './client.ts'

/** An organization as the Management API spells it. */
export interface Organization {
  readonly id: string
  readonly name: string
  readonly display_name?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly token_quota?: TokenQuota | null
}
