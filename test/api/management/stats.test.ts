import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'

describe('what happened each day', () => {
  let server: TestServer
  let now = Date.parse('2026-03-10T23:00:00.000Z')
  beforeAll(async () => {
    server = await openServer({}, {}, () => now)
    await server.token()
    await server.token({ client_secret: 'wrong' })
    now = Date.parse('2026-03-11T01:00:00.000Z')
    for (let count = 0; count < 3; count += 1) await server.token()
    now = Date.parse('2026-03-14T12:00:00.000Z')
    await server.token()
  })
  afterAll(() => server.close())

  const day = (date: string, logins: number, updated_at: string) => ({
    date: `${date}T00:00:00.000Z`,
    logins,
    signups: 0,
    leaked_passwords: 0,
    created_at: `${date}T00:00:00.000Z`,
    updated_at,
  })

  test('the tokens of each day are counted as logins, the refused ones not', async () => {
    const { status, text } = await server.manage('GET', '/stats/daily?from=20260301&to=20260312')
    expect({ status, days: JSON.parse(text) }).toEqual({
      status: 200,
      days: [day('2026-03-10', 1, '2026-03-10T23:59:59.999Z'), day('2026-03-11', 3, '2026-03-11T23:59:59.999Z')],
    })
  })

  test('without days, the last thirty are told of', async () => {
    // The token that the question is asked with is one of today's.
    const before = JSON.parse((await server.manage('GET', '/stats/daily')).text)
    expect(before.map(({ date }: { readonly date: string }) => date.slice(0, 10))).toEqual([
      '2026-03-10',
      '2026-03-11',
      '2026-03-14',
    ])
    expect(before.at(-1)).toEqual(day('2026-03-14', 2, '2026-03-14T12:00:00.000Z'))
  })

  test.each(['2026-03-01', '20260230', '', 'yesterday'])('%j is no day', async (from) => {
    const { status, body } = await server.manage('GET', `/stats/daily?from=${from}`)
    expect({ status, body }).toMatchObject({
      status: 400,
      body: {
        message: `The value "${from}" of from is no day; write it as YYYYMMDD`,
        errorCode: 'invalid_query_string',
      },
    })
  })

  test('there are no active users: nobody signs in', async () => {
    const { status, text } = await server.manage('GET', '/stats/active-users')
    expect({ status, text }).toEqual({ status: 200, text: '0' })
  })
})
