import { execute, type Scene } from './execute.ts'
import { compileAction } from './load.ts'

const { stringify } = JSON

/** An action of the usual kind: it takes each way through the api that most take. */
const code = `exports.onExecuteCredentialsExchange = async (event, api) => {
  const known = api.cache.get('known')
  if (known === undefined) api.cache.set('known', event.client.metadata.plan ?? 'none')
  api.accessToken.setCustomClaim('https://rehearsal.example/plan', event.client.metadata.plan)
  api.accessToken.setCustomClaim('roles', ['reader', 'writer'])
  api.transaction.removeTargetScope('write')
  if (event.request.body.full === undefined) api.transaction.addTargetScope('write')
  await undefined
}`

const message = stringify({
  fixed: 0,
  versions: ['rehearsal'],
  varying: {
    request: {
      body: { grant_type: 'client_credentials', client_id: 'rehearsal', audience: 'https://rehearsal.example/' },
      geoip: {},
      hostname: 'rehearsal.example',
      ip: '192.0.2.1',
      method: 'POST',
      user_agent: 'rehearsal',
    },
    requested_scopes: [],
    scopes: ['read', 'write'],
    system: false,
  },
})

/** As often as it takes for the engine to have seen what every execution goes through. More wakes its optimizer, which takes 6 MiB of every process. */
const times = 10

/**
 * Runs an action of this program's own through everything that an execution goes through, with no effect on anything: code that has run
 * is fast code. Rejects when that does not work.
 */
export async function rehearse({ enter, clock }: Scene, console: Console): Promise<void> {
  const compiled = compileAction(
    { version_id: 'rehearsal', action_name: 'rehearsal', code, secrets: '{}', folder: '/rehearsal' },
    console,
  )
  const fixedParts = new Map([
    [
      0,
      {
        client: { client_id: 'rehearsal', name: 'Rehearsal', metadata: { plan: 'gold' } },
        configuration: {},
        resource_server: { identifier: 'https://rehearsal.example/' },
        tenant: { id: 'rehearsal' },
      },
    ],
  ])
  const stage: Scene = {
    actions: new Map([['rehearsal', { action_name: 'rehearsal', secrets: '{}', compiled, failure: undefined }]]),
    cache: new Map(),
    enter,
    reportLate: () => undefined,
    clock,
    onTurn: () => Promise.resolve(),
    consoleCharacters: 256,
  }
  for (let run = 0; run < times; run++) {
    const { text } = await execute({ number: run, body: message, fixedParts }, stage)
    if (!text.includes('"completed"')) throw new Error(`the rehearsal failed: ${text}`)
  }
}
