import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGate } from '../../support/gate.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { handler } from '../../support/tenant.ts'

/** Does what the request says: one server, one process, every way an action can end. */
const obedient = handler(`
  const { does, code, reason } = event.request.body
  if (does === 'deny') return api.access.deny(code, reason)
  if (does === 'throw') throw new Error('the ledger said: s3cret')
  if (does === 'throw nothing') throw undefined
  if (does === 'wait') await new Promise(() => {})
  if (does === 'spin') for (;;) {}
`)
const second = { name: 'second', code: handler(`console.log('second ran')`) }

let server: TestServer
beforeAll(async () => {
  server = await openServer({ actions: [obedient, second] }, { EXECUTION_DEADLINE_MS: '1200', RUNNER_STUCK_MS: '800' })
})
afterAll(() => server.close())

const consoleOf = async (answer: Parameters<TestServer['logsOf']>[0]) =>
  JSON.stringify((await server.logsOf(answer)).map(({ details }) => details))

describe('an action that denies', () => {
  test.each([
    ['invalid_request', 400],
    ['invalid_scope', 400],
    ['server_error', 500],
  ])('with %s is answered %i, its reason as the description', async (code, status) => {
    const answer = await server.token({ does: 'deny', code, reason: 'Not today: "ü".' })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ error: code, error_description: 'Not today: "ü".' })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await consoleOf(answer)).not.toContain('second ran')
  })

  test('without a reason is answered with one all the same', async () => {
    const { body } = await server.token({ does: 'deny', code: 'invalid_request' })
    expect(body.error_description).toBe('The exchange was denied by an Action.')
  })

  test('with a code of its own ends as server_error, its reason in the log alone', async () => {
    const answer = await server.token({ does: 'deny', code: 'access_denied', reason: 's3cret reason' })
    expect([answer.status, answer.body.error]).toEqual([500, 'server_error'])
    expect(answer.text).not.toContain('s3cret')
    expect(await consoleOf(answer)).toContain('s3cret reason')
    expect(await consoleOf(answer)).toContain('unknown-deny-code')
  })
})

describe('an action that fails', () => {
  test.each(['throw', 'throw nothing', 'wait', 'spin'])(
    'by %s issues nothing and tells the client a request id',
    async (does) => {
      const answer = await server.token({ does })
      const id = answer.headers.get('x-auth0-requestid')
      expect(answer.status).toBe(500)
      expect(answer.body).toEqual({
        error: 'server_error',
        error_description: `The token could not be issued. Request id: ${id}`,
      })
      expect(await consoleOf(answer)).not.toContain('second ran')
      // The next exchange finds a process.
      expect((await server.token()).status).toBe(200)
    },
  )

  test('does not take others down that run beside it', async () => {
    const answers = await Promise.all([
      server.token({ does: 'throw' }),
      server.token(),
      server.token({ does: 'throw' }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([500, 200, 500])
  })

  test('tells why with ERROR_DETAIL', async () => {
    const told = await openServer({ actions: [obedient] }, { ERROR_DETAIL: 'on' })
    try {
      const { body } = await told.token({ does: 'throw' })
      expect(body.error_description).toMatch(
        /^The token could not be issued: Error: the ledger said: s3cret\. Request id: /,
      )
    } finally {
      await told.close()
    }
  })
})

describe('an action that cannot be loaded', () => {
  test.each([
    ['a syntax error', `exports.onExecuteCredentialsExchange = async () => { 'unterminated }`],
    ['a top-level await', `await null\n${handler('')}`],
    ['an import', `import fs from 'node:fs'\n${handler('')}`],
    ['nothing', ''],
  ])('because of %s fails at the exchange, closed', async (_what, code) => {
    await server.serve({ actions: [code] })
    const answer = await server.token()
    expect([answer.status, answer.body.error]).toEqual([500, 'server_error'])
    expect((await server.logsOf(answer)).map(({ type }) => type)).toEqual(['actions_execution_failed', 'feccft'])
  })

  test('by a top-level return is not among them', async () => {
    await server.serve({ actions: [`${handler(`api.accessToken.setCustomClaim('a', 1)`)}\nreturn`] })
    expect((await server.token()).claims.a).toBe(1)
  })
})

test('a new version runs from the next exchange on', async () => {
  for (const version of [1, 2, 3]) {
    await server.serve({ actions: [handler(`api.accessToken.setCustomClaim('version', ${version})`)] })
    expect((await server.token()).claims.version).toBe(version)
  }
})

test('an exchange that began before a new version ends with the old one', async () => {
  const gate = await openGate()
  const waits = `await fetch(event.request.body.gate)`
  await server.serve({ actions: [handler(`${waits}\napi.accessToken.setCustomClaim('version', 'old')`)] })
  const answer = server.token({ gate: gate.url })
  await gate.reached
  await server.serve({ actions: [handler(`api.accessToken.setCustomClaim('version', 'new')`)] })
  gate.open()
  expect((await answer).claims.version).toBe('old')
  expect((await server.token()).claims.version).toBe('new')
})
