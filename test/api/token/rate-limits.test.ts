import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'
import { aClient } from '../../support/tenant.ts'

const hourMs = 3_600_000
let nowMs = Date.UTC(2026, 0, 1)
let server: TestServer
beforeAll(async () => {
  server = await openServer({}, { RATE_LIMIT_PER_SECOND: '2', RATE_LIMIT_BURST: '5' }, () => nowMs)
})
afterAll(() => server.close())
// Long enough for a full bucket, and for notices to be due again; a full second.
beforeEach(() => {
  nowMs = (Math.floor(nowMs / hourMs) + 2) * hourMs
})

async function ask(count: number, parameters: Record<string, unknown> = {}): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let n = 0; n < count; n += 1) answers.push(await server.token(parameters))
  return answers
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status)
const remaining = ({ headers }: Answer) => headers.get('x-ratelimit-remaining')

async function noticesSince(count: number) {
  return (await server.logs()).slice(count).filter(({ type }) => type.startsWith('api_limit'))
}

describe('the tenant’s rate limit', () => {
  test('lets a burst through, then as many as come back each second', async () => {
    const answers = await ask(6)
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 429])
    expect(answers.map(remaining)).toEqual(['4', '3', '2', '1', '0', '0'])
    nowMs += 499
    expect((await server.token()).status).toBe(429)
    nowMs += 1
    expect(statuses(await ask(2))).toEqual([200, 429])
    nowMs += 1_000
    expect(statuses(await ask(3))).toEqual([200, 200, 429])
  })

  test('says what it is, in every answer it has counted', async () => {
    const answer = await server.token()
    const headers = Object.fromEntries(answer.headers)
    expect(headers).toMatchObject({
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '4',
      'x-ratelimit-reset': String(nowMs / 1_000 + 1),
    })
    expect(headers).not.toHaveProperty('retry-after')
    const refused = await server.token({ client_secret: 'wrong' })
    expect([refused.status, remaining(refused)]).toEqual([401, '3'])
  })

  test('refuses what is over it with Auth0’s sentence, and says when to come again', async () => {
    await ask(5)
    const answer = await server.token()
    expect([answer.status, answer.body]).toEqual([
      429,
      { error: 'too_many_requests', error_description: 'Global limit has been reached' },
    ])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil(nowMs / 1_000 + 2.5)),
      'retry-after': '1',
      'cache-control': 'no-store',
    })
  })

  test('comes before the client is looked at, and after the request was read', async () => {
    expect(statuses(await ask(6, { client_secret: 'wrong' }))).toEqual([401, 401, 401, 401, 401, 429])
    const unread = await server.token({ grant_type: 'password' })
    expect([unread.status, remaining(unread)]).toEqual([400, null])
  })

  test('holds for requests at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => server.token()))
    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(5)
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(35)
  })

  test('gives nothing for a clock that is set back, and goes on from there', async () => {
    await ask(5)
    nowMs -= hourMs
    expect((await server.token()).status).toBe(429)
    nowMs += 500
    expect(statuses(await ask(2))).toEqual([200, 429])
    nowMs += hourMs
  })

  test('gives way to a quota that is used up, which is what the headers are about then', async () => {
    await server.serve({ clients: [aClient({ token_quota: { client_credentials: { per_hour: 1 } } })] })
    const [token, refused] = await ask(2)
    expect([token?.status, token?.headers.get('x-ratelimit-limit')]).toEqual([200, '5'])
    expect([refused?.status, refused?.headers.get('x-ratelimit-limit')]).toEqual([429, '1'])
    await server.serve({})
  })
})

describe('the tenant’s log', () => {
  test('is warned at 80 %, and told once a minute that the limit was reached', async () => {
    const before = (await server.logs()).length
    await ask(4)
    expect(await noticesSince(before)).toMatchObject([
      {
        type: 'api_limit_warning',
        details: {
          limit: { global: true, size: 5, usage: 4 },
          request: { method: 'POST', path: '/oauth/token' },
        },
      },
    ])
    await ask(20)
    nowMs += 59_999
    await ask(6)
    const notices = await noticesSince(before)
    expect(notices.map(({ type }) => type)).toEqual(['api_limit_warning', 'api_limit'])
    expect(notices[1]).toMatchObject({
      description: 'Global limit has been reached',
      details: {
        limit: { global: true, size: 5, usage: 5 },
        request: { method: 'POST', path: '/oauth/token' },
        response: '{"error":"too_many_requests","error_description":"Global limit has been reached"}',
      },
    })
    nowMs += 1
    await ask(6)
    expect((await noticesSince(before)).map(({ type }) => type)).toEqual([
      'api_limit_warning',
      'api_limit',
      'api_limit',
    ])
  })

  test('is warned by a request that is refused later on, with nothing of that refusal', async () => {
    const before = (await server.logs()).length
    await ask(4, { client_secret: 'wrong' })
    const [warning] = await noticesSince(before)
    expect(warning?.type).toBe('api_limit_warning')
    expect(warning?.description).toBe('80% of the rate limit used')
    expect(warning?.details).not.toHaveProperty('response')
  })

  test('holds one entry for each answer under the limit, and none for those over it', async () => {
    const before = (await server.logs()).length
    await ask(12)
    const types = (await server.logs()).slice(before).map(({ type }) => type)
    expect(types.filter((type) => type === 'seccft')).toHaveLength(5)
    expect(types.filter((type) => type === 'feccft')).toHaveLength(0)
  })
})

test('without a limit there is none, and no header says so', async () => {
  const free = await openServer()
  const answers = await Promise.all(Array.from({ length: 30 }, () => free.token()))
  expect(new Set(statuses(answers))).toEqual(new Set([200]))
  expect(answers.map(remaining)).toEqual(answers.map(() => null))
  await free.close()
})
