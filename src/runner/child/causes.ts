// Taken before any action runs: who replaces them would answer for what another action threw.
const toText = String
const { isArray } = Array
const slice: (text: string, start: number, end: number) => string = Function.prototype.call.bind(String.prototype.slice)

const levels = 4
const innerErrors = 4
const causeCharacters = 1_024
const allCharacters = 4_096

/** The errors that led to one, from that one upwards. */
interface Path {
  readonly error: unknown
  readonly above: Path | undefined
}

/**
 * What caused an error, as Node prints it: a line break, `[cause]: ` or `[errors]: `, and name, message and code, for each. At most 4 levels,
 * 4 inner errors of each and 4,096 characters; nothing of what cannot be read. Never throws.
 */
export function causesOf(error: unknown): string {
  return slice(below({ error, above: undefined }, '  ', levels), 0, allCharacters)
}

function below(path: Path, indent: string, left: number): string {
  const { error } = path
  if (left === 0 || typeof error !== 'object' || error === null) return ''
  const errors = read(error, 'errors')
  let told = oneOf(read(error, 'cause'), 'cause', path, indent, left)
  if (!isList(errors)) return told
  for (let index = 0; index < innerErrors && told.length < allCharacters; index++)
    told += oneOf(read(errors, index), 'errors', path, indent, left)
  return told
}

function oneOf(error: unknown, as: 'cause' | 'errors', above: Path, indent: string, left: number): string {
  if (error === undefined) return ''
  for (let each: Path | undefined = above; each !== undefined; each = each.above) if (each.error === error) return ''
  const said = slice(`\n${indent}[${as}]: ${textOf(error)}`, 0, causeCharacters)
  return said + below({ error, above }, `${indent}  `, left - 1)
}

function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return plainText(error)
  const name = read(error, 'name')
  const message = read(error, 'message')
  const code = read(error, 'code')
  const said = typeof message === 'string' && message !== '' ? `: ${slice(message, 0, 880)}` : ''
  const coded = typeof code === 'string' ? ` (${slice(code, 0, 64)})` : ''
  return `${typeof name === 'string' ? slice(name, 0, 48) : 'Error'}${said}${coded}`
}

function plainText(value: unknown): string {
  try {
    return toText(value)
  } catch {
    return 'what cannot be read'
  }
}

function isList(value: unknown): value is object {
  try {
    return isArray(value)
  } catch {
    return false
  }
}

/** A property of anything: its getter may throw. */
function read(from: object, name: string | number): unknown {
  try {
    return (from as { readonly [name: string | number]: unknown })[name]
  } catch {
    return undefined
  }
}
