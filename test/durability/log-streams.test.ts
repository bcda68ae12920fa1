import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askForToken, type DevProcess, freshFolder, startDev } from '../support/dev-process.ts'
import { openLogReceiver } from '../support/log-receiver.ts'

const quickstart = 'examples/quickstart'

interface Delivered {
  readonly log_id: string
}

describe('a server with a log stream that is killed with SIGKILL', () => {
  test('goes on where it was: no entry is missing and none is out of order, though some may come twice', async () => {
    const receiver = await openLogReceiver()
    const options = {
      dataDir: join(await freshFolder(), 'data'),
      variables: { LOG_STREAMS_OVER_HTTP: 'on' },
    }
    const delivered = () =>
      receiver.batches.flatMap(({ body }) => body.split('\n').map((line): Delivered => JSON.parse(line)))
    let server = await startDev(quickstart, options)
    const made = await manage(server, 'POST', '/log-streams', { type: 'http', sink: { httpEndpoint: receiver.url } })
    expect(made).toMatchObject({ status: 'active' })
    const { clients } = await server.devFile()
    for (let kill = 1; kill <= 2; kill += 1) {
      const before = delivered().length
      const asking = Array.from({ length: 8 }, async () => {
        // Until the server is gone.
        for (;;) if (!(await isIssued(server, clients[0]))) return
      })
      await receiver.until(() => delivered().length > before + 20)
      server.kill('SIGKILL')
      await Promise.all(asking)
      await server.ended
      server = await startDev(quickstart, options)
    }
    await askForToken(server.url, clients[0])
    const wanted = await logIds(server)
    await receiver.until(() => delivered().some(({ log_id }) => log_id === wanted.at(-1)))
    const first = [...new Set(delivered().map(({ log_id }) => log_id))]
    const begin = wanted.indexOf(first[0] ?? '')
    expect(begin).toBeGreaterThanOrEqual(0)
    expect(first.slice(0, wanted.length - begin)).toEqual(wanted.slice(begin))
    expect((await server.stop()).exitCode).toBe(0)
  }, 60_000)
})

async function isIssued(server: DevProcess, client: Parameters<typeof askForToken>[1]): Promise<boolean> {
  try {
    return (await askForToken(server.url, client)).status === 200
  } catch {
    // A connection that was cut off: the server was killed.
    return false
  }
}

/** Every log id so far, read on from entry to entry as a client would. */
async function logIds(server: DevProcess): Promise<readonly string[]> {
  const ids: string[] = []
  for (;;) {
    const from = ids.at(-1)
    const entries: unknown = await manage(server, 'GET', `/logs?take=100${from === undefined ? '' : `&from=${from}`}`)
    if (!Array.isArray(entries) || entries.length === 0) return ids
    ids.push(...entries.map(({ log_id }) => String(log_id)))
  }
}

const tokens = new Map<DevProcess, Promise<string>>()

async function manage(server: DevProcess, method: string, path: string, body?: object): Promise<unknown> {
  const token = tokens.get(server) ?? managementToken(server)
  tokens.set(server, token)
  const answer = await fetch(`${server.url}/api/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${await token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return answer.json()
}

async function managementToken(server: DevProcess): Promise<string> {
  const { management } = await server.devFile()
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...management })
  const answer = await fetch(`${server.url}/oauth/token`, { method: 'POST', body })
  const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
  return access_token
}
