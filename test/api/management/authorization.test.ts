import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'

describe('who may call the Management API', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  test('the client that manages the server reads the client grants', async () => {
    const { status, body } = await server.manage('GET', '/client-grants?include_totals=true')
    expect({ status, body }).toMatchObject({ status: 200, body: { start: 0, limit: 50, total: 2 } })
  })

  test('no answer is kept by anybody in between', async () => {
    const answers = [await server.manage('GET', '/clients'), await server.send('/api/v2/clients')]
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store'])
  })

  test('a call without a token is refused', async () => {
    const { status, body } = await server.send('/api/v2/client-grants')
    expect({ status, body }).toEqual({
      status: 401,
      body: {
        statusCode: 401,
        error: 'Unauthorized',
        message: 'Missing authentication',
        attributes: { error: 'Missing authentication' },
      },
    })
  })

  test('what the server does not have is refused as a scope that is lacking', async () => {
    const { status, body } = await server.manage('GET', '/rules?per_page=100')
    expect({ status, body }).toEqual({
      status: 403,
      body: {
        statusCode: 403,
        error: 'Forbidden',
        message: 'Insufficient scope, expected any of: read:rules',
        errorCode: 'insufficient_scope',
      },
    })
  })

  test('a parameter that is not one is refused by its name', async () => {
    const { status, body } = await server.manage('GET', '/client-grants?colour=red&take=1000')
    expect({ status, body }).toMatchObject({
      status: 400,
      body: {
        message:
          "Query validation error: 'Value 1000 is greater than maximum 100' on property take (also) 'Additional properties not allowed: colour'.",
        errorCode: 'invalid_query_string',
      },
    })
  })
})

test('whoever calls without a token is limited by themselves, and keeps nobody out who has one', async () => {
  const limit = { MANAGEMENT_RATE_LIMIT_PER_SECOND: '1', MANAGEMENT_RATE_LIMIT_BURST: '3' }
  const now = Date.now()
  const limited = await openServer({}, limit, () => now)
  onTestFinished(() => limited.close())
  const strangers = []
  for (let call = 0; call < 5; call += 1) strangers.push((await limited.send('/api/v2/clients')).status)
  expect(strangers).toEqual([401, 401, 401, 429, 429])
  const callers = []
  for (let call = 0; call < 5; call += 1) callers.push((await limited.manage('GET', '/clients')).status)
  expect(callers).toEqual([200, 200, 200, 429, 429])
})
