/** Characters kept of a text that a client or an action chose. */
const keptCharacters = 1_024

/** A text that every log store can hold: without NUL and lone surrogates, and not longer than is worth keeping. */
export function readable(text: string, characters = keptCharacters): string {
  return storable(text.length > characters ? text.slice(0, characters) : text)
}

/** A text, however long, without what no log store holds: NUL and lone surrogates. */
export function storable(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed()
}
