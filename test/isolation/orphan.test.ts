import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('a server that is killed leaves no process behind, not even one that loops', { timeout: 20_000 }, async () => {
  const server = spawn(process.execPath, [join(import.meta.dirname, 'orphan', 'server.ts')], {
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

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
