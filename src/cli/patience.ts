/** Milliseconds after which whoever waits is told what for, and again when that has changed. */
const patienceMs = 1_000

/**
 * Waits for some work. What takes longer than a second says on standard error what is waited for, in the words of `what`, at most once a second and
 * only where they are new; nothing where it has none.
 */
export async function patiently<T>(work: Promise<T>, what: () => string | undefined): Promise<T> {
  let told: string | undefined
  const telling = setInterval(() => {
    const words = what()
    if (words !== undefined && words !== told) process.stderr.write(`symbolon: ${words}\n`)
    told = words
  }, patienceMs)
  try {
    return await work
  } finally {
    clearInterval(telling)
  }
}
