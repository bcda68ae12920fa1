import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newAuthority, newCertificate } from '../../support/certificates.ts'
import { inFull } from '../../support/in-full.ts'
import { type LogReceiver, openLogReceiver } from '../../support/log-receiver.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const overHttp = { LOG_STREAMS_OVER_HTTP: 'on' }

async function open(environment: Readonly<Record<string, string>> = overHttp, clock = Date.now): Promise<TestServer> {
  const server = await openServer({}, environment, clock)
  onTestFinished(() => server.close())
  return server
}

async function stream(server: TestServer, sink: object, rest: object = {}): Promise<string> {
  const { status, body, text } = await server.manage('POST', '/log-streams', {
    name: 'Test',
    type: 'http',
    sink,
    ...rest,
  })
  if (status !== 200) throw new Error(text)
  return String(body.id)
}

const patch = (server: TestServer, id: string, body: object) => server.manage('PATCH', `/log-streams/${id}`, body)

/** The management client's token of now: the one that a test began with ends after a day of its clock. */
async function freshToken(server: TestServer): Promise<Readonly<Record<string, string>>> {
  const { body } = await server.postForm('/oauth/token', {
    grant_type: 'client_credentials',
    ...server.managementClient,
  })
  return { authorization: `Bearer ${body.access_token}` }
}

interface Delivered {
  readonly log_id: string
  readonly data: Readonly<Record<string, unknown>>
}

function lines(receiver: LogReceiver): readonly Delivered[] {
  return receiver.batches.flatMap(({ body }) => body.split('\n').map((line): Delivered => JSON.parse(line)))
}

/** The ids of what was delivered, each where it came first. */
function firstOf(entries: readonly Delivered[]): readonly string[] {
  return [...new Set(entries.map(({ log_id }) => log_id))]
}

/** The ids of the log, but for what was logged before the stream was there. */
async function idsFrom(server: TestServer, first: string | undefined): Promise<readonly string[]> {
  const ids = (await server.logs()).map(({ log_id }) => log_id)
  return ids.slice(ids.indexOf(first ?? ''))
}

