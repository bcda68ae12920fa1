import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteLogStore } from '../../src/storage/sqlite/log-store.ts'
import { isFull } from '../support/in-full.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { aBatch } from './log-store.ts'

const rounds = isFull ? 20 : 3
const appender = fileURLToPath(new URL('./log-appender.ts', import.meta.url))

describe('a log whose process is killed at any moment', () => {
  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'has every event that was acknowledged, once, and its execution (round %i)',
    async () => {
      const file = join(await temporaryFolder(), 'logs.db')
      const acknowledged = await acknowledgedUntilKilled(file, randomInt(1, 4_000))
      const logs = await openSqliteLogStore({
        file,
        durability: 'commit',
        clock: Date.now,
        onDefect: (error) => {
          throw error
        },
      })
      onTestFinished(() => logs.close())
      const found = (await logs.list({ limit: Number.MAX_SAFE_INTEGER })).map(({ description }) => Number(description))
      const distinct = new Set(found)
      expect(acknowledged.length).toBeGreaterThan(0)
      expect(acknowledged.filter((number) => !distinct.has(number))).toEqual([])
      expect(distinct.size).toBe(found.length)
      const last = acknowledged.at(-1)
      expect(await logs.execution(`run ${last}`)).toMatchObject({ id: `run ${last}` })
      await logs.append(aBatch('after the kill'))
      expect(await logs.list({ newest: true, limit: 1 })).toMatchObject([{ description: 'after the kill' }])
    },
  )
})

/** Runs an appender, kills it after it has acknowledged about `count` events, and resolves with all it ever acknowledged. */
async function acknowledgedUntilKilled(file: string, count: number): Promise<readonly number[]> {
  const { events, executions } = aBatch('any')
  const sample = JSON.stringify({ event: events[0], execution: executions[0] })
  const child = spawn(process.execPath, [appender, file, sample], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  let lines = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    lines += text.split('\n').length - 1
    if (lines >= count) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  // An appender that ended by itself has proven nothing.
  expect(signal).toBe('SIGKILL')
  // A line may be cut off; its event was acknowledged, but its number is not known.
  return printed.split('\n').slice(0, -1).map(Number)
}
