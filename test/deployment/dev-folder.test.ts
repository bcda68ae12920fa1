import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  askForToken,
  type DevProcess,
  freshFolder,
  quickstartCopy,
  save,
  startDev,
  symbolon,
} from '../support/dev-process.ts'
import { inFull } from '../support/in-full.ts'
import { nobody } from './given.ts'

const audience = 'https://orders.example.com'
const code = `const { total } = require('actions:money')
exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('${audience}/total', total(2))
}
`
const module = { name: 'money', code: './action-modules/money/code.js', secrets: [{ name: 'RATE', value: '3' }] }

function action(changes: Readonly<Record<string, unknown>>): unknown {
  return {
    name: 'Total',
    code: './actions/total.js',
    supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
    deployed: true,
    ...changes,
  }
}

/** The quickstart with a module, and an action that pins it bound alone. */
async function withModule(): Promise<string> {
  const root = await quickstartCopy()
  await mkdir(join(root, 'action-modules/money'), { recursive: true })
  await save(root, 'action-modules/money.json', module)
  await save(root, 'action-modules/money/code.js', 'exports.total = (n) => n * Number(actions.secrets.RATE)\n')
  await save(root, 'actions/total.js', code)
  await save(root, 'actions/total.json', action({ modules: [{ module_name: 'money', module_version_number: 1 }] }))
  await save(root, 'triggers/triggers.json', { 'credentials-exchange': [{ action_name: 'Total' }] })
  return root
}

async function totalOf(server: DevProcess): Promise<unknown> {
  const { clients } = await server.devFile()
  const answer: { readonly access_token?: string } = JSON.parse(
    await (await askForToken(server.url, clients[0])).text(),
  )
  return answer.access_token === undefined ? answer : decodeJwt(answer.access_token)[`${audience}/total`]
}

describe('a tenant folder with an actions module', () => {
  test('serves the pinned version, the next one once it is pinned, and keeps serving when the pin is wrong', async () => {
    const root = await withModule()
    const server = await startDev(root)
    expect(await totalOf(server)).toBe(6)

    let from = server.output().length
    await save(root, 'action-modules/money/code.js', 'exports.total = (n) => n * 10\n')
    await server.printed('is live', from)
    expect(await totalOf(server)).toBe(6)

    from = server.output().length
    await save(root, 'actions/total.json', action({ modules: [{ module_name: 'money', module_version_number: 2 }] }))
    await server.printed('is live', from)
    expect(await totalOf(server)).toBe(20)

    from = server.output().length
    await save(root, 'actions/total.json', action({ modules: [{ module_name: 'money', module_version_number: 7 }] }))
    await server.printed('the last good configuration keeps serving', from)
    expect(server.output().slice(from)).toContain('has no version 7 here; it has 2, 1')
    expect(await totalOf(server)).toBe(20)
    expect((await server.stop()).exitCode).toBe(0)
  })

  inFull('whose packages cannot be built does not start, and says which file asks for them', async () => {
    const root = await withModule()
    await save(root, 'actions/total.json', action({ dependencies: [{ name: 'small', version: '1.0.0' }] }))
    const DATA_DIR = join(await freshFolder(), 'data')
    const ended = await symbolon(['dev', root], { PORT: '0', DATA_DIR, ACTIONS_REGISTRY: nobody })
    expect(ended.exitCode).toBe(1)
    expect(ended.stderr).toMatch(/actions\/total\.json:\d+: the action "Total" cannot be built: \S+/)
  })

  test('that does not parse does not start, and says where', async () => {
    const root = await withModule()
    await save(root, 'action-modules/money/code.js', '\nexports.total = }\n')
    const DATA_DIR = join(await freshFolder(), 'data')
    const ended = await symbolon(['dev', root], { PORT: '0', DATA_DIR })
    expect(ended.exitCode).toBe(1)
    expect(ended.stderr).toContain('action-modules/money/code.js:2: does not parse')
  })
})
