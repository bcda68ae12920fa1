/**
 * The thread that looks for entries in `logs.db`, on a connection that can only read. Started by `log-searches.ts` with the first search.
 * Searches take turns, step by step; the writer waits for none of them.
 */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { LogSearch } from '../index.ts'
import { LogCommits } from './log-commits.ts'
import { type FoundLines, LogScan } from './log-scan.ts'

/** What the thread is started with. */
export interface LogSearcherData {
  readonly file: string
  /** How much of the log one search may read. */
  readonly mostCharacters: number
}

/** One search, by its number. */
export interface SearchRequest {
  readonly id: number
  readonly search: LogSearch
}

/** How the search of that number ended: what it found, or what went wrong. */
export interface SearchAnswer {
  readonly id: number
  readonly found?: FoundLines
  readonly fault?: string
}

if (parentPort === null) throw new Error('log-searcher.ts runs as a worker thread only')
const port = parentPort
const { file, mostCharacters }: LogSearcherData = workerData
const database = new Database(file, { readonly: true, fileMustExist: true })
const commits = new LogCommits(database)
const scans: { readonly id: number; readonly scan: LogScan }[] = []

port.on('message', ({ id, search }: SearchRequest) => {
  try {
    scans.push({ id, scan: new LogScan(commits, search, mostCharacters) })
    if (scans.length === 1) setImmediate(turn)
  } catch (error) {
    answer({ id, fault: messageOf(error) })
  }
})

function turn(): void {
  const each = scans.shift()
  if (each === undefined) return
  try {
    const found = each.scan.step()
    if (found === undefined) scans.push(each)
    else answer({ id: each.id, found })
  } catch (error) {
    answer({ id: each.id, fault: messageOf(error) })
  }
  if (scans.length > 0) setImmediate(turn)
}

function answer(how: SearchAnswer): void {
  port.postMessage(how)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