describe('what is logged goes where a log stream says', () => {
  test('every entry, in order, while tokens are issued, the receiver fails now and then, and the server is started again', async () => {
    const receiver = await openLogReceiver()
    const environment = { ...overHttp, DATA_DIR: join(await temporaryFolder(), 'data') }
    const first = await openServer({}, environment)
    await first.token()
    await stream(first, { httpEndpoint: receiver.url })
    receiver.failNext(503, 'cut')
    const issue = async (server: TestServer) => {
      for (let count = 0; count < 40; count += 1) {
        await server.token()
      }
    }
    await Promise.all([issue(first), issue(first)])
    await receiver.until(() => receiver.batches.length > 0)
    await first.close()
    const again = await openServer({}, environment)
    onTestFinished(() => again.close())
    receiver.failNext(500, 302)
    await issue(again)
    const last = await again.token()
    const [entry] = await again.logsOf(last)
    await receiver.until(() => lines(receiver).some(({ log_id }) => log_id === entry?.log_id))
    const delivered = lines(receiver)
    const wanted = await idsFrom(again, delivered[0]?.log_id)
    expect(wanted.length).toBeGreaterThan(120)
    expect(firstOf(delivered)).toEqual(wanted)
    expect(delivered[0]?.data).toMatchObject({ type: 'sapi', description: 'POST /log-streams' })
    expect(receiver.failures).toBeGreaterThanOrEqual(4)
  })

  test('an entry is the one of the log, with its headers as the sink says', async () => {
    const receiver = await openLogReceiver()
    const server = await open()
    await stream(server, {
      httpEndpoint: receiver.url,
      httpAuthorization: 'Bearer collector',
      httpContentType: 'application/x-ndjson',
      httpCustomHeaders: [{ header: 'x-tenant', value: 'example' }],
    })
    const [entry] = await server.logsOf(await server.token())
    await receiver.until(() => lines(receiver).some(({ log_id }) => log_id === entry?.log_id))
    const { _id, ...data } = { ...entry, isMobile: false }
    expect(lines(receiver).at(-1)).toEqual({ log_id: _id, data })
    expect(receiver.batches[0]?.headers).toMatchObject({
      authorization: 'Bearer collector',
      'content-type': 'application/x-ndjson',
      'x-tenant': 'example',
    })
  })

  inFull('as one list, or each by itself, where the sink says so', async () => {
    const [list, objects] = [await openLogReceiver(), await openLogReceiver()]
    const server = await open()
    await stream(server, { httpEndpoint: list.url, httpContentFormat: 'JSONARRAY' })
    await stream(server, { httpEndpoint: objects.url, httpContentFormat: 'JSONOBJECT' })
    for (let count = 0; count < 3; count += 1) await server.token()
    const arrays = () => list.batches.flatMap(({ body }): readonly Delivered[] => JSON.parse(body))
    await list.until(() => arrays().filter(({ data }) => data.type === 'seccft').length === 3)
    await objects.until(
      () => objects.batches.filter(({ body }) => JSON.parse(body).data.type === 'seccft').length === 3,
    )
    expect(list.batches[0]?.headers['content-type']).toBe('application/json')
  })

  inFull('only what its filters let through, and what it keeps back as asterisks', async () => {
    const receiver = await openLogReceiver()
    const server = await open()
    const code = `exports.onExecuteCredentialsExchange = async (event) => { if (event.request.body.fail) throw new Error('told') }`
    await server.serve({ actions: [code] })
    await stream(
      server,
      { httpEndpoint: receiver.url },
      {
        filters: [
          { type: 'category', name: 'auth.token_exchange.fail' },
          { type: 'category', name: 'actions' },
        ],
        pii_config: { log_fields: ['first_name'], method: 'hash' },
      },
    )
    for (const fail of [undefined, 'yes', undefined]) await server.token({ fail })
    await receiver.until(() => lines(receiver).length === 2)
    expect(lines(receiver).map(({ data }) => data.type)).toEqual(['actions_execution_failed', 'feccft'])
    expect(lines(receiver)[0]?.data.details).toMatchObject({ action_error: { name: '*****', message: 'told' } })
  })

  inFull('from the time it names, or from its beginning on', async () => {
    let now = Date.parse('2026-03-01T00:00:00.000Z')
    const [old, fresh] = [await openLogReceiver(), await openLogReceiver()]
    const server = await open(overHttp, () => now)
    await server.token()
    now = Date.parse('2026-03-02T00:00:00.000Z')
    await server.token()
    await stream(server, { httpEndpoint: old.url }, { startFrom: '2026-03-01T12:00:00Z' })
    await stream(server, { httpEndpoint: fresh.url })
    const [entry] = await server.logsOf(await server.token())
    for (const receiver of [old, fresh])
      await receiver.until(() => lines(receiver).some(({ log_id }) => log_id === entry?.log_id))
    const types = (receiver: LogReceiver) => lines(receiver).map(({ data }) => data.type)
    expect(types(old)).toEqual(['seccft', 'seccft', 'sapi', 'sapi', 'seccft'])
    expect(types(fresh)).toEqual(['sapi', 'seccft'])
  })

  inFull('not while it is paused, and then all that it missed', async () => {
    const receiver = await openLogReceiver()
    const server = await open()
    const id = await stream(server, { httpEndpoint: receiver.url })
    await receiver.until(() => lines(receiver).length === 1)
    await patch(server, id, { status: 'paused' })
    await server.token()
    const [entry] = await server.logsOf(await server.token())
    await patch(server, id, { status: 'active' })
    await receiver.until(() => lines(receiver).some(({ log_id }) => log_id === entry?.log_id))
    const seen = firstOf(lines(receiver))
    expect(seen).toEqual((await idsFrom(server, seen[0])).slice(0, seen.length))
  })

  test('and a receiver that never answers keeps nobody waiting: no token, no change, and no end of the server', async () => {
    const receiver = await openLogReceiver()
    const server = await open()
    receiver.failNext('never', 'never')
    const id = await stream(server, { httpEndpoint: receiver.url })
    await receiver.until(() => receiver.failures === 1)
    expect((await Promise.all(Array.from({ length: 20 }, () => server.token()))).map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, () => 200),
    )
    expect((await patch(server, id, { status: 'paused' })).body.status).toBe('paused')
    expect((await patch(server, id, { status: 'active' })).body.status).toBe('active')
    await receiver.until(() => receiver.failures === 2)
    await server.close()
    expect(receiver.batches).toEqual([])
  })

  inFull('until it failed for seven days: then it is suspended, and goes on when it is set active', async () => {
    let now = Date.parse('2026-03-01T00:00:00.000Z')
    const receiver = await openLogReceiver()
    const server = await open(overHttp, () => now)
    receiver.failAlways(500)
    const id = await stream(server, { httpEndpoint: receiver.url })
    const isTold = () => server.operatorLines.some((line) => line.includes('could not be delivered'))
    await expect.poll(isTold, { timeout: 10_000 }).toBe(true)
    now += 6.9 * 24 * 3_600_000
    const { failures } = receiver
    await receiver.until(() => receiver.failures > failures)
    const status = async () => {
      const { body } = await server.manage('GET', `/log-streams/${id}`, undefined, await freshToken(server))
      return body.status
    }
    expect(await status()).toBe('active')
    now += 0.2 * 24 * 3_600_000
    await expect.poll(status, { timeout: 15_000 }).toBe('suspended')
    expect(server.operatorLines.join('\n')).toContain('failed for seven days')
    receiver.failAlways(undefined)
    await server.manage('PATCH', `/log-streams/${id}`, { status: 'active' }, await freshToken(server))
    const descriptions = () => lines(receiver).map(({ data }) => data.description)
    await receiver.until(() => descriptions().includes('PATCH /log-streams/:id'))
    expect(descriptions()[0]).toBe('POST /log-streams')
  })

  inFull('over HTTPS, to whom the system trusts, and to nobody else', async () => {
    const authority = await newAuthority('Collectors')
    const trusted = await openLogReceiver(await newCertificate([['CN', 'localhost']], { issuer: authority }))
    const stranger = await openLogReceiver(await newCertificate([['CN', 'localhost']]))
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority.cert])
    onTestFinished(() => setDefaultCACertificates(before))
    const server = await open({})
    await stream(server, { httpEndpoint: stranger.url })
    await stream(server, { httpEndpoint: trusted.url })
    await trusted.until(() => lines(trusted).length > 0)
    const isTold = () => server.operatorLines.some((line) => line.includes('could not be delivered'))
    await expect.poll(isTold).toBe(true)
    expect(stranger.batches).toEqual([])
  })
})

