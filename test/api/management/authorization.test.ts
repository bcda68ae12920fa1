import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
