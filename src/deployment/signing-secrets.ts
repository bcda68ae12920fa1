import { limits, type ResourceServer } from '../domain/index.ts'
import { encryptionFault, type Sealer } from '../keys/index.ts'
import type { Change, SigningSecretRecord } from '../storage/index.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** The secret of an API that signs with HS256. */
export interface GivenSigningSecret {
  readonly resource_server_id: string
  /** Takes the place of what is stored. */
  readonly fixedSecret?: string
  /** For an API that has none yet. */
  readonly newSecret: string
}

/** What it takes to store one API's secret: nothing when it is stored already. */
export async function signingSecretChanges(
  { resource_server_id, fixedSecret, newSecret }: GivenSigningSecret,
  ports: Pick<DeploymentPorts, 'store' | 'sealer' | 'clock'>,
): Promise<readonly Change[]> {
  const { store, sealer } = ports
  const context = contextOf(resource_server_id)
  const stored = await store.signingSecrets.get(resource_server_id)
  if (stored !== undefined && (fixedSecret === undefined || sealer.open(stored.sealed, context) === fixedSecret)) {
    return []
  }
  const sealed = sealer.seal(fixedSecret ?? newSecret, context)
  const record = { resource_server_id, sealed, created_at: now(ports) }
  return stored === undefined
    ? [{ kind: 'signingSecrets', create: record }]
    : [{ kind: 'signingSecrets', key: resource_server_id, revision: stored.revision, replace: record }]
}

/** A signing secret in the clear. Throws when it does not open. */
export function openSigningSecret({ resource_server_id, sealed }: SigningSecretRecord, sealer: Sealer): string {
  return sealer.open(sealed, contextOf(resource_server_id))
}

/** Refuses an API that no token could be made for as it asks: found out when it is configured, not when a client does. */
export function demandUsable(api: ResourceServer, secret: string | undefined): void {
  const { token_encryption } = api
  const fault = (token_encryption == null ? undefined : encryptionFault(token_encryption)) ?? secretFault(api, secret)
  if (fault !== undefined)
    throw new DeploymentRefusal('resource-server-unusable', { identifier: api.identifier, fault })
}

function secretFault({ signing_alg }: ResourceServer, secret: string | undefined): string | undefined {
  if (signing_alg !== 'HS256') return undefined
  if (secret === undefined) return 'signing_alg "HS256" needs a signing_secret'
  const least = limits.signingSecretLength
  return secret.length < least ? `signing_secret must have ${least} characters or more` : undefined
}

function contextOf(resource_server_id: string): string {
  return `signingSecrets:${resource_server_id}`
}