describe('a log stream into a file', () => {
  const fileOf = async (path: string): Promise<readonly Delivered[]> => {
    const text = await readFile(path, 'utf8').catch(() => '')
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }

  test('has a line for each entry, in order, over a restart and when the file was moved away', async () => {
    const folder = join(await temporaryFolder(), 'streams')
    const environment = { LOG_STREAM_DIR: folder, DATA_DIR: join(await temporaryFolder(), 'data') }
    const path = join(folder, 'audit', 'tokens.jsonl')
    const has = async (log_id: string | undefined) =>
      expect
        .poll(async () => (await fileOf(path)).some((entry) => entry.log_id === log_id), { timeout: 10_000 })
        .toBe(true)
    const first = await openServer({}, environment)
    await stream(first, { path: 'audit/tokens.jsonl' }, { type: 'file' })
    const [one] = await first.logsOf(await first.token())
    await has(one?.log_id)
    await rename(path, join(folder, 'audit', 'tokens.1'))
    const [two] = await first.logsOf(await first.token())
    await has(two?.log_id)
    await first.close()
    // As a server would leave it that was killed in the middle of a line.
    await writeFile(path, '{"log_id":"half', { flag: 'a' })
    const again = await openServer({}, environment)
    onTestFinished(() => again.close())
    const [three] = await again.logsOf(await again.token())
    const text = () => readFile(path, 'utf8')
    await expect.poll(async () => (await text()).includes(three?.log_id ?? ' '), { timeout: 10_000 }).toBe(true)
    const ofFile = (await text())
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line): Delivered => JSON.parse(line))
    const delivered = [...(await fileOf(join(folder, 'audit', 'tokens.1'))), ...ofFile]
    expect(firstOf(delivered)).toEqual(await idsFrom(again, delivered[0]?.log_id))
    expect(await readdir(join(folder, 'audit'))).toEqual(['tokens.1', 'tokens.jsonl'])
  })

  test.each(['../out.log', '/etc/out.log', 'a/../../out.log', './x', 'a//b', 'a\\b', 'a\0b', ''])(
    'is not written to %j',
    async (path) => {
      const server = await open({ LOG_STREAM_DIR: await temporaryFolder() })
      const answer = await server.manage('POST', '/log-streams', { type: 'file', sink: { path } })
      expect(answer).toMatchObject({ status: 400, body: { errorCode: 'invalid_body' } })
    },
  )

  test('does not follow links out of its folder', async () => {
    const [folder, outside] = [await temporaryFolder(), await temporaryFolder()]
    await symlink(outside, join(folder, 'folder'))
    await symlink(join(outside, 'file'), join(folder, 'link'))
    const server = await open({ LOG_STREAM_DIR: folder })
    for (const path of ['folder/x.log', 'link']) await stream(server, { path }, { type: 'file' })
    const troubles = () => server.operatorLines.filter((line) => line.includes('could not be delivered')).length
    await expect.poll(troubles).toBe(2)
    expect(await readdir(outside)).toEqual([])
    await rm(join(folder, 'folder'))
    await mkdir(join(folder, 'folder'))
    await expect
      .poll(() => fileOf(join(folder, 'folder', 'x.log')).then(({ length }) => length), { timeout: 10_000 })
      .toBeGreaterThan(0)
  })
})
