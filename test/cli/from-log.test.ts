import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { givenEvent, type TryReport } from '../../src/authoring/index.ts'
import { exitStatus } from '../../src/cli/exit.ts'
import type { LogEntry } from '../../src/cli/log-lines.ts'
import { logs } from '../../src/cli/logs.ts'
import { findPastExchange } from '../../src/cli/past-exchange.ts'
import {
  askForToken,
  type DevProcess,
  freshFolder,
  quickstartCopy,
  save,
  startDev,
  symbolon,
  type Variables,
} from '../support/dev-process.ts'
import { inFull } from '../support/in-full.ts'
import { openServer } from '../support/server.ts'

const audience = 'https://orders.example.com'
const code = `exports.onExecuteCredentialsExchange = async (event, api) => {
  const { region } = event.request.body
  if (region === 'mars') return api.access.deny('invalid_request', 'nobody trades there')
  if (region === 'void') throw new Error('no such region')
  const { metadata, name } = event.organization
  api.accessToken.setCustomClaim('said', [region, name, metadata.tier, event.client.metadata.team].join(' '))
  if (!event.transaction.requested_scopes.includes('write:orders')) api.transaction.removeTargetScope('write:orders')
}
`

let folder: string
let dev: DevProcess
beforeAll(async () => {
  folder = await quickstartCopy({
    'tenant.json': { default_audience: audience, allow_organization_name_in_authentication_api: true },
    'grants/billing-service.json': {
      client_id: 'billing-service',
      audience,
      scope: ['read:orders', 'write:orders'],
      organization_usage: 'allow',
    },
    'actions/enrich-token/code.js': code,
    'triggers/triggers.json': { 'credentials-exchange': [{ action_name: 'enrich-token', display_name: 'Enrich' }] },
  })
  await mkdir(join(folder, 'organizations'))
  await save(folder, 'organizations/acme.json', {
    ...{ name: 'acme', display_name: 'Acme', metadata: { tier: 'gold' } },
    client_grants: [{ client_id: 'billing-service' }],
  })
  dev = await startDev(folder)
})

/** Asks for a token of the organization, and resolves with the status, the token, and the entries that tell of it. */
async function exchange(parameters: Variables) {
  const [billing] = (await dev.devFile()).clients
  const answer = await askForToken(dev.url, billing, { organization: 'acme', ...parameters })
  const { access_token }: { readonly access_token?: string } = JSON.parse(await answer.text())
  const entries = await logged(answer.headers.get('x-auth0-requestid') ?? '')
  return { status: answer.status, access_token: access_token ?? '', entries, log_id: entries.at(-1)?.log_id ?? '' }
}

async function logged(request_id: string): Promise<readonly LogEntry[]> {
  const lines: string[] = []
  await logs({ json: true, limit: '5' }, { DATA_DIR: dev.dataDir }, {}, (line) => lines.push(line))
  return lines.filter((line) => line.includes(request_id)).map((line) => JSON.parse(line))
}

async function again(log_id: string, file: string, ...more: readonly string[]) {
  const args = ['try', file, '--from-log', log_id, '--json', ...more]
  const { exitCode, stdout, stderr } = await symbolon(args, { DATA_DIR: dev.dataDir, TMPDIR: await temporary })
  const report: TryReport = JSON.parse(stdout)
  return { exitCode, report, stderr }
}
const temporary = freshFolder()

/** The one line that a log entry's event is not found with. */
async function failure(log_id: string, environment: Variables = {}): Promise<string> {
  const finding = findPastExchange(log_id, { DATA_DIR: dev.dataDir, ...environment }, {})
  const { message } = await finding.then(
    () => new Error('it was found'),
    (fault: Error) => fault,
  )
  expect(message).not.toContain('\n')
  return message
}

test('an exchange of the log is run again with what it was asked with and for, and comes to the same', async () => {
  const { status, access_token, log_id } = await exchange({ region: 'eu', scope: 'read:orders' })
  const { said, scope } = decodeJwt(access_token)
  expect({ status, said, scope }).toEqual({ status: 200, said: 'eu acme gold billing', scope: 'read:orders' })
  const { exitCode, report, stderr } = await again(log_id, join(folder, 'actions/enrich-token'))
  expect(exitCode).toBe(exitStatus.done)
  expect(report.claims.after).toEqual({ said })
  // Of the token that the command asked for to read the log nobody is told.
  expect(dev.output()).toContain('billing-service → https://orders.example.com')
  expect(dev.output()).not.toContain('Symbolon management →')
  expect(report.scopes).toEqual({ before: ['read:orders', 'write:orders'], after: ['read:orders'] })
  expect(stderr).toMatch(
    /^symbolon: the exchange of \d{4}-\d\d-\d\dT[\d:.]+Z {2}token +billing-service → https:\/\/orders\.example\.com \(acme\) {2}read:orders$/m,
  )
})

