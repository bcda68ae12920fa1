import { guesses, type Json, type Scope } from '../domain/index.ts'
import type { DropRule } from './drop.ts'

/** Claim names an action may not set. @see Auth0 Docs, "Create Custom Claims" */
const restrictedNames: ReadonlySet<string> = new Set([
  ...(
    'acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest ' +
    'entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce ' +
    'object_id org_id org_name orig origid permissions roles rph s_hash sid sip_callid sip_cseq_num sip_date sip_from_tag ' +
    'sip_via_branch sub sub_jwk toe txn typ uuid vot vtm x5t#S256'
  ).split(' '),
  ...guesses.alsoRestrictedClaims,
])

/** OpenID profile claims and the scope each is gated by (OpenID Connect Core §5.4). @see Auth0 Docs, "Create Custom Claims" */
const profileScopes: ReadonlyMap<string, Scope> = new Map([
  ['address', 'address'],
  ['email', 'email'],
  ['email_verified', 'email'],
  ['phone_number', 'phone'],
  ['phone_number_verified', 'phone'],
  ...(
    'birthdate family_name gender given_name locale middle_name name nickname picture preferred_username profile ' +
    'updated_at website zoneinfo'
  )
    .split(' ')
    .map((name): [string, Scope] => [name, 'profile']),
])

const auth0Domains: readonly string[] = ['auth0.com', 'webtask.io', 'webtask.run']

/**
 * The rule under which a custom claim is dropped whatever its value and whatever scopes are granted; `undefined` when it may be set.
 *
 * @param system - the API is one of the server's own, whose tokens take no custom claims
 */
export function ruleAgainstClaim(name: string, system: boolean): DropRule | undefined {
  if (name === 'scope') return 'scope-claim'
  if (restrictedNames.has(name)) return 'restricted-name'
  if (isAuth0Namespace(name)) return 'auth0-namespace'
  return system ? 'system-api' : undefined
}

/** Whether a claim's name lacks the granted scope that gates it: only the OpenID profile claims are gated. */
export function lacksProfileScope(name: string, granted: readonly Scope[]): boolean {
  const scope = profileScopes.get(name)
  return scope !== undefined && !granted.includes(scope)
}

/** By host, not by text: `https://auth0.com.example/` is somebody else's. */
function isAuth0Namespace(name: string): boolean {
  if (/^urn:auth0(:|$)/i.test(name)) return true
  if (!/^https?:\/\//i.test(name)) return false
  // Most names are plain; what is not (an escape, a user, another script) is read as a browser reads it.
  const plain = /^https?:\/\/([a-z0-9.-]+)(?:[/?#]|$)/i.exec(name)?.[1]?.toLowerCase()
  const host = (plain ?? URL.parse(name)?.hostname)?.replace(/\.$/, '')
  if (host === undefined) return false
  return auth0Domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
}

/** A claim value in the form it will have in the token, and the UTF-8 bytes it takes there. */
export interface ClaimValue {
  readonly value: Json
  readonly bytes: number
}

class TooLarge extends Error {}

/**
 * The JSON form of a value an action set: by the rules of `JSON.stringify`, which also says what it throws (a cycle, a BigInt).
 *
 * `undefined` for what has no JSON form, `'too-large'` once it is certain to exceed `bytesLeft`: found out while walking, before
 * anything large is written.
 */
export function readClaimValue(value: unknown, bytesLeft: number): ClaimValue | 'too-large' | undefined {
  if (value === null || typeof value === 'boolean') return within({ value, bytes: `${value}`.length }, bytesLeft)
  if (typeof value === 'number') {
    const number = Number.isFinite(value) ? value : null
    return within({ value: number, bytes: `${number}`.length }, bytesLeft)
  }
  if (typeof value === 'string') {
    return value.length > bytesLeft ? 'too-large' : within({ value, bytes: jsonLength(value) }, bytesLeft)
  }
  const text = boundedJson(value, bytesLeft)
  if (text === undefined || text === 'too-large') return text
  return within({ value: parseJson(text), bytes: utf8Length(text) }, bytesLeft)
}

// Taken before any action runs: actions share the realm and may replace what they find on JSON.
const { parse: parseJson, stringify } = JSON

function within(claim: ClaimValue, bytesLeft: number): ClaimValue | 'too-large' {
  return claim.bytes > bytesLeft ? 'too-large' : claim
}

function boundedJson(value: unknown, bytesLeft: number): string | 'too-large' | undefined {
  let left = bytesLeft
  try {
    return stringify(value, (key, part: unknown) => {
      left -= key.length + (typeof part === 'string' ? part.length : 1)
      if (left < 0) throw new TooLarge()
      return part
    })
  } catch (error) {
    if (error instanceof TooLarge) return 'too-large'
    throw error
  }
}

/** The bytes a text takes as JSON in UTF-8, quotes and escapes counted. */
function jsonLength(text: string): number {
  // Nearly no text has anything to escape; what does is written out once.
  return needsEscape.test(text) ? utf8Length(stringify(text)) : utf8Length(text) + 2
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON escapes
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/

/** The bytes a text takes in UTF-8; a lone surrogate counts as the replacement character. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    // A surrogate pair is two units and four bytes: the second unit adds nothing more.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) index++
  }
  return bytes
}

/** The bytes a text of this length takes in UTF-8 at most: known without a look at it. */
export function mostUtf8Length(text: string): number {
  return text.length * 3
}
