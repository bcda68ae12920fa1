import { expect, test } from 'vitest'
import { openServer } from '../../support/server.ts'
import { handler } from '../../support/tenant.ts'

test('with MANAGEMENT_TOKENS_SKIP_ACTIONS, who is locked out by an Action gets in again, and takes it away', async () => {
  const actions = [handler("throw new Error('of no use')")]
  const server = await openServer({ actions }, { MANAGEMENT_TOKENS_SKIP_ACTIONS: 'on' })
  try {
    expect((await server.token()).status).toBe(500)
    const path = '/actions/triggers/credentials-exchange/bindings'
    expect((await server.manage('PATCH', path, { bindings: [] })).status).toBe(200)
    expect((await server.token()).status).toBe(200)
  } finally {
    await server.close()
  }
})
