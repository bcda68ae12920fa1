import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'

/** How packages loaded, in a process that may do no more than the sandbox. */
export interface Tried {
  /** Specifier → what it threw. */
  readonly failed: ReadonlyMap<string, string>
  /** V8's code cache of the bundle with all that has run; absent when the process ended before it was made. */
  readonly cache?: Buffer
}

/** Beside the heap, which V8 bounds. */
const memoryMiB = 512
const answerBytes = 128 * 1024 * 1024

/** The Node and the heap that the sandbox has, the program, and the bundle's folder. */
export interface TrialPlace {
  readonly node: string
  readonly heapMiB: number
  readonly program: string
  readonly folder: string
  /** Milliseconds a process may take to load everything. */
  readonly trialMs: number
}

/**
 * Loads specifiers out of a bundle, or out of the tree alone, in a process that may read its folder and connect to nowhere. One that ends
 * or hangs its process has not loaded; the others are tried without it.
 */
export async function tryPackages(
  place: TrialPlace,
  specifiers: readonly string[],
  outOf: 'bundle' | 'tree',
): Promise<Tried> {
  const failed = new Map<string, string>()
  let left = specifiers
  for (;;) {
    const answer = await runTrial(place, left, outOf)
    for (const [specifier, error] of answer.told) if (error !== null) failed.set(specifier, error)
    if (answer.isWhole) return { failed, ...(answer.cache.length > 0 && { cache: answer.cache }) }
    const culprit = left.find((specifier) => !answer.told.has(specifier))
    if (culprit === undefined) return { failed }
    failed.set(culprit, 'its process ended or hung while it loaded')
    left = left.filter((specifier) => specifier !== culprit)
  }
}

interface Answer {
  /** Specifier → what it threw; null when it loaded. */
  readonly told: ReadonlyMap<string, string | null>
  readonly isWhole: boolean
  readonly cache: Buffer
}

async function runTrial(
  { node, heapMiB, program, folder, trialMs }: TrialPlace,
  specifiers: readonly string[],
  outOf: 'bundle' | 'tree',
): Promise<Answer> {
  const tag = randomBytes(16).toString('hex')
  const child = spawn(
    node,
    [
      // The flags of the sandbox: a code cache is taken by a process of the same ones alone.
      '--permission',
      `--allow-fs-read=${folder}/`,
      `--allow-fs-read=${program}`,
      ...(Number.parseInt(process.versions.node, 10) < 25 ? [] : ['--allow-net']),
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
  const watch = setInterval(() => {
    if (residentMiB(child.pid) > memoryMiB) child.kill('SIGKILL')
  }, 100)
  child.stdin?.on('error', () => undefined).end(JSON.stringify({ tag, folder, specifiers, outOf }))
  try {
    const channel = child.stdio[3]
    return readAnswer(channel instanceof Readable ? await readAll(channel) : Buffer.alloc(0), tag)
  } finally {
    clearTimeout(deadline)
    clearInterval(watch)
    child.kill('SIGKILL')
  }
}

/** 0 where the system does not tell: only Linux does. */
function residentMiB(pid: number | undefined): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) / 1_024
  } catch {
    // It has ended.
    return 0
  }
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

/** Reads as far as the parts bear the tag. */
function readAnswer(answer: Buffer, tag: string): Answer {
  const told = new Map<string, string | null>()
  let rest = answer
  while (rest.subarray(0, tag.length).toString('latin1') === tag) {
    const start = rest.indexOf('\n') + 1
    const end = start + Number(rest.subarray(tag.length, start).toString('latin1'))
    if (start === 0 || end > rest.length) break
    const part: { readonly specifier?: string; readonly error?: string | null } = JSON.parse(
      rest.subarray(start, end).toString('utf8'),
    )
    rest = rest.subarray(end)
    if (part.specifier === undefined) return { told, isWhole: true, cache: rest }
    told.set(part.specifier, part.error ?? null)
  }
  return { told, isWhole: false, cache: Buffer.alloc(0) }
}
