/**
 * A record with the members of a patch in the place of its own; a `null` takes a member away. What is an object is replaced as a whole.
 *
 * @see Auth0 Docs, Management API "Update a client"
 */
export function patched<T extends object>(record: T, patch: object): T {
  const entries = Object.entries({ ...record, ...patch }).filter(([, value]) => value !== null && value !== undefined)
  // Only members that a schema let through came in; which may be taken away the schema says too.
  return Object.fromEntries(entries) as T
}
