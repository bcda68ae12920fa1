/** A value that survives a round trip through JSON text. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object as it came off the wire or out of a file: read-only, keys unknown. */
export type JsonObject = { readonly [key: string]: Json }

/** Whether a value is a plain JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
