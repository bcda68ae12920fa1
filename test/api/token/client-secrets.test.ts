import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, billing } from '../../support/tenant.ts'

const unauthorized = { error: 'access_denied', error_description: 'Unauthorized' }
const day = 86_400
const start = Date.UTC(2026, 5, 1, 12, 30)

let nowMs = start
let server: TestServer
beforeAll(async () => {
  const names = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']
  server = await openServer(
    {
      clients: [aClient(), ...names.map((name) => aClient({ name, client_id: name, client_secret: `${name}-old` }))],
      grants: ['Billing', ...names].map((client) => aGrant({ client })),
    },
    {},
    () => nowMs,
  )
})
afterAll(() => server.close())

const statusOf = async (client_id: string, client_secret: string) => {
  const { status, body } = await server.token({ client_id, client_secret })
  if (status !== 200) expect({ status, body }).toEqual({ status: 401, body: unauthorized })
  return status
}

describe('a client secret that is rotated', () => {
  test('goes on for as long as is said, beside the new one, and ends to the millisecond', async () => {
    const { client_secret } = await server.rotateClientSecret('first', day)
    expect(client_secret).toMatch(/^[\w-]{64}$/)
    for (const passed of [0, day * 500, day * 1_000 - 1]) {
      nowMs = start + passed
      expect([await statusOf('first', 'first-old'), await statusOf('first', client_secret)]).toEqual([200, 200])
    }
    nowMs = start + day * 1_000
    expect([await statusOf('first', 'first-old'), await statusOf('first', client_secret)]).toEqual([401, 200])
  })

  test('ends at once when nothing is said, as at Auth0', async () => {
    const { client_secret } = await server.rotateClientSecret('second')
    expect([await statusOf('second', 'second-old'), await statusOf('second', client_secret)]).toEqual([401, 200])
  })

  test('twice, leaves two: the oldest ends with the second rotation', async () => {
    const one = await server.rotateClientSecret('third', day)
    const two = await server.rotateClientSecret('third', day)
    expect(await statusOf('third', 'third-old')).toBe(401)
    expect(await statusOf('third', one.client_secret)).toBe(200)
    expect(await statusOf('third', two.client_secret)).toBe(200)
  })

  test('can be ended before its time', async () => {
    const { client_secret } = await server.rotateClientSecret('fourth', day)
    expect(await statusOf('fourth', 'fourth-old')).toBe(200)
    expect(await server.endPreviousClientSecret('fourth')).toBe(true)
    expect([await statusOf('fourth', 'fourth-old'), await statusOf('fourth', client_secret)]).toEqual([401, 200])
    expect(await server.endPreviousClientSecret('fourth')).toBe(false)
  })

  test('by header and by body alike', async () => {
    await server.rotateClientSecret(billing.client_id, day)
    for (const as of ['form', 'json', 'basic'] as const) expect((await server.token({}, { as })).status).toBe(200)
    await server.endPreviousClientSecret(billing.client_id)
    for (const as of ['form', 'json', 'basic'] as const) expect((await server.token({}, { as })).status).toBe(401)
  })

  test('says why it was refused in the log alone', async () => {
    const { client_secret } = await server.rotateClientSecret('fifth', day)
    nowMs += day * 1_000
    const expired = await server.token({ client_id: 'fifth', client_secret: 'fifth-old' })
    const wrong = await server.token({ client_id: 'fifth', client_secret: 'never' })
    expect(expired.text).toBe(wrong.text)
    const reasons = await Promise.all([expired, wrong].map((answer) => server.logsOf(answer)))
    expect(reasons.map(([entry]) => entry?.details?.client_authentication_error)).toEqual([
      'the client secret has expired',
      'the client secret is wrong',
    ])
    expect(await statusOf('fifth', client_secret)).toBe(200)
    const log = JSON.stringify(await server.logs())
    for (const secret of ['fifth-old', client_secret]) expect(log).not.toContain(secret)
  })

  test('is listed with its time and its last use, to the hour, and never itself', async () => {
    const began = new Date(nowMs).toISOString()
    const { client_secret } = await server.rotateClientSecret('sixth', day)
    expect(await server.listClientSecrets('sixth')).toEqual([
      { created_at: began },
      { created_at: expect.any(String), expires_at: new Date(nowMs + day * 1_000).toISOString() },
    ])
    await statusOf('sixth', client_secret)
    const hour = (ms: number) => new Date(Math.floor(ms / 3_600_000) * 3_600_000).toISOString()
    const used = await server.listClientSecrets('sixth')
    expect(used.map(({ last_used_at }) => last_used_at)).toEqual([hour(nowMs), undefined])
    await statusOf('sixth', 'wrong')
    nowMs += 2 * 3_600_000
    await statusOf('sixth', 'sixth-old')
    const later = await server.listClientSecrets('sixth')
    expect(later.map(({ last_used_at }) => last_used_at)).toEqual([hour(nowMs - 2 * 3_600_000), hour(nowMs)])
    expect(JSON.stringify(later)).not.toContain(client_secret)
  })
})

test('a rotation under load refuses nobody who has one of the two secrets', async () => {
  let secret = 'load-old'
  const load = await openServer({
    clients: [aClient({ name: 'load', client_id: 'load', client_secret: secret })],
    grants: [aGrant({ client: 'load' })],
  })
  try {
    let isOver = false
    let sent = 0
    const worker = async () => {
      while (!isOver) {
        sent += 1
        expect((await load.token({ client_id: 'load', client_secret: secret })).status).toBe(200)
      }
    }
    const workers = Promise.all(Array.from({ length: 4 }, worker))
    for (let rotations = 0; rotations < 10; rotations += 1) {
      const rotated = await load.rotateClientSecret('load', day)
      const before = sent
      secret = rotated.client_secret
      while (sent < before + 8) await load.token({ client_id: 'load', client_secret: secret })
    }
    isOver = true
    await workers
    expect(sent).toBeGreaterThan(80)
  } finally {
    await load.close()
  }
})

test('a secret that a file fixes takes the place of both', async () => {
  const given = (client_secret: string) => ({
    clients: [aClient({ name: 'fixed', client_id: 'fixed', client_secret })],
    grants: [aGrant({ client: 'fixed' })],
  })
  const fixed = await openServer(given('fixed-1'))
  const status = async (client_secret: string) => (await fixed.token({ client_id: 'fixed', client_secret })).status
  try {
    const { client_secret } = await fixed.rotateClientSecret('fixed', day)
    await fixed.serve(given('fixed-2'))
    expect([await status('fixed-1'), await status(client_secret), await status('fixed-2')]).toEqual([401, 401, 200])
  } finally {
    await fixed.close()
  }
})
