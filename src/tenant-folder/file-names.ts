/** Bytes that a file's name may have on every system, less those of `.json`. */
const longestBytes = 250

/**
 * The name of an object as the name of a file, without its ending: what no file system takes becomes `-`, as the Deploy CLI does it. Never
 * empty, and at most 250 bytes.
 */
export function fileNameOf(name: string): string {
  const replaced = withoutUnsafe(name, '-')
  return shortened(withoutUnsafe(replaced, '')) || 'undefined'
}

/**
 * A file name for each of some names, in their order. Two that would be one file, also where a file system ignores case, are told apart by a
 * number, since the Deploy CLI writes the second over the first.
 */
export function fileNamesOf(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const base = fileNameOf(name)
    let candidate = base
    for (let number = 2; taken.has(candidate.toLowerCase()); number += 1) candidate = `${base}-${number}`
    taken.add(candidate.toLowerCase())
    return candidate
  })
}

function withoutUnsafe(name: string, replacement: string): string {
  return (
    name
      .replace(/[/?<>\\:*|"]/g, replacement)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\x00-\x1f\x80-\x9f]/g, replacement)
      .replace(/^\.+$/, replacement)
      // Names of devices on Windows, with any ending.
      .replace(/^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i, replacement)
      .replace(/[. ]+$/, replacement)
  )
}

function shortened(name: string): string {
  const bytes = Buffer.from(name)
  if (bytes.length <= longestBytes) return name
  // A character that is cut through is left out.
  return bytes
    .subarray(0, longestBytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
}
