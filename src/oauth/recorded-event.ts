import { type Exchange, guesses, isJsonObject, type Json } from '../domain/index.ts'
import { fixedEvent, varyingEvent } from '../engine/index.ts'
import { storable } from './log-text.ts'

/** Bytes (UTF-8, as JSON) of the largest event that is kept. */
const recordedEventBytes = 16_384

/** The event of an exchange as its log entries keep it under `details.symbolon`, or why they do not. */
export type RecordedEvent =
  | {
      readonly event: object
      /** Where something was left out that may be a credential: paths in the event. */
      readonly event_withheld?: readonly string[]
    }
  | { readonly event_omitted: string }

const withheldNames: ReadonlySet<string> = new Set(guesses.withheldBodyNames)
const nameOfOne =
  '(?:secret|password|passwd|passphrase|pwd|token|assertion|credential|authorization|auth|bearer|cookie|jwt|otp|(?:api|access|private|auth|secret|signing|encryption)[-_ ]?key)s?'
/** Whatever comes behind it but letters: `client_secret[0]`, `password2`. */
const credentialName = new RegExp(`${nameOfOne}[^a-z]*$`, 'i')
/**
 * A token, the value of an authorization header, a private key, a user's part of an address, a text that names one and says what it is:
 * whatever they are called, and wherever in a text they stand. Each begins where no other can, so that long texts are read once.
 */
const credentialText = new RegExp(
  [
    '(?<![\\w-])eyJ[\\w-]+\\.[\\w-]*\\.',
    '(?<![a-z])(?:bearer|basic|dpop) [\\w+/=.~-]{16}',
    '-----BEGIN [A-Z ]*PRIVATE KEY-----',
    '://[^/\\s:@]*:[^/\\s@]+@',
    `${nameOfOne}(?:\\\\*["']\\s*:|["']?\\s*(?:=|%3d))`,
  ].join('|'),
  'i',
)

/**
 * The event as the first action of an exchange began with it, for a log that more people read than write actions: without their secrets, and
 * without what is a credential by its name, at any depth, or by its form. `accessToken.scope` is what the client grant holds, so that a
 * run of it again is held to the same. An event of more than 16 KiB is not kept.
 */
export function recordedEvent(exchange: Exchange): RecordedEvent {
  const { configuration: _always, ...fixed } = fixedEvent(exchange)
  const { request, correlation_id, requested_scopes, scopes } = varyingEvent(exchange)
  const transaction = { correlation_id, requested_scopes, target_scopes: scopes }
  const withheld: string[] = []
  const event = {
    accessToken: { scope: exchange.scope_ceiling },
    ...keptMembers({ ...fixed, request, transaction }, '', withheld),
  }
  const recorded = { event, ...(withheld.length > 0 && { event_withheld: withheld }) }
  return Buffer.byteLength(JSON.stringify(recorded)) > recordedEventBytes
    ? { event_omitted: `the event is larger than ${recordedEventBytes} bytes` }
    : recorded
}

function keptMembers(object: object, prefix: string, withheld: string[]): Readonly<Record<string, Json>> {
  const members: Record<string, Json> = {}
  for (const [name, value] of Object.entries(object)) {
    const isSaid = credentialText.test(name)
    const path = isSaid ? `${prefix}*` : storable(`${prefix}${name}`)
    const isCredential = isSaid || withheldNames.has(name) || credentialName.test(name)
    if (isCredential) withheld.push(path)
    const kept = isCredential ? undefined : keptValue(value, path, withheld)
    if (kept !== undefined) members[storable(name)] = kept
  }
  return members
}

/** `undefined` for a credential, and for what is absent. */
function keptValue(value: unknown, path: string, withheld: string[]): Json | undefined {
  if (typeof value === 'string') {
    if (!credentialText.test(value)) return storable(value)
    withheld.push(path)
    return undefined
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (isJsonObject(value)) return keptMembers(value, `${path}.`, withheld)
  if (!Array.isArray(value)) return undefined
  return value
    .map((each: unknown, index) => keptValue(each, `${path}.${index}`, withheld))
    .filter((each) => each !== undefined)
}
