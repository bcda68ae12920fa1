import { ManagementRefusal } from './refusals.ts'

/** Objects and arrays within each other, at most: deeper ones could not be written out again. No member of Auth0's needs a tenth of it. */
const deepest = 100

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The value that a body states; a call without a body has `undefined`. Throws {@link ManagementRefusal} for bytes that are no UTF-8 (RFC 8259
 * §8.1), for what is no JSON, and for what is nested too deep. No refusal repeats a word of the body, which may be a secret.
 */
export function readJson(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined
  const value = parsed(body)
  for (const { depth } of within(value))
    if (depth > deepest) throw unreadable(`more than ${deepest} objects and arrays are within each other`)
  return value
}

/** Throws {@link ManagementRefusal} for texts and keys that not every store can keep, with a NUL or half a surrogate pair in them. */
export function demandStorable(body: unknown): void {
  for (const { value } of within(body)) {
    if (typeof value === 'string') demandText(value)
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      Object.keys(value).forEach(demandText)
  }
}

/** A value and all that is in it, each with how many objects and arrays are around it, itself among them. Without recursion: it may be too deep for that. */
function* within(body: unknown): Generator<{ readonly value: unknown; readonly depth: number }, void> {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: body, depth: 0 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const isNested = typeof next.value === 'object' && next.value !== null
    const { value } = next
    const depth = next.depth + (isNested ? 1 : 0)
    yield { value, depth }
    if (typeof value === 'object' && value !== null)
      for (const member of Object.values(value)) open.push({ value: member, depth })
  }
}

function parsed(body: Buffer): unknown {
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    throw unreadable('it is not encoded in UTF-8')
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    const place =
      error instanceof SyntaxError ? /at position \d+ \(line \d+ column \d+\)/.exec(error.message)?.[0] : undefined
    throw unreadable(place === undefined ? 'something in it is out of place' : `something is out of place ${place}`)
  }
}

function demandText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed())
    throw unreadable('a text in it has a NUL (\\u0000) or half a surrogate pair, which cannot be stored')
}

function unreadable(fault: string): ManagementRefusal {
  return new ManagementRefusal('body-unreadable', { fault })
}
