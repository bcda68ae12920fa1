import { type ClientCredential, credentialTypeOf, type KnownClient } from '../domain/index.ts'
import type { ClientSecretRecord, RecordKinds, SealedClientSecret } from './records.ts'

/** Every client with what proves it, and those that an external issuer may speak for. */
export interface KnownClients {
  readonly clients: ReadonlyMap<string, KnownClient>
  readonly federated?: ReadonlyMap<string, readonly KnownClient[]>
}

const none: readonly never[] = []

/**
 * Joins clients with their secrets and credentials. A credential counts when its client names it and it is of the type that the method takes:
 * one that is merely stored proves nothing.
 */
export function knownClients(
  clients: readonly RecordKinds['clients'][],
  secrets: readonly ClientSecretRecord[],
  credentials: readonly ClientCredential[],
): KnownClients {
  const secretsOf = new Map(secrets.map((secret) => [secret.client_id, secret]))
  const credentialOf = new Map(credentials.map((credential) => [credential.id, credential]))
  const known = new Map<string, KnownClient>()
  const federated = new Map<string, KnownClient[]>()
  for (const client of clients) {
    const { client_id, client_authentication_methods: methods } = client
    const secret = secretsOf.get(client_id)
    const live = secret?.previous === undefined ? secret && [secret] : [secret, secret.previous]
    const one: KnownClient = Object.freeze({
      client,
      secret_digests: live?.map(({ digest }) => Buffer.from(digest, 'base64url')) ?? none,
      ...(live?.some(({ expires_at }) => expires_at !== undefined) === true && { secret_ends: live.map(endOf) }),
      ...(methods != null && { credentials: namedCredentials(client, credentialOf) }),
    })
    known.set(client_id, one)
    for (const issuer of new Set(methods?.federated_jwt?.issuers.map((entry) => entry.issuer))) {
      federated.set(issuer, [...(federated.get(issuer) ?? none), one])
    }
  }
  return { clients: known, ...(federated.size > 0 && { federated }) }
}

/** A time that cannot be read is over. */
function endOf({ expires_at }: SealedClientSecret): number {
  if (expires_at === undefined) return Number.POSITIVE_INFINITY
  const end = Date.parse(expires_at)
  return Number.isNaN(end) ? 0 : end
}

function namedCredentials(
  { client_id, client_authentication_methods: methods }: RecordKinds['clients'],
  stored: ReadonlyMap<string, ClientCredential>,
): readonly ClientCredential[] {
  const named: ClientCredential[] = []
  for (const method of ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'] as const) {
    for (const { id } of methods?.[method]?.credentials ?? none) {
      const credential = stored.get(id)
      // A credential is its own client's alone, whoever else names it.
      if (credential?.client_id === client_id && credential.credential_type === credentialTypeOf[method])
        named.push(credential)
    }
  }
  return Object.freeze(named)
}
