import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
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
