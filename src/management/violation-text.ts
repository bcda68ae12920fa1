import type { ErrorObject } from 'ajv'

/** Characters of a value, a name or a place that are repeated to who sent it. */
const repeatedCharacters = 500

/** A text, or as much of it as is repeated. */
export function repeated(text: string): string {
  return text.length > repeatedCharacters ? `${text.slice(0, repeatedCharacters).toWellFormed()}…` : text
}

/**
 * One violation in the words of `z-schema`, which Auth0's API is seen to answer with; `undefined` for one that only sums up others. The value is
 * repeated as far as it is short, and `…` stands in its place for who may not see what was sent. What a schema calls `writeOnly` or a
 * `password` is a secret: its value is never repeated.
 *
 * @see docs/management-api.md, "Errors"
 */
export function violationText(
  { keyword, params, data, schema, parentSchema }: ErrorObject,
  showsValue: boolean,
): string | undefined {
  const value = (text: string) => (showsValue ? repeated(isSecret(parentSchema) ? hiddenText(data) : text) : '…')
  switch (keyword) {
    case 'required':
      return `Missing required property: ${params.missingProperty}`
    case 'type':
      return `Expected type ${[schema].flat().join(',')} but found type ${typeName(data)}`
    case 'enum':
    case 'const':
      return `No enum match for: ${value(JSON.stringify(data))}`
    case 'minLength':
      return `String is too short (${lengthOf(data)} chars), minimum ${params.limit}`
    case 'maxLength':
      return `String is too long (${lengthOf(data)} chars), maximum ${params.limit}`
    case 'pattern':
      return `String does not match pattern ${params.pattern}: ${value(String(data))}`
    case 'format':
      return `Object didn't pass validation for format ${params.format}: ${value(String(data))}`
    case 'minItems':
      return `Array is too short (${lengthOf(data)}), minimum ${params.limit}`
    case 'maxItems':
      return `Array is too long (${lengthOf(data)}), maximum ${params.limit}`
    case 'minProperties':
      return `Too few properties defined (${Object.keys(Object(data)).length}), minimum ${params.limit}`
    case 'maxProperties':
      return `Too many properties defined (${Object.keys(Object(data)).length}), maximum ${params.limit}`
    case 'minimum':
      return `Value ${data} is less than minimum ${params.limit}`
    case 'maximum':
      return `Value ${data} is greater than maximum ${params.limit}`
    case 'uniqueItems':
      return `Array items are not unique (indexes ${params.j} and ${params.i})`
    case 'discriminator':
      return `No enum match for: ${value(JSON.stringify(Reflect.get(Object(data), String(params.tag)) ?? null))}`
    case 'oneOf':
    case 'anyOf':
      // With one branch that came near there are violations of its own beside this one; they say more.
      return parentSchema !== undefined && 'discriminator' in parentSchema
        ? undefined
        : `Data does not match any schemas from '${keyword}'`
    default:
      return `Data does not pass ${keyword}`
  }
}

function isSecret(schema: object | undefined): boolean {
  return (
    schema !== undefined && (Reflect.get(schema, 'writeOnly') === true || Reflect.get(schema, 'format') === 'password')
  )
}

function hiddenText(data: unknown): string {
  return '*'.repeat(Math.min(lengthOf(data), repeatedCharacters))
}

function lengthOf(data: unknown): number {
  return typeof data === 'string' ? [...data].length : Array.isArray(data) ? data.length : 0
}

function typeName(data: unknown): string {
  if (data === null) return 'null'
  if (Array.isArray(data)) return 'array'
  if (typeof data === 'number') return Number.isInteger(data) ? 'integer' : 'number'
  return typeof data
}
