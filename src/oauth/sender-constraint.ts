import { type Confirmation, type Exchange, proofDemandOf, type TenantSnapshot } from '../domain/index.ts'
import type { Ephemeral } from '../storage/index.ts'
import { isValidAt, type PresentedCertificate } from './client-certificate.ts'
import { type DpopRule, type ProvenRequest, verifyDpopProof } from './dpop.ts'
import { TokenRefusal } from './refusals.ts'
import type { RequestOrigin } from './request-origin.ts'

/** What the operator set for proofs of possession, and where used ones are remembered. */
export interface SenderConstraint {
  readonly dpop: DpopRule
  /** What a certificate-bound token is called. @see RFC 8705 §3: the token is used as a bearer token is */
  readonly certificateTokenType: 'Bearer' | 'DPoP'
  readonly used: Pick<Ephemeral, 'claim'>
}

/**
 * The exchange with the key that its token is bound to, if it is bound: as client and API together demand. `dpop` is the header of that name, as
 * it stands. A proof that nobody asked for is not looked at. Synchronous but for a DPoP proof: a plain token waits for nothing.
 *
 * Refuses a missing proof where one is required, naming the mechanism; a proof that is wrong; and a client that requires what its API never does.
 *
 * @see Auth0 Docs, "Configure Sender Constraining"
 */
export function constrainSender(
  exchange: Exchange,
  dpop: string | readonly string[] | undefined,
  origin: RequestOrigin,
  rule: SenderConstraint,
  domains: TenantSnapshot['domains'],
): Exchange | Promise<Exchange> {
  const demand = proofDemandOf(exchange.client, exchange.resource_server.proof_of_possession)
  switch (demand.kind) {
    case 'unbound':
      return exchange
    case 'impossible':
      throw new TokenRefusal('proof-impossible', { audience: exchange.resource_server.identifier })
    case 'optional':
    case 'required': {
      const bound =
        demand.mechanism === 'dpop'
          ? byDpop(exchange, dpop, { ...origin, domains }, rule)
          : byCertificate(exchange, origin.certificate, origin.received_at)
      if (bound !== undefined) return bound
      if (demand.kind === 'required') throw new TokenRefusal(`proof-missing-${demand.mechanism}`, {})
      return exchange
    }
  }
}

const noHeaders = {}

/** Where nonces are demanded, the next one, for the client that has just used one. @see RFC 9449 §8.2 */
export function nonceHeaders(
  { confirmation }: Exchange,
  { dpop }: SenderConstraint,
  nowMs: number,
): Readonly<Record<string, string>> {
  if (dpop.nonces === undefined || confirmation === undefined || !('jkt' in confirmation)) return noHeaders
  return { 'dpop-nonce': dpop.nonces.issue(nowMs) }
}

function byDpop(
  exchange: Exchange,
  header: string | readonly string[] | undefined,
  request: ProvenRequest,
  rule: SenderConstraint,
): Promise<Exchange> | undefined {
  if (header === undefined) return undefined
  const proof = typeof header === 'string' ? header : header.join()
  return verifyDpopProof(proof, request, rule.dpop, rule.used).then((jkt) => withConfirmation(exchange, { jkt }))
}

/** RFC 8705 §3.1: whether anybody vouches for the certificate does not matter; whoever uses the token has to show the same one. */
function byCertificate(
  exchange: Exchange,
  presented: PresentedCertificate | undefined,
  nowMs: number,
): Exchange | undefined {
  if (presented?.fault !== undefined) throw new TokenRefusal('certificate-unusable', { fault: presented.fault })
  const certificate = presented?.certificate
  if (certificate === undefined) return undefined
  if (!isValidAt(certificate, nowMs)) throw new TokenRefusal('certificate-unusable', { fault: 'it is not valid now' })
  return withConfirmation(exchange, { 'x5t#S256': certificate.thumbprint_sha256 })
}

function withConfirmation(exchange: Exchange, confirmation: Confirmation): Exchange {
  return Object.freeze({ ...exchange, confirmation })
}
