import { afterAll, expect, test } from 'vitest'
import { isFull } from '../../support/in-full.ts'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'

const deploys = isFull ? 100 : 4
const clientsAtOnce = 8

const servers: TestServer[] = []
afterAll(async () => {
  for (const server of servers) await server.close()
})

/** Two actions that both tell which deployment they came with. */
function stamped(stamp: number): { readonly actions: readonly { readonly name: string; readonly code: string }[] } {
  const action = (name: string) => ({
    name,
    code: `const stamp = ${stamp}
exports.onExecuteCredentialsExchange = async (event, api) => {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
  api.accessToken.setCustomClaim('${name}', stamp)
}`,
  })
  return { actions: [action('first'), action('second')] }
}

for (const isolation of ['trigger', 'action'] as const) {
  test(`${deploys} deploys and roll-backs under load fail no exchange, and none mixes two (a process for each ${isolation})`, {
    timeout: 20_000 + deploys * 2_500,
  }, async () => {
    const server = await openServer(stamped(0), { RUNNER_ISOLATION: isolation })
    servers.push(server)
    const answers: Answer[] = []
    let isDone = false
    const load = Array.from({ length: clientsAtOnce }, async () => {
      while (!isDone) answers.push(await server.token())
    })
    const seen: unknown[] = []
    for (let stamp = 1; stamp <= deploys; stamp++) {
      // Every fourth goes back to what ran two deployments before.
      const wanted = stamp % 4 === 0 ? stamp - 2 : stamp
      await server.serve(stamped(wanted))
      const next = await server.token()
      seen.push(next.claims.first)
      expect(next.claims.first).toBe(wanted)
    }
    isDone = true
    await Promise.all(load)
    expect(seen).toHaveLength(deploys)
    expect(answers.length).toBeGreaterThan(deploys)
    expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([])
    expect(answers.filter(({ claims }) => claims.first !== claims.second)).toEqual([])
  })
}
