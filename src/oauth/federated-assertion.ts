import { compactVerify, errors } from 'jose'
import {
  type Client,
  type FederatedIssuer,
  federatedDefaults,
  isOwnIssuer,
  isSubjectOf,
  type KnownClient,
  type TenantSnapshot,
} from '../domain/index.ts'
import { type Assertion, type AssertionPorts, demandForUs, demandInTime, rejected, spend } from './assertion-rules.ts'
import type { FindIssuerKey } from './issuer-keys.ts'
import { TokenRefusal } from './refusals.ts'

/** One entry of one client that an assertion's issuer and subject fit. */
interface Match {
  readonly client: Client
  readonly entry: FederatedIssuer
}

/**
 * Holds a client to a token of an external issuer that it lists: of the workload it means, for this server or the audience it names, with the
 * claims it requires, signed with a key of that issuer. Nothing is fetched for an issuer or a workload that no client lists.
 *
 * Without a `client_id` the issuer and subject must mean one client alone. Ours: Auth0 has nothing of the kind.
 *
 * @see RFC 7523 §3; RFC 7521 §4.2
 */
export async function authenticateByIssuer(
  assertion: Assertion,
  client_id: string | undefined,
  snapshot: TenantSnapshot,
  ports: AssertionPorts,
): Promise<Client> {
  // What this server itself issued is for APIs; as an assertion it would make a bearer of a token the client.
  if (isOwnIssuer(assertion.iss, snapshot.domains)) throw rejected(`'iss' claim is this server itself`)
  const known = client_id === undefined ? undefined : snapshot.clients.get(client_id)
  if (client_id !== undefined && known === undefined) throw rejected('the client is not known')
  const listed = known === undefined ? (snapshot.federated?.get(assertion.iss) ?? []) : [known]
  const matches = listed.flatMap((one) => matchesOf(one, assertion))
  if (matches.length === 0) throw rejected(`'iss' and 'sub' claims are not those of an issuer that the client lists`)
  if (new Set(matches.map(({ client }) => client)).size > 1)
    throw rejected(`'iss' and 'sub' claims are those of several clients; send client_id with the assertion`)
  let refusal = rejected('no entry of the issuer fits')
  for (const { client, entry } of matches) {
    try {
      await demandOf(entry, assertion, snapshot.domains, ports)
      return client
    } catch (error) {
      // The next entry may fit; what none of them lets in, is refused for the reason of the last.
      if (!(error instanceof TokenRefusal) || error.reason !== 'assertion-rejected') throw error
      refusal = rejected(error.detail ?? '')
    }
  }
  throw refusal
}

function matchesOf({ client }: KnownClient, { iss, sub }: Assertion): readonly Match[] {
  return (client.client_authentication_methods?.federated_jwt?.issuers ?? [])
    .filter((entry) => entry.issuer === iss && isSubjectOf(entry, sub))
    .map((entry) => ({ client, entry }))
}

async function demandOf(
  entry: FederatedIssuer,
  assertion: Assertion,
  domains: TenantSnapshot['domains'],
  ports: AssertionPorts,
): Promise<void> {
  const { clock, issuerKeys } = ports
  const lifetimeSeconds = entry.max_lifetime ?? federatedDefaults.max_lifetime
  const algorithms: readonly string[] = entry.algorithms ?? federatedDefaults.algorithms
  if (!algorithms.includes(assertion.alg)) throw rejected(`'alg' must be one of ${algorithms.join(', ')}`)
  demandInTime(assertion, clock(), lifetimeSeconds)
  demandForUs(assertion, (audience) =>
    entry.audience === undefined
      ? isOwnIssuer(audience, domains) || isOwnIssuer(`${audience}/`, domains)
      : audience === entry.audience,
  )
  for (const [name, value] of Object.entries(entry.required_claims ?? {})) {
    if (!Object.hasOwn(assertion.claims, name) || assertion.claims[name] !== value)
      throw rejected(`'${name}' claim must be ${JSON.stringify(value)}`)
  }
  await demandSignature(assertion, algorithms, issuerKeys(entry))
  if (assertion.jti !== undefined && entry.reusable !== true)
    await spend(assertion, assertion.jti, lifetimeSeconds, ports)
}

async function demandSignature(
  { text }: Assertion,
  algorithms: readonly string[],
  findKey: FindIssuerKey,
): Promise<void> {
  const options = { algorithms: [...algorithms] }
  try {
    await compactVerify(text, findKey, options)
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys && (await isSignedWithOneOf(error, text, options))) return
    // Whatever went wrong with an issuer's keys, the token is not proven to be the issuer's.
    throw rejected(`the signature cannot be verified: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Without a `kid`, any key of the issuer that fits the algorithm may have signed. */
async function isSignedWithOneOf(
  keys: InstanceType<typeof errors.JWKSMultipleMatchingKeys>,
  text: string,
  options: { readonly algorithms: string[] },
): Promise<boolean> {
  for await (const key of keys) {
    try {
      await compactVerify(text, key, options)
      return true
    } catch {
      // Another key may have signed it; nobody is let in by one that did not.
    }
  }
  return false
}
