import { isJsonObject } from './json.ts'

/** What an external issuer may sign with. No symmetric one: its key would have to be ours too. @see RFC 7518 §3.1 */
export const federatedAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const
export type FederatedAlgorithm = (typeof federatedAlgorithms)[number]

/** A key set as an issuer publishes it (RFC 7517 §5); its keys are read where they are used. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Whose tokens prove a client, in place of a credential of its own: one workload of one external issuer. Ours; Auth0 has nothing of the kind.
 * Exactly one of `subject` and `subject_pattern` is there, and at most one of `jwks` and `jwks_uri`; without both, the issuer's discovery
 * document says where its keys are.
 */
export interface FederatedIssuer {
  /** An `https` address, compared byte for byte with `iss`. */
  readonly issuer: string
  /** Compared byte for byte with `sub`. */
  readonly subject?: string
  /** A `sub` in which `*` stands for one or more characters other than ":". */
  readonly subject_pattern?: string
  /** What `aud` must be instead of this server. */
  readonly audience?: string
  readonly jwks_uri?: string
  readonly jwks?: KeySet
  /** RS256 and ES256 unless given. */
  readonly algorithms?: readonly FederatedAlgorithm[]
  /** Seconds that a token may live; an hour unless given. */
  readonly max_lifetime?: number
  /** Claims that must be there with exactly these values. */
  readonly required_claims?: Readonly<Record<string, string | number | boolean>>
  /** Whether a token with a `jti` may come more than once, as Kubernetes reuses its own until they are rotated. */
  readonly reusable?: boolean
}

/** Most seconds that `max_lifetime` may say. */
export const longestFederatedLifetime = 86_400

/** Algorithms and lifetime (seconds) of a federated issuer that names none. */
export const federatedDefaults = { algorithms: ['RS256', 'ES256'], max_lifetime: 3_600 } as const

/** Whether a workload is the one that an issuer's entry means. */
export function isSubjectOf({ subject, subject_pattern }: FederatedIssuer, sub: string): boolean {
  if (subject !== undefined) return subject_pattern === undefined && subject === sub
  return subject_pattern !== undefined && matches(subject_pattern, sub)
}

/** What of a federated issuer cannot stand, one sentence each that begins with the member it is about; empty when it can. */
export function faultsOfFederatedIssuer(entry: FederatedIssuer): readonly string[] {
  const faults: string[] = []
  if (!isWebAddress(entry.issuer)) faults.push('issuer must be an https address without a fragment')
  if ((entry.subject === undefined) === (entry.subject_pattern === undefined))
    faults.push('subject or subject_pattern must be given, and not both')
  if (entry.subject === '') faults.push('subject must not be empty')
  if (entry.subject_pattern !== undefined && !/^[^*]+\*/.test(entry.subject_pattern))
    faults.push('subject_pattern must begin with characters of its own before its first "*"')
  if (entry.subject_pattern !== undefined && /\*[^:]*\*/.test(entry.subject_pattern))
    faults.push('subject_pattern must have at most one "*" between two ":"')
  if (entry.jwks !== undefined && entry.jwks_uri !== undefined) faults.push('jwks or jwks_uri may be given, not both')
  if (entry.jwks_uri !== undefined && !isWebAddress(entry.jwks_uri))
    faults.push('jwks_uri must be an https address without a fragment')
  if (entry.jwks !== undefined && !isPublicKeySet(entry.jwks))
    faults.push('jwks must be a key set of public keys alone')
  const others = entry.algorithms?.filter((alg) => !federatedAlgorithms.includes(alg)) ?? []
  if (others.length > 0 || entry.algorithms?.length === 0)
    faults.push(`algorithms must be some of ${federatedAlgorithms.join(', ')}`)
  const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  if (!Object.values(entry.required_claims ?? {}).every(isPlain))
    faults.push('required_claims must be texts, numbers, true or false')
  if (entry.audience === '') faults.push('audience must not be empty')
  return faults
}

/** What came out of a file is looked at whatever its type says. */
function isPublicKeySet({ keys }: KeySet): boolean {
  if (!Array.isArray(keys) || keys.length === 0) return false
  return keys.every(
    (key: unknown) => isJsonObject(key) && key.kty !== 'oct' && key.d === undefined && key.k === undefined,
  )
}

/** Without backtracking: a subject comes from outside, and a pattern has few stars. */
function matches(pattern: string, sub: string): boolean {
  const parts = pattern.split(':')
  const found = sub.split(':')
  return parts.length === found.length && parts.every((part, index) => matchesPart(part, found[index] ?? ''))
}

function matchesPart(part: string, found: string): boolean {
  const star = part.indexOf('*')
  if (star === -1) return part === found
  const before = part.slice(0, star)
  const after = part.slice(star + 1)
  return found.length > before.length + after.length && found.startsWith(before) && found.endsWith(after)
}

/** Plain HTTP stays on this machine, and needs a setting where something is fetched by it. */
function isWebAddress(text: string): boolean {
  return (
    /^https:\/\/[^\s/?#@]+(\/[^\s#]*)?$/.test(text) ||
    /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/[^\s#]*)?$/.test(text)
  )
}
