import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { answerDescriptor, type BuildJob, type BuildLine, type BuildResult, buildMessage } from './bundle-job.ts'

const heapMiB = 1_024
const answerCharacters = 16 * 1024 * 1024
const errorCharacters = 4_096
const program = fileURLToPath(new URL('./builder/main.ts', import.meta.url))

/** A build under way, in a process group of its own. */
export interface BuildProcess {
  /** Settles once the process has ended. Never rejects. */
  readonly result: Promise<BuildResult>
  /** Ends it and all it started, now; `reason` becomes its result, unless it had one already. */
  end(reason: BuildResult): void
}

/** Starts a build that is ended at its deadline. */
export function startBuild(job: BuildJob, deadlineMs: number, onPackaged: () => void): BuildProcess {
  const { node, work } = job
  const child = spawn(node, [`--max-old-space-size=${heapMiB}`, '--no-warnings', program], {
    cwd: work,
    // Of the server's own environment, nothing.
    env: { HOME: work, PATH: dirname(node) },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let result: BuildResult | undefined
  let errors = ''
  const end = (reason: BuildResult): void => {
    result ??= reason
    kill(child.pid)
  }
  const deadline = setTimeout(() => {
    const advice = 'Declare fewer packages, or try again.'
    end(failedBuild('build_timed_out', `The build took longer than ${deadlineMs} ms and was ended. ${advice}`))
  }, deadlineMs)
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      errors += error.message
      resolve()
    })
    child.on('close', () => resolve())
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < errorCharacters) errors += text
  })
  const answer = child.stdio[answerDescriptor]
  if (answer instanceof Readable) {
    readLines(answer, (line) => {
      if ('step' in line) onPackaged()
      else end(line.result)
    }).catch((error: unknown) => end(failedBuild('build_ended', `The build answered nonsense: ${String(error)}`)))
  }
  // It stays open: its end tells the process that this server is gone.
  child.stdin?.on('error', () => undefined).write(`${JSON.stringify(job)}\n`)
  return {
    end,
    result: ended.then(() => {
      clearTimeout(deadline)
      // What it had started and not yet ended.
      kill(child.pid)
      const said = errors.trim() || 'without a word'
      return result ?? failedBuild('build_ended', `The build ended before it was done: ${said}`)
    }),
  }
}

/** A build that failed for one reason. */
export function failedBuild(id: string, msg: string): BuildResult {
  return { kind: 'failed', errors: [buildMessage(id, msg)] }
}

async function readLines(stream: Readable, onLine: (line: BuildLine) => void): Promise<void> {
  let rest = ''
  let characters = 0
  for await (const text of stream.setEncoding('utf8')) {
    characters += String(text).length
    if (characters > answerCharacters) throw new Error(`more than ${answerCharacters} characters`)
    const lines = `${rest}${String(text)}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(JSON.parse(line))
  }
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The whole group is gone already.
  }
}
