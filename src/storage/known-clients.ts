import { type ClientCredential, credentialTypeOf, type KnownClient } from '../domain/index.ts'
import type { ClientSecretRecord, RecordKinds, SealedClientSecret } from './records.ts'

const none: readonly never[] = []

/**
 * A client with its secrets and credentials. A credential counts when its client names it and it is of the type that the method takes: one
 * that is merely stored proves nothing.
 */
export function knownClient(
  client: RecordKinds['clients'],
  secret: ClientSecretRecord | undefined,
  credentialOf: (id: string) => ClientCredential | undefined,
): KnownClient {
  const live = secret?.previous === undefined ? secret && [secret] : [secret, secret.previous]
  return Object.freeze({
    client,
    secret_digests: live?.map(({ digest }) => Buffer.from(digest, 'base64url')) ?? none,
    ...(live?.some(({ expires_at }) => expires_at !== undefined) === true && { secret_ends: live.map(endOf) }),
    ...(client.client_authentication_methods != null && { credentials: namedCredentials(client, credentialOf) }),
  })
}

/** Clients that an external issuer may speak for, by that issuer; `undefined` when there are none. */
export type FederatedClients = ReadonlyMap<string, readonly KnownClient[]> | undefined

/** Those clients without some of them and with others; itself where neither have to do with an external issuer. */
export function federate(
  before: FederatedClients,
  gone: Iterable<KnownClient>,
  come: Iterable<KnownClient>,
): FederatedClients {
  const lost = [...gone].filter((one) => issuersOf(one).size > 0)
  const found = [...come].filter((one) => issuersOf(one).size > 0)
  if (lost.length === 0 && found.length === 0) return before
  const federated = new Map<string, Set<KnownClient>>()
  for (const [issuer, clients] of before ?? none) federated.set(issuer, new Set(clients))
  for (const one of lost) for (const issuer of issuersOf(one)) federated.get(issuer)?.delete(one)
  for (const one of found) {
    for (const issuer of issuersOf(one)) {
      const clients = federated.get(issuer) ?? new Set()
      federated.set(issuer, clients.add(one))
    }
  }
  const listed = [...federated].flatMap(([issuer, clients]) =>
    clients.size === 0 ? [] : [[issuer, [...clients]] as const],
  )
  return listed.length === 0 ? undefined : new Map(listed)
}

function issuersOf({ client }: KnownClient): ReadonlySet<string> {
  const entries = client.client_authentication_methods?.federated_jwt?.issuers ?? none
  return entries.length === 0 ? noIssuers : new Set(entries.map(({ issuer }) => issuer))
}

const noIssuers: ReadonlySet<string> = new Set()

/** A time that cannot be read is over. */
function endOf({ expires_at }: SealedClientSecret): number {
  if (expires_at === undefined) return Number.POSITIVE_INFINITY
  const end = Date.parse(expires_at)
  return Number.isNaN(end) ? 0 : end
}

function namedCredentials(
  { client_id, client_authentication_methods: methods }: RecordKinds['clients'],
  credentialOf: (id: string) => ClientCredential | undefined,
): readonly ClientCredential[] {
  const named: ClientCredential[] = []
  for (const method of ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'] as const) {
    for (const { id } of methods?.[method]?.credentials ?? none) {
      const credential = credentialOf(id)
      // A credential is its own client's alone, whoever else names it.
      if (credential?.client_id === client_id && credential.credential_type === credentialTypeOf[method])
        named.push(credential)
    }
  }
  return Object.freeze(named)
}
