import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'

/** How packages loaded, in a process that may do no more than the sandbox. */
export interface Tried {
  /** Specifier → what it threw. */
  readonly failed: ReadonlyMap<string, string>
  /** V8's code cache of the bundle with all that has run; absent when the process ended before it was made. */
  readonly cache?: Buffer
}

const trialMs = 20_000
const answerBytes = 128 * 1024 * 1024

/** The Node and the heap that the sandbox has, the program, and the bundle's folder. */
export interface TrialPlace {
  readonly node: string
  readonly heapMiB: number
  readonly program: string
  readonly folder: string
}

/**
 * Loads specifiers out of a bundle, or out of the tree alone, in a process that may read its folder and connect to nowhere. A process that
 * ends, hangs or answers what is not an answer has loaded none.
 */
export async function tryPackages(
  { node, heapMiB, program, folder }: TrialPlace,
  specifiers: readonly string[],
  outOf: 'bundle' | 'tree',
): Promise<Tried> {
  const tag = randomBytes(16).toString('hex')
  const child = spawn(
    node,
    [
      // The flags of the sandbox: a code cache is taken by a process of the same ones alone.
      '--permission',
      `--allow-fs-read=${folder}/`,
      `--allow-fs-read=${program}`,
      '--no-addons',
      '--zero-fill-buffers',
      '--no-experimental-sqlite',
      '--disable-sigusr1',
      '--no-warnings',
      `--max-old-space-size=${heapMiB}`,
      program,
    ],
    {
      cwd: dirname(program),
      env: { TZ: 'UTC', NODE_ENV: 'production' },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    },
  )
  const deadline = setTimeout(() => child.kill('SIGKILL'), trialMs)
  child.stdin?.on('error', () => undefined).end(JSON.stringify({ tag, folder, specifiers, outOf }))
  try {
    const channel = child.stdio[3]
    const answer = channel instanceof Readable ? await readAll(channel) : Buffer.alloc(0)
    return read(answer, tag) ?? allFailed(specifiers)
  } finally {
    clearTimeout(deadline)
    child.kill('SIGKILL')
  }
}

function allFailed(specifiers: readonly string[]): Tried {
  return { failed: new Map(specifiers.map((specifier) => [specifier, 'its process ended or hung while it loaded'])) }
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue
      bytes += chunk.length
      if (bytes > answerBytes) break
      chunks.push(chunk)
    }
  } catch {
    // A process that was killed resets it; what came before is judged.
  }
  return Buffer.concat(chunks)
}

function read(answer: Buffer, tag: string): Tried | undefined {
  if (answer.subarray(0, tag.length).toString('latin1') !== tag) return undefined
  const lineEnd = answer.indexOf('\n')
  const length = Number(answer.subarray(tag.length, lineEnd).toString('latin1'))
  if (lineEnd === -1 || !Number.isSafeInteger(length)) return undefined
  const { results }: { readonly results: readonly { readonly specifier: string; readonly error?: string }[] } =
    JSON.parse(answer.subarray(lineEnd + 1, lineEnd + 1 + length).toString('utf8'))
  const cache = answer.subarray(lineEnd + 1 + length)
  return {
    failed: new Map(results.flatMap(({ specifier, error }) => (error === undefined ? [] : [[specifier, error]]))),
    ...(cache.length > 0 && { cache }),
  }
}
