import { randomInt } from 'node:crypto'
import { copyFile, readdir } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { DevFile } from '../../src/cli/dev-file.ts'
import { openSqliteLogStore } from '../../src/storage/sqlite/log-store.ts'
import { askForToken, type DevProcess, freshFolder, startDev } from '../support/dev-process.ts'
import { isFull } from '../support/in-full.ts'

const rounds = isFull ? 20 : 2
const clientsAtOnce = 16
const quickstart = 'examples/quickstart'

describe('a server that is killed with SIGKILL under load', () => {
  test(
    `has logged every token that a client received, and starts again with all it had (${rounds} times)`,
    async () => {
      const dataDir = join(await freshFolder(), 'data')
      let server = await startDev(quickstart, { dataDir })
      const { clients } = await server.devFile()
      const keySet = await keySetOf(server)
      const received: string[] = []
      for (let round = 1; round <= rounds; round += 1) {
        const tokens = await tokensUntilKilled(server, clients[0], randomInt(1, 400))
        expect(tokens.length).toBeGreaterThan(0)
        received.push(...tokens)
        const logged = await loggedRequestIds(dataDir)
        expect(received.filter((id) => !logged.has(id))).toEqual([])

        server = await startDev(quickstart, { dataDir })
        expect((await server.devFile()).clients).toEqual(clients)
        expect(await keySetOf(server)).toEqual(keySet)
        expect((await askForToken(server.url, clients[0])).status).toBe(200)
      }
      expect((await server.stop()).exitCode).toBe(0)
    },
    10_000 + rounds * 5_000,
  )
})

async function keySetOf(server: DevProcess): Promise<unknown> {
  return JSON.parse(await (await fetch(`${server.url}/.well-known/jwks.json`)).text())
}

/**
 * Asks for tokens from many clients at once and kills the server some time after the first `count` of them. Resolves with the request ids of
 * all tokens that arrived whole.
 */
async function tokensUntilKilled(
  server: DevProcess,
  client: DevFile['clients'][number] | undefined,
  count: number,
): Promise<readonly string[]> {
  if (client === undefined) throw new Error('dev.json names no client')
  const { client_id, client_secret, audiences } = client
  const agent = new Agent({ keepAlive: true, maxSockets: clientsAtOnce })
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id,
    client_secret,
    audience: audiences[0] ?? '',
  }).toString()
  const received: string[] = []
  let killing: Promise<void> | undefined
  const askOnAndOn = async () => {
    for (;;) {
      const id = await tokenOrNothing(`${server.url}/oauth/token`, body, agent)
      if (id === undefined) return
      received.push(id)
      // At any point of an exchange, and not just as one has ended.
      if (received.length >= count) killing ??= passed(randomInt(0, 20)).then(() => server.kill('SIGKILL'))
    }
  }
  await Promise.all(Array.from({ length: clientsAtOnce }, askOnAndOn))
  await killing
  agent.destroy()
  // A server that ended by itself has proven nothing.
  expect((await server.ended).signal).toBe('SIGKILL')
  return received
}

/** The request id of a token that arrived whole; nothing once the connection breaks. */
function tokenOrNothing(url: string, body: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const asking = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('error', () => resolve(undefined))
      answer.once('end', () => {
        const id = answer.headers['x-auth0-requestid']
        if (answer.statusCode === 200 && typeof id === 'string' && text.includes('access_token')) resolve(id)
        else reject(new Error(`no token: ${answer.statusCode} ${text}`))
      })
    })
    asking.once('error', () => resolve(undefined))
    asking.end(body)
  })
}

/** The request ids of every token in a log as it lies on disk; a copy is read, so that the next start finds what the kill left. */
async function loggedRequestIds(dataDir: string): Promise<ReadonlySet<unknown>> {
  const folder = await freshFolder()
  for (const name of await readdir(dataDir)) {
    if (/^logs\.db(-wal)?$/.test(name)) await copyFile(join(dataDir, name), join(folder, name))
  }
  const file = join(folder, 'logs.db')
  const logs = await openSqliteLogStore({
    file,
    durability: 'commit',
    clock: Date.now,
    onDefect: (error) => {
      throw error
    },
  })
  try {
    const entries = await logs.list({ limit: Number.MAX_SAFE_INTEGER })
    return new Set(entries.filter(({ type }) => type === 'seccft').map(({ details }) => requestIdIn(details)))
  } finally {
    await logs.close()
  }
}

function requestIdIn(details: unknown): unknown {
  const text: { readonly symbolon?: { readonly request_id?: unknown } } = JSON.parse(JSON.stringify(details))
  return text.symbolon?.request_id
}
