import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { TSchema } from 'typebox'
import { formats } from './formats.ts'
import { demandStorable } from './json-body.ts'
import { ManagementRefusal } from './refusals.ts'
import { repeated, violationText } from './violation-text.ts'

const options = {
  allErrors: true,
  verbose: true,
  discriminator: true,
  strict: true,
  strictTypes: false,
  allowUnionTypes: true,
  formats,
} as const

/** Bodies are taken as they are: nothing is filled in and nothing is converted. */
const bodies = new Ajv(options)
/** A query is text: what a parameter is to be, it is read as. */
const queries = new Ajv({ ...options, coerceTypes: 'array' })

const compiled = new Map<Ajv, WeakMap<object, ValidateFunction>>([
  [bodies, new WeakMap()],
  [queries, new WeakMap()],
])

/** Compiled on first use: a start pays for none. */
function validator(ajv: Ajv, schema: TSchema): ValidateFunction {
  const known = compiled.get(ajv)
  let validate = known?.get(schema)
  if (validate === undefined) {
    validate = ajv.compile(schema)
    known?.set(schema, validate)
  }
  return validate
}

/** Most violations that one refusal names. */
const namedViolations = 20

/** The query as a schema describes it. Throws {@link ManagementRefusal} with every violation in one sentence. */
export function parseQuery<T>(schema: TSchema | undefined, query: unknown): T {
  return parse(queries, schema ?? noParameters, { ...Object(query) }, 'query-invalid')
}

/** The body as a schema describes it; without a schema it is not looked at. Throws {@link ManagementRefusal} with every violation in one sentence. */
export function parseBody<T>(schema: TSchema | undefined, body: unknown): T {
  // A body that nobody reads may be anything: Auth0's clients send none, `{}` or `null`.
  const parsed = parse<T>(bodies, schema ?? anything, body, 'body-invalid')
  // After the schema: where that has words of its own for it, they are Auth0's.
  if (schema !== undefined) demandStorable(parsed)
  return parsed
}

const noParameters: TSchema = { type: 'object', additionalProperties: false }
const anything: TSchema = {}

function parse<T>(ajv: Ajv, schema: TSchema, value: unknown, reason: 'query-invalid' | 'body-invalid'): T {
  const validate = validator(ajv, schema)
  if (!validate(value)) {
    const errors = validate.errors ?? []
    throw new ManagementRefusal(
      reason,
      { violations: violationsOf(errors, true) },
      { violations: violationsOf(errors, false) },
    )
  }
  // What the validator let through is what the schema says.
  return value as T
}

/** One text a violation, in Auth0's words; unknown members of one object are one violation. */
function violationsOf(errors: readonly ErrorObject[], showsValues: boolean): readonly string[] {
  const unknown = new Map<string, string[]>()
  const texts: string[] = []
  for (const error of errors) {
    if (error.keyword === 'additionalProperties') {
      const names = unknown.get(error.instancePath)
      if (names === undefined) unknown.set(error.instancePath, [String(error.params.additionalProperty)])
      else names.push(String(error.params.additionalProperty))
    } else {
      const text = texts.length < namedViolations ? violationText(error, showsValues) : undefined
      if (text !== undefined) texts.push(quoted(text, error.instancePath))
    }
  }
  for (const [path, names] of unknown) {
    if (texts.length < namedViolations)
      texts.push(
        quoted(`Additional properties not allowed: ${names.slice(0, namedViolations).map(repeated).join(',')}`, path),
      )
  }
  return texts
}

function quoted(text: string, instancePath: string): string {
  const path = repeated(dotted(instancePath))
  return path === '' ? `'${text}'` : `'${text}' on property ${path}`
}

/** A JSON pointer the way Auth0 writes a place: `refresh_token.policies`, `scopes[8]`. @see RFC 6901 §3, §4 */
function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`), '')
}
