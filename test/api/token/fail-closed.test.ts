import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGate } from '../../support/gate.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { handler } from '../../support/tenant.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer({
    actions: [handler(`const { gate } = event.request.body\nif (gate !== undefined) await fetch(gate)`)],
  })
})
afterAll(() => server.close())

describe('when the process of the actions is killed', () => {
  test('in the middle of an exchange, no token leaves and the log says whose fault it was', async () => {
    const gate = await openGate()
    const asked = server.token({ gate: gate.url })
    await gate.reached
    for (const pid of server.actionPids) process.kill(pid, 'SIGKILL')
    const answer = await asked
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({
      error: 'server_error',
      error_description: `The token could not be issued. Request id: ${answer.headers.get('x-auth0-requestid')}`,
    })
    expect(await server.logsOf(answer)).toMatchObject([
      { type: 'actions_execution_failed', details: { error_class: 'platform_error' } },
      { type: 'feccft' },
    ])
  })

  test('the next exchange finds another one', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => server.token()))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })
})

describe('when the log cannot be written', () => {
  test('no token leaves, a refusal is still answered, and tokens come back with the log', async () => {
    server.alterLogs(
      `CREATE TRIGGER full BEFORE INSERT ON commits BEGIN SELECT RAISE(ABORT, 'no space left on the device'); END`,
    )
    const answer = await server.token()
    expect(answer.status).toBe(500)
    expect(Object.keys(answer.body)).toEqual(['error', 'error_description'])
    expect(answer.text).not.toContain('no space left')
    expect(server.operatorLines.some((line) => line.includes('no space left'))).toBe(true)
    expect((await server.token({ client_secret: 'wrong' })).status).toBe(401)
    expect((await server.send('/metrics')).text).toMatch(/symbolon_log_failed_batches_total [1-9]/)

    server.alterLogs('DROP TRIGGER full')
    expect((await server.token()).status).toBe(200)
  })
})

test('a token request while the server stops is answered, and later ones find nobody', async () => {
  const stopping = await openServer({ actions: [handler('await fetch(event.request.body.gate)')] })
  const gate = await openGate()
  const asked = stopping.token({ gate: gate.url })
  await gate.reached
  const closed = stopping.close()
  gate.open()
  expect((await asked).status).toBe(200)
  await closed
  await expect(stopping.send('/healthz')).rejects.toThrow()
})
