/** How a client may prove that it holds the key its token is bound to. @see RFC 8705 §3; RFC 9449 */
export type ProofMechanism = 'mtls' | 'dpop'

/** What an API says of the tokens issued for it; without it they are never bound. @see Auth0 Docs, "Configure Sender Constraining" */
export interface ProofOfPossession {
  readonly mechanism: ProofMechanism
  readonly required: boolean
  /** Whom `required` is for; all unless it says so. The clients of this server are all confidential. */
  readonly required_for?: 'all_clients' | 'public_clients'
}

/** What becomes of a token: never bound, bound when the client proves a key, bound or refused, or refused whatever is proven. */
export type ProofDemand =
  | { readonly kind: 'unbound' | 'impossible' }
  | { readonly kind: 'optional' | 'required'; readonly mechanism: ProofMechanism }

const unbound: ProofDemand = Object.freeze({ kind: 'unbound' })
const impossible: ProofDemand = Object.freeze({ kind: 'impossible' })

/**
 * What a client and an API, by its `proof_of_possession`, together ask of a proof.
 *
 * @see Auth0 Docs, "Configure Sender Constraining": the matrix of client and API
 */
export function proofDemandOf(
  client: { readonly require_proof_of_possession?: boolean },
  rule: ProofOfPossession | null | undefined,
): ProofDemand {
  const byClient = client.require_proof_of_possession === true
  if (rule == null) return byClient ? impossible : unbound
  const byApi = rule.required && (rule.required_for ?? 'all_clients') === 'all_clients'
  return { kind: byClient || byApi ? 'required' : 'optional', mechanism: rule.mechanism }
}

/**
 * What of an API's `proof_of_possession` cannot be held to, one sentence each. What the type already excludes is looked at too: it may come
 * from a file, or from another version.
 */
export function unenforceableOfProofOfPossession(rule: ProofOfPossession): readonly string[] {
  const faults: string[] = []
  const { mechanism, required, required_for = 'all_clients' } = rule
  if (mechanism !== 'mtls' && mechanism !== 'dpop')
    faults.push('proof_of_possession.mechanism must be one that this version knows: "mtls", "dpop"')
  if (typeof required !== 'boolean') faults.push('proof_of_possession.required must be true or false')
  if (required_for !== 'all_clients' && required_for !== 'public_clients')
    faults.push('proof_of_possession.required_for must be one of "all_clients", "public_clients"')
  else if (mechanism === 'mtls' && required_for !== 'all_clients')
    faults.push('proof_of_possession.required_for must be "all_clients" where the mechanism is "mtls"')
  return faults
}
