import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi, audience, handler } from '../../support/tenant.ts'

/** Everything wrong that a request can be, in the order in which it is found out; each row is set right for the ones after it. */
const steps = [
  { mend: { duplicate: false }, finds: [400, 'invalid_request'] },
  { mend: { grant_type: 'client_credentials' }, finds: [400, 'unsupported_grant_type'] },
  { mend: { client_secret: 'web' }, finds: [401, 'access_denied'] },
  { mend: { client_id: 'granted', client_secret: 'granted' }, finds: [403, 'unauthorized_client'] },
  { mend: { audience: 'urn:none' }, finds: [403, 'access_denied', 'Non-global clients'] },
  { mend: { audience: 'urn:closed' }, finds: [403, 'access_denied', 'Service not enabled'] },
  {
    mend: { audience: 'urn:ungranted' },
    finds: [403, 'access_denied', 'is not authorized to access resource server "urn:closed".'],
  },
  { mend: { audience }, finds: [403, 'access_denied', 'client-grant'] },
  { mend: { organization: undefined }, finds: [400, 'invalid_request', 'organization'] },
  { mend: { scope: '' }, finds: [403, 'access_denied', 'scopes: delete:orders'] },
  { mend: { deny: 'no' }, finds: [400, 'invalid_request', 'an action said so'] },
] as const

let server: TestServer
beforeAll(async () => {
  server = await openServer({
    clients: [
      aClient({ name: 'Web', client_id: 'web', client_secret: 'web', grant_types: [] }),
      aClient({ name: 'Granted', client_id: 'granted', client_secret: 'granted' }),
    ],
    apis: [
      anApi(),
      anApi({ identifier: 'urn:ungranted' }),
      anApi({ identifier: 'urn:closed', subject_type_authorization: { client: { policy: 'deny_all' } } }),
    ],
    grants: [aGrant({ client: 'Granted' })],
    actions: [
      handler(`if (event.request.body.deny === 'yes') api.access.deny('invalid_request', 'an action said so')`),
    ],
  })
})
afterAll(() => server.close())

describe('a request that is wrong in every way', () => {
  let request: Record<string, unknown> = {
    grant_type: 'password',
    client_id: 'web',
    client_secret: 'wrong',
    audience: undefined,
    organization: 'org_1',
    scope: 'delete:orders',
    deny: 'yes',
  }
  let isDoubled = true

  test.each(steps)('is told $finds, until that is mended', async ({ mend, finds }) => {
    const answer = isDoubled
      ? await server.post('grant_type=a&grant_type=b&client_id=web', {
          'content-type': 'application/x-www-form-urlencoded',
        })
      : await server.token(request)
    const [status, error, description = ''] = finds
    expect([answer.status, answer.body.error]).toEqual([status, error])
    expect(String(answer.body.error_description)).toContain(description)
    if ('duplicate' in mend) isDoubled = false
    else request = { ...request, ...mend }
  })

  test('gets its token when nothing is left', async () => {
    expect((await server.token(request)).status).toBe(200)
  })
})
