import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ManagedServer, startManagedServe } from '../support/managed-server.ts'
import { type ReadList, type SdkProgram, startSdk } from './auth0-node/program.ts'

let server: ManagedServer
let sdk: SdkProgram
beforeAll(async () => {
  server = await startManagedServe({ MANAGEMENT_RATE_LIMIT_PER_SECOND: '1', MANAGEMENT_RATE_LIMIT_BURST: '1' })
  sdk = startSdk('auth0', server)
})
afterAll(() => sdk.close())

describe('npm auth0 7 where calls are limited', () => {
  test('waits as it is told and gets its answer; without retries it throws', async () => {
    const { client_id, client_secret } = server.management
    const options = { clientId: client_id, clientSecret: client_secret, maxRetries: 0 }
    const calls = [1, 2, 3].map(() => sdk.callWith(options, 'clients.list', { per_page: 100 }))
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({
        thrown: expect.objectContaining({
          class: 'TooManyRequestsError',
          statusCode: 429,
          body: {
            statusCode: 429,
            error: 'Too Many Requests',
            message: 'Global limit has been reached',
            errorCode: 'too_many_requests',
          },
        }),
      }),
    })
    const { data } = await sdk.call<ReadList>('clients.list', { per_page: 100 })
    expect(data.length).toBeGreaterThan(0)
  })
})