inFull(
  'a changed Action shows what it makes of the last exchange, and what is set by path goes over that',
  async () => {
    await exchange({ region: 'eu', scope: 'write:orders' })
    await save(folder, 'changed.js', code.replace('name, metadata.tier', "'org', event.request.body.scope"))
    const { report } = await again('last', join(folder, 'changed.js'), '--set', 'request.body.region=us')
    expect(report.claims.after).toEqual({ said: 'us org write:orders billing' })
    expect(report.scopes.after).toEqual(['read:orders', 'write:orders'])
  },
)

test('the last exchange needs no id; what is set by path goes over its event, member by member, and nothing of the example does', async () => {
  await exchange({ region: 'eu', scope: 'write:orders' })
  const past = await findPastExchange('last', { DATA_DIR: dev.dataDir }, {})
  const { event: before } = await givenEvent(undefined, [], past)
  expect(before).toMatchObject({ request: { body: { region: 'eu', scope: 'write:orders' } } })
  expect(before.request).not.toHaveProperty('language')
  const { event } = await givenEvent(undefined, ['request.body.region=us', 'client.metadata.tier=gold'], past)
  const { request, client } = before
  expect(event).toEqual({
    ...before,
    request: { ...request, body: { ...request?.body, region: 'us' } },
    client: { ...client, metadata: { ...client?.metadata, tier: 'gold' } },
  })
})

test('the event of what an Action denied or failed at is kept too, in each entry of it', async () => {
  for (const [region, status, types] of [
    ['mars', 400, ['feccft']],
    ['void', 500, ['actions_execution_failed', 'feccft']],
  ] as const) {
    const { entries, ...told } = await exchange({ region })
    expect({ status: told.status, types: entries.map(({ type }) => type) }).toEqual({ status, types })
    for (const { log_id } of entries)
      expect(await findPastExchange(log_id, { DATA_DIR: dev.dataDir }, {})).toMatchObject({
        event: { request: { body: { region } }, organization: { name: 'acme' } },
      })
  }
})

test('no credential is in the log, and the try says which part of the event was left out', async () => {
  const [billing] = (await dev.devFile()).clients
  const { log_id } = await exchange({ region: 'eu', user_password: 'hunter2-hunter2', actor_token: 'abc-of-somebody' })
  const { notes, event } = await findPastExchange(log_id, { DATA_DIR: dev.dataDir }, {})
  expect(event).toMatchObject({ request: { body: { region: 'eu', client_id: billing?.client_id } } })
  expect(notes[1]).toBe(
    'not kept, as it may be a credential: request.body.user_password, request.body.actor_token; give it with --set or --event',
  )
  const files = ['logs.db', 'logs.db-wal'].map((name) => readFile(join(dev.dataDir, name), 'latin1').catch(() => ''))
  const text = (await Promise.all(files)).join('')
  expect(text).toContain('request.body.actor_token')
  for (const credential of [billing?.client_secret ?? '-', 'hunter2-hunter2', 'abc-of-somebody'])
    expect(text).not.toContain(credential)
})

describe('without an event to run, one line says why, and the way out:', () => {
  test('no entry has the id', async () => {
    expect(await failure('900202601020304050000000000000000')).toBe(
      `${dev.url} has no log entry 900202601020304050000000000000000: \`symbolon logs\` prints the ids of exchanges`,
    )
  })

  test('the request was refused before its Actions', async () => {
    const { status, log_id } = await exchange({ audience: 'https://nowhere.example' })
    expect(status).toBe(403)
    expect(await failure(log_id)).toBe(
      `log entry ${log_id} has no event: RECORD_EVENTS was off, or the request was refused before its Actions; set RECORD_EVENTS=on for the server, and let the exchange come again`,
    )
  })

  test('the event was too large', async () => {
    const { log_id } = await exchange({ region: 'eu', note: 'x'.repeat(20_000) })
    expect(await failure(log_id)).toBe(
      `log entry ${log_id} has no event: the event is larger than 16384 bytes; give it as a file with --event`,
    )
  })

  test('the client may not read the log', async () => {
    const [billing] = (await dev.devFile()).clients
    const { client_id = '', client_secret = '' } = billing ?? {}
    const as = { SYMBOLON_CLIENT_ID: client_id, SYMBOLON_CLIENT_SECRET: client_secret }
    expect(await failure('9', as)).toMatch(/: give it a client grant for that audience, or call as another client$/)
  })

  test('the server keeps none, as `serve` does not unless it is told to; or the entry is of a management call', async () => {
    const server = await openServer()
    try {
      const { client_id, client_secret } = server.managementClient
      const as = { SYMBOLON_URL: server.url, SYMBOLON_CLIENT_ID: client_id, SYMBOLON_CLIENT_SECRET: client_secret }
      const [granted] = await server.logsOf(await server.token())
      expect(await failure(granted?.log_id ?? '', as)).toBe(
        `log entry ${granted?.log_id} has no event: RECORD_EVENTS was off; set RECORD_EVENTS=on for the server, and let the exchange come again`,
      )
      const [managed] = await server.logsOf(await server.manage('PATCH', '/tenants/settings', { friendly_name: 'x' }))
      expect(await failure(managed?.log_id ?? '', as)).toBe(
        `log entry ${managed?.log_id} is no exchange's but of type sapi: give one that is a token's`,
      )
    } finally {
      await server.close()
    }
  })
})
