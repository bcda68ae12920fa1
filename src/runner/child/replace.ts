// Taken before any action runs.
const { assign, defineProperty } = Object

/** Puts a value in place of a member of a built-in, for good. */
export function replace(owner: object, name: string | symbol, value: unknown): void {
  defineProperty(owner, name, { value, writable: false, configurable: false, enumerable: true })
}

/** A function that throws a plain error, which the action may catch: `name` is not available to Actions. */
export function refusal(name: string): () => never {
  return () => {
    throw assign(new Error(`${name} is not available to Actions.`), { code: 'ERR_ACCESS_DENIED' })
  }
}
