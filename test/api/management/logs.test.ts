import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'
import { billing } from '../../support/tenant.ts'

interface Entry {
  readonly log_id: string
  readonly [name: string]: unknown
}

function entriesOf({ text }: Answer): readonly Entry[] {
  return JSON.parse(text)
}

const find = (server: TestServer, parameters: Readonly<Record<string, string>>, extra = '') =>
  server.manage('GET', `/logs?${new URLSearchParams(parameters)}${extra}`)

describe('the tenant log, read through the API', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
    for (let count = 0; count < 3; count += 1) await server.token()
    await server.token({ client_secret: 'wrong' })
  })
  afterAll(() => server.close())

  test('a token that was issued is found by its client and its type', async () => {
    const issued = await server.token()
    const { status, text } = await find(server, { q: `client_id:"${billing.client_id}" AND type:seccft` })
    expect(status).toBe(200)
    const entries: readonly Entry[] = JSON.parse(text)
    const [entry] = await server.logsOf(issued)
    expect(entries).toHaveLength(4)
    expect(entries[0]).toEqual({ ...entry, isMobile: false })
  })

  test('the newest come first, unless they are asked for in the order of their dates', async () => {
    const all = await server.logs()
    const ids = all.map(({ log_id }) => log_id)
    expect(entriesOf(await find(server, {})).map(({ log_id }) => log_id)).toEqual(ids.toReversed())
    expect(entriesOf(await find(server, { sort: 'date:-1' })).map(({ log_id }) => log_id)).toEqual(ids.toReversed())
    expect(entriesOf(await find(server, { sort: 'date:1' })).map(({ log_id }) => log_id)).toEqual(ids)
    const { status, body } = await find(server, { sort: 'client_name:1' })
    expect({ status, body }).toMatchObject({
      status: 400,
      body: {
        message: 'Logs cannot be sorted by "client_name:1"; give date:-1 or date:1',
        errorCode: 'invalid_query_string',
      },
    })
  })

  test('a page comes bare, or with totals that count the page', async () => {
    const all = entriesOf(await find(server, { per_page: '100' }))
    const page = await find(server, { page: '1', per_page: '2', include_totals: 'true' })
    expect(page.body).toEqual({ start: 2, limit: 2, length: 2, total: 2, logs: all.slice(2, 4) })
    expect((await find(server, { page: '9', per_page: '100', include_totals: 'true' })).body).toEqual({
      start: 900,
      limit: 100,
      length: 0,
      total: 0,
      logs: [],
    })
    expect(entriesOf(await find(server, { page: '9' }))).toEqual([])
    expect(await find(server, { page: '10', per_page: '100' })).toMatchObject({
      status: 400,
      body: { errorCode: 'invalid_paging' },
    })
  })

  test('only the fields that are named come, or all but those', async () => {
    expect(entriesOf(await find(server, { fields: 'type,log_id', q: 'type:feccft' }))).toEqual([
      { type: 'feccft', log_id: expect.any(String) },
    ])
    const [entry] = entriesOf(await find(server, { fields: 'details', include_fields: 'false', per_page: '1' }))
    expect(entry).not.toHaveProperty('details')
    expect(entry).toHaveProperty('hostname')
  })

  test('two searches in one call must both hold', async () => {
    const q = encodeURIComponent(`client_id:${billing.client_id}`)
    const types = entriesOf(await find(server, { q: 'type:*ccft' }, `&q=${q}`)).map(({ type, client_id }) => [
      type,
      client_id,
    ])
    expect(new Set(types.map(([type]) => type))).toEqual(new Set(['seccft', 'feccft']))
    expect(new Set(types.map(([, client_id]) => client_id))).toEqual(new Set([billing.client_id]))
  })

  test('the CLI tails the log: each look begins with the last entry it saw', async () => {
    const seen = [...entriesOf(await find(server, { sort: 'date:-1', page: '0', per_page: '100' }))].reverse()
    const looks: string[][] = []
    for (let look = 0; look < 3; look += 1) {
      if (look < 2) await server.token()
      const last = seen.at(-1)?.log_id ?? ''
      const answer = await find(
        server,
        { sort: 'date:-1', page: '0', per_page: '100', q: `log_id:[${last} TO *]` },
        '&q=type:seccft',
      )
      const found = entriesOf(answer).filter(({ log_id }) => log_id !== last)
      looks.push(found.map(({ type }) => String(type)))
      seen.push(...found.toReversed())
    }
    expect(looks).toEqual([['seccft'], ['seccft'], []])
  })

  test('one entry is read by its log id', async () => {
    const [entry] = await server.logs()
    const { status, body } = await server.manage('GET', `/logs/${entry?.log_id}`)
    expect({ status, body }).toEqual({ status: 200, body: { ...entry, isMobile: false } })
    for (const id of ['900202601010000000000000000000001', 'nothing', '%27%20OR%201=1']) {
      const { status, body } = await server.manage('GET', `/logs/${id}`)
      expect({ status, body }).toEqual({
        status: 404,
        body: { statusCode: 404, error: 'Not Found', message: 'Log not found.' },
      })
    }
  })

  test('a search that cannot be read is refused, and told where', async () => {
    const { status, body } = await find(server, { q: 'type:seccft AND (client_id:x' })
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        statusCode: 400,
        error: 'Bad Request',
        message: 'The search cannot be read at character 17: a parenthesis is never closed',
        errorCode: 'invalid_query_string',
      },
    })
  })

  test.each([`' OR '1'='1`, 'type:"\' OR 1=1 --"', 'type:%', `type:"'); DROP TABLE commits; --"`, 'type:"se_cft"'])(
    '%s is text and nothing else',
    async (q) => {
      const { status, text } = await find(server, { q })
      expect({ status, text }).toEqual({ status: 200, text: '[]' })
      expect(entriesOf(await find(server, {})).length).toBeGreaterThan(0)
    },
  )

  test('the older parameter of a search is understood', async () => {
    const entries = entriesOf(await find(server, { search: 'application:bill type:FECC' }))
    expect(entries.map(({ type }) => type)).toEqual(['feccft'])
  })

  test('by checkpoint, the answer links to what comes next, which may be nothing yet', async () => {
    const [first] = await server.logs()
    const link = async (from: string, take: string) => (await find(server, { from, take })).headers.get('link')
    const next = (from: string | undefined, take: string) =>
      `<https://auth.example.com/api/v2/logs?from=${from}&take=${take}>; rel="next"`
    const [, second] = await server.logs()
    expect(await link(first?.log_id ?? '', '1')).toBe(next(second?.log_id, '1'))
    const last = (await server.logs()).at(-1)?.log_id ?? ''
    expect(await link(last, '5')).toBe(next(last, '5'))
  })

  test('another scope, or another from, is refused', async () => {
    expect(await find(server, { from: '17' })).toMatchObject({
      status: 400,
      body: { message: 'The value "17" of from is no log_id; give that of an entry' },
    })
    const { access_token } = (await server.token()).body
    expect(await server.manage('GET', '/logs', undefined, { authorization: `Bearer ${access_token}` })).toMatchObject({
      status: 401,
    })
  })
})

describe('the tenant log, read on from entry to entry', () => {
  test('while tokens are issued, every entry comes once, in order, whatever else is asked', async () => {
    const server = await openServer()
    onTestFinished(() => server.close())
    let isIssuing = true
    const issuing = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let count = 0; count < 60; count += 1) await server.token()
      }),
    ).finally(() => {
      isIssuing = false
    })
    const seen: string[] = []
    for (let rest = 1; isIssuing || rest > 0; ) {
      const from = seen.at(-1)
      const entries = entriesOf(
        await find(server, { take: '7', q: 'type:none', sort: 'date:-1', ...(from !== undefined && { from }) }),
      )
      seen.push(...entries.map(({ log_id }) => log_id))
      rest = entries.length
    }
    await issuing
    for (let rest = 1; rest > 0; ) {
      const entries = entriesOf(await find(server, { take: '100', from: seen.at(-1) ?? '' }))
      seen.push(...entries.map(({ log_id }) => log_id))
      rest = entries.length
    }
    expect(seen.length).toBeGreaterThanOrEqual(240)
    expect(seen).toEqual((await server.logs()).map(({ log_id }) => log_id))
  })
})
