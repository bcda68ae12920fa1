import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { handler } from '../../support/tenant.ts'
import { nineDigits, refusal } from './given-action.ts'

describe('an execution', () => {
  let server: TestServer
  beforeAll(async () => {
    const fails = handler("if (event.request.body.fails) throw new Error('nobody is there')")
    server = await openServer({
      actions: [
        { name: 'first', code: handler('') },
        { name: 'second', code: fails },
      ],
    })
  })
  afterAll(() => server.close())

  /** The execution behind an answer of the token endpoint. */
  async function executionOf(parameters: object): Promise<string> {
    const entries = await server.logsOf(await server.token({ ...parameters }))
    const found = /"executions":\["([^"]+)"\]/.exec(JSON.stringify(entries))?.[1]
    if (found === undefined) throw new Error(`no execution in ${JSON.stringify(entries)}`)
    return found
  }

  test('is read by the id in the log, one result an action', async () => {
    const id = await executionOf({})
    const { status, body } = await server.manage('GET', `/actions/executions/${encodeURIComponent(id)}`)
    const times = { started_at: nineDigits, ended_at: nineDigits }
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id,
        trigger_id: 'credentials-exchange',
        status: 'final',
        results: [
          { action_name: 'first', ...times },
          { action_name: 'second', ...times },
        ],
        created_at: nineDigits,
        updated_at: nineDigits,
      },
    })
  })

  test('tells which action failed, and why', async () => {
    const id = await executionOf({ fails: 'yes' })
    const { body } = await server.manage('GET', `/actions/executions/${encodeURIComponent(id)}`)
    expect(body.results).toMatchObject([
      { action_name: 'first' },
      { action_name: 'second', error: { id: expect.any(String), msg: expect.stringContaining('nobody is there') } },
    ])
  })

  test('that there is none of is not found', async () => {
    expect(refusal(await server.manage('GET', '/actions/executions/none'))).toEqual({
      status: 404,
      message: 'That execution does not exist.',
    })
  })
})
