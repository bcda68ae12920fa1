import type { Client, ClientGrant } from '../../src/domain/index.ts'
import type { RevokedTokenRecord } from '../../src/storage/index.ts'

/** A client and nothing special about it. */
export function aClient(client_id: string): Client {
  return { client_id, name: client_id, grant_types: ['client_credentials'] }
}

/** A client grant of one scope. */
export function aGrant(id: string, client_id: string, audience: string): ClientGrant {
  return { id, client_id, audience, scope: ['read'] }
}

/** An access token that was revoked. */
export function aRevokedToken(token: string): RevokedTokenRecord {
  return { token, client_id: 'billing', exp: 1_900_000_000, revoked_at: '2026-01-01T00:00:00.000Z' }
}
