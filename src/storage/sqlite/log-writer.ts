/**
 * The thread that writes `logs.db`, and alone does. Started by `log-queue.ts`, which sends one {@link LogGroup} at a time; each is one
 * transaction and one answer. It decides nothing: what it cannot write it says, and the queue rejects.
 */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

/** What the thread is started with. */
export interface LogWriterData {
  readonly file: string
  /** SQLite's `synchronous`: NORMAL leaves commits to the operating system, which survives a kill; FULL syncs each. */
  readonly synchronous: 'NORMAL' | 'FULL'
}

/** What is committed at one moment. The texts hold one JSON text a line; JSON itself never contains a line break. */
export interface LogGroup {
  readonly sequence: number
  readonly committedAt: number
  readonly events: string
  readonly executions: string
  /** How each execution's id is found: `executionPrefix` of `log-reader.ts`. */
  readonly executionIds: string
}

/** How a group ended: `null` when it is committed, else what went wrong. The first answer says that the thread is ready. */
export type LogAnswer = string | null

if (parentPort === null) throw new Error('log-writer.ts runs as a worker thread only')
const port = parentPort
const { file, synchronous }: LogWriterData = workerData
const database = new Database(file, { fileMustExist: true })
database.pragma(`synchronous = ${synchronous}`)
const insertCommit = database.prepare('INSERT INTO commits VALUES (?, ?, ?, ?)')
const insertExecutionIds = database.prepare('INSERT INTO execution_ids VALUES (?, ?)')

const write = database.transaction((group: LogGroup) => {
  insertCommit.run(group.sequence, group.committedAt, group.events, group.executions)
  if (group.executionIds !== '') insertExecutionIds.run(group.sequence, group.executionIds)
})

port.on('message', (group: LogGroup | 'close') => {
  if (group === 'close') {
    database.close()
    port.close()
    return
  }
  answer(attempt(group))
})
answer(null)

function attempt(group: LogGroup): LogAnswer {
  try {
    write(group)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function answer(how: LogAnswer): void {
  port.postMessage(how)
}
