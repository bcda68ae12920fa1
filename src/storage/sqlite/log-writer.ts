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
  /** `DAY TYPE COUNT`, one a line: the entries among the events. */
  readonly counts: string
  /** How far readers have come, as JSON; `null` is a reader to forget. */
  readonly places?: readonly (readonly [reader: string, place: string | null])[]
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
const addToCount = database.prepare(
  'INSERT INTO day_counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
)
const setPlace = database.prepare('INSERT INTO places VALUES (?, ?) ON CONFLICT DO UPDATE SET place = excluded.place')
const forgetPlace = database.prepare('DELETE FROM places WHERE reader = ?')

const write = database.transaction((group: LogGroup) => {
  if (group.events !== '' || group.executions !== '')
    insertCommit.run(group.sequence, group.committedAt, group.events, group.executions)
  if (group.executionIds !== '') insertExecutionIds.run(group.sequence, group.executionIds)
  if (group.counts !== '') for (const line of group.counts.split('\n')) addCount(line)
  for (const [reader, place] of group.places ?? []) {
    if (place === null) forgetPlace.run(reader)
    else setPlace.run(reader, place)
  }
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

function addCount(line: string): void {
  const [day, type, count] = line.split(' ')
  addToCount.run(day, type, Number(count))
}

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
