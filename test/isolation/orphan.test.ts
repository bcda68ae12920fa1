import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isFull } from '../support/in-full.ts'
import { isAlive } from './processes.ts'

test('a server that is killed leaves no process behind, not even one that loops', { timeout: 20_000 }, async () => {
  const server = spawn(process.execPath, [fileURLToPath(new URL('./orphan/server.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line]: unknown[] = await once(server.stdout, 'data')
  const pids: readonly number[] = JSON.parse(String(line))
  expect(pids.length).toBeGreaterThanOrEqual(2)
  expect(pids.filter(isAlive)).toEqual(pids)
  server.kill('SIGKILL')
  await once(server, 'exit')
  await expect.poll(() => pids.filter(isAlive), { timeout: 2_000 }).toEqual([])
})

test('one that is killed while it starts processes leaves none behind either, whenever that is', {
  timeout: 60_000,
}, async ({ skip }) => {
  if (process.platform !== 'linux') return skip('only Linux tells which processes there are')
  // Names the processes: each may read a folder below it.
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-orphans-'))
  try {
    for (let moment = 0; moment < 20; moment += isFull ? 1 : 4) {
      const server = spawn(process.execPath, [fileURLToPath(new URL('./orphan/starting.ts', import.meta.url))], {
        env: { TMPDIR: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(server.stdout, 'data')
      await passed(moment * 9)
      server.kill('SIGKILL')
      await once(server, 'exit')
    }
    await expect.poll(() => processesWith(folder), { timeout: 5_000 }).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** Processes whose command line holds a text. */
function processesWith(text: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(text)
    } catch {
      return false
    }
  })
}
