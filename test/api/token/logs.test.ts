import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, basic, openServer, type TestServer } from '../../support/server.ts'
import { audience, billing, handler } from '../../support/tenant.ts'

const first = {
  name: 'Enrich token',
  code: handler(`
    console.log('order', event.request.body.order_id)
    api.accessToken.setCustomClaim('sub', 'admin').accessToken.setCustomClaim('key', event.secrets.LEDGER_KEY.length)
    api.transaction.addTargetScope('delete:orders')
  `),
  secrets: { LEDGER_KEY: 'action-secret-value' },
}
const second = {
  name: 'Gate',
  code: handler(`
    const { does } = event.request.body
    if (does === 'deny') api.access.deny('invalid_request', 'closed on Sundays')
    if (does === 'throw') throw new RangeError('the ledger is full')
  `),
}

let server: TestServer
beforeAll(async () => {
  server = await openServer({ actions: [first, second] })
})
afterAll(() => server.close())

const common = {
  client_id: billing.client_id,
  client_name: billing.name,
  audience,
  hostname: 'auth.example.com',
  ip: '127.0.0.1',
  tenant_name: 'example',
  environment_name: 'self-hosted',
  user_agent: 'orders/1.0',
  connection: '',
  user_id: '',
  $event_schema: { version: '1.0.0' },
}
const headers = { 'user-agent': 'orders/1.0' }

/** The id of the execution that an answer's last entry names. */
async function executionIdOf(answer: Answer): Promise<string> {
  const details = (await server.logsOf(answer)).at(-1)?.details as
    | { readonly actions: { readonly executions: readonly string[] } }
    | undefined
  return details?.actions.executions[0] ?? ''
}

describe('a granted exchange', () => {
  test('leaves one seccft entry with what was granted, and explains what was dropped', async () => {
    const answer = await server.token({ order_id: '7', correlation_id: 'abc-1' }, { headers })
    const entries = await server.logsOf(answer)
    expect(entries).toMatchObject([
      {
        ...common,
        type: 'seccft',
        scope: 'read:orders write:orders',
        references: { correlation_id: 'abc-1' },
        details: {
          actions: { executions: [expect.any(String)] },
          symbolon: {
            dropped: [
              { kind: 'claim', action: 'Enrich token', name: 'sub', rule: 'restricted-name' },
              { kind: 'scope', action: 'Enrich token', name: 'delete:orders', rule: 'outside-grant' },
            ],
            console: [{ action: 'Enrich token', text: 'order 7' }],
          },
        },
      },
    ])
    expect(entries[0]?.log_id).toMatch(/^900\d{30}$/)
    expect(entries[0]?._id).toBe(entries[0]?.log_id)
    expect(answer.text).not.toContain('dropped')
  })

  test('leaves the record of its execution', async () => {
    const id = await executionIdOf(await server.token())
    expect(await server.execution(id)).toEqual({
      id,
      trigger_id: 'credentials-exchange',
      status: 'final',
      results: ['Enrich token', 'Gate'].map((action_name) => ({
        action_name,
        started_at: expect.stringMatching(/Z$/),
        ended_at: expect.stringMatching(/Z$/),
      })),
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    })
  })

  test('is in the log before its answer is out, in order, whatever runs beside it', async () => {
    const before = (await server.logs()).length
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const answer = await server.token({ order_id: String(index) })
        const [entry] = await server.logsOf(answer)
        return JSON.stringify(entry).includes(`order ${index}"`)
      }),
    )
    expect(answers).toEqual(Array.from({ length: 20 }, () => true))
    const after = await server.logs()
    expect(after.length).toBe(before + 20)
    const ids = after.map(({ log_id }) => log_id)
    expect(ids).toEqual([...new Set(ids)].sort())
  })
})

describe('an exchange that is not granted', () => {
  test('by a denial leaves feccft with the reason, and a final execution', async () => {
    const answer = await server.token({ does: 'deny' }, { headers })
    expect(await server.logsOf(answer)).toMatchObject([{ ...common, type: 'feccft', description: 'closed on Sundays' }])
    expect(await server.execution(await executionIdOf(answer))).toMatchObject({ status: 'final' })
  })

  test('by a failure leaves actions_execution_failed, then feccft, and a partial execution that names the action', async () => {
    const answer = await server.token({ does: 'throw' }, { headers })
    const [failure, end] = await server.logsOf(answer)
    const id = await executionIdOf(answer)
    expect(failure).toMatchObject({
      ...common,
      type: 'actions_execution_failed',
      description: 'Gate: RangeError: the ledger is full',
      details: {
        trigger_id: 'credentials-exchange',
        execution_id: id,
        action_id: expect.any(String),
        action_name: 'Gate',
        version_id: expect.any(String),
        binding_id: expect.any(String),
        error_class: 'action_error',
        action_error: {
          name: 'RangeError',
          message: 'the ledger is full',
          stack: expect.stringContaining('action.js'),
        },
      },
    })
    expect(end).toMatchObject({ ...common, type: 'feccft' })
    expect(await server.execution(id)).toMatchObject({
      status: 'partial',
      results: [{ action_name: 'Enrich token' }, { action_name: 'Gate', error: { id: 'threw' } }],
    })
  })

  test.each([
    ['a wrong secret', { client_secret: 'wrong-secret-value' }, 'Unauthorized', billing.client_id],
    ['an unknown client', { client_id: 'wrong-client-id-value' }, 'Unauthorized', null],
    ['an unknown audience', { audience: 'urn:none' }, 'Service not enabled within domain: urn:none', billing.client_id],
    ['a scope outside the grant', { scope: 'admin' }, 'Client has not been granted scopes: admin', billing.client_id],
  ])(
    'because of %s leaves feccft, no execution, and the client as far as it is known',
    async (_what, parameters, description, client_id) => {
      const answer = await server.token(parameters)
      expect(await server.logsOf(answer)).toMatchObject([
        { type: 'feccft', description, client_id, details: { actions: { executions: [] } } },
      ])
    },
  )

  test('because it cannot be read leaves feccft too', async () => {
    const answer = await server.post('{', { 'content-type': 'application/json' })
    expect(await server.logsOf(answer)).toMatchObject([{ type: 'feccft', description: 'Invalid request body' }])
  })
})

test('no secret, no token and no body is in the data folder or the operator’s lines', async () => {
  await server.token({}, { as: 'basic' })
  await server.token({ client_assertion: 'assertion-value', client_secret: undefined })
  await server.token({ own: 'own-parameter-value', password: 'password-value' })
  const token = String((await server.token({ refresh_token: 'refresh-token-value' })).body.access_token)
  const secrets = [
    billing.client_secret,
    encodeURIComponent(billing.client_secret),
    basic(billing.client_id, billing.client_secret).slice(6),
    'action-secret-value',
    'wrong-secret-value',
    'wrong-client-id-value',
    'assertion-value',
    'own-parameter-value',
    'password-value',
    'refresh-token-value',
    token.split('.')[2] ?? '',
  ]
  const files = readdirSync(server.dataDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.db|\.js/.test(name),
  )
  expect(files).toEqual(expect.arrayContaining(['config.db', 'logs.db']))
  const written = [...files.map((name) => readFileSync(join(server.dataDir, name), 'latin1')), ...server.operatorLines]
  const encoded = (secret: string) => Buffer.from(secret).toString('latin1')
  for (const secret of secrets)
    expect(
      written.some((text) => text.includes(encoded(secret))),
      secret,
    ).toBe(false)
})
