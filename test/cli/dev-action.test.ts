import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { findDevSource } from '../../src/cli/dev-source.ts'
import {
  askForToken,
  type DevProcess,
  freshFolder,
  quickstartCopy,
  save,
  startDev,
  symbolon,
  until,
} from '../support/dev-process.ts'
import { openGate } from '../support/gate.ts'
import { inFull } from '../support/in-full.ts'

const greeting = `exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('greeting', event.secrets.GREETING)
}
`

/** What the token of the first client says, or the status it was refused with. */
async function claims(server: DevProcess): Promise<Readonly<Record<string, unknown>>> {
  const answer = await askForToken(server.url, (await server.devFile()).clients[0])
  if (answer.status !== 200) return { status: answer.status }
  const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
  return decodeJwt(access_token)
}

test.each([
  ['acme.prod/tenant.json', 'acme.prod', 'acme.prod', 'an Action in acme.prod/actions'],
  ['acme.yaml', 'acme.yaml', 'acme', 'an Action of acme.yaml'],
])(
  'of %s the tenant has the base name of the folder or the file, and its author is told where to go on',
  async (file, given, tenant, edited) => {
    const folder = await freshFolder()
    await mkdir(join(folder, dirname(file)), { recursive: true })
    await save(folder, file, '{}')
    const source = await findDevSource(join(folder, given), {})
    expect(source.tenant).toBe(tenant)
    expect(source.edited.replace(`${folder}/`, '')).toBe(edited)
  },
)

describe('symbolon dev on the file of one Action', () => {
  let folder: string
  let file: string
  let server: DevProcess
  beforeAll(async () => {
    folder = await freshFolder()
    file = join(folder, 'welcome-partners.js')
    await save(folder, '.env', 'GREETING=hello\n')
    await writeFile(file, greeting)
    server = await startDev(file)
  })

  test('issues tokens that carry its claim, with an example API and client around it and its secrets out of the .env beside it', async () => {
    const { clients } = await server.devFile()
    expect(clients.map(({ name, audiences }) => ({ name, audiences }))).toEqual([
      { name: 'example-client', audiences: ['https://api.example.com/'] },
    ])
    expect(await claims(server)).toMatchObject({ scope: 'read:items write:items', greeting: 'hello' })
    const output = await server.printed('Ctrl-C stops')
    expect(output).toContain('audience=https://api.example.com/')
    expect(output).toMatch(/Next: edit .*welcome-partners\.js, save it/)
    await server.printed('welcome-partners v1')
  })

  test('follows a save of the file, also one that is written elsewhere and renamed, and one of the .env', async () => {
    await writeFile(file, greeting.replace("'greeting'", "'salute'"))
    await until(async () => (await claims(server)).salute === 'hello', server.output)
    await save(folder, 'aside', greeting.replace("'greeting'", "'welcome'"))
    await rename(join(folder, 'aside'), file)
    await until(async () => (await claims(server)).welcome === 'hello', server.output)
    await save(folder, '.env', 'GREETING=good morning\n')
    await until(async () => (await claims(server)).welcome === 'good morning', server.output)
  })

  test('that does not parse any more is told with its line and a caret, and the last good one serves on', async () => {
    const from = server.output().length
    await writeFile(file, 'exports.onExecuteCredentialsExchange = async (event, api) => {\n  api.foo(]\n}\n')
    const output = await server.printed('the last good configuration keeps serving', from)
    expect(output).toMatch(
      /error: .*welcome-partners\.js:2: does not parse: Unexpected token '\]'\n {2}api\.foo\(\]\n {10}\^\n/,
    )
    expect(await claims(server)).toMatchObject({ welcome: 'good morning' })
  })

  test('that throws is shown at its line with a caret, and the exchange fails', async () => {
    const from = server.output().length
    await writeFile(file, 'exports.onExecuteCredentialsExchange = async (event) => {\n  event.nobody.name\n}\n')
    await server.printed('is live', from)
    expect(await claims(server)).toEqual({ status: 500 })
    const output = await server.printed('^', from)
    expect(output).toMatch(
      /failed {4}.*welcome-partners\.js:2:16: TypeError: Cannot read properties of undefined \(reading 'name'\)\n {14} {2}event\.nobody\.name\n {29}\^/,
    )
  })

  test('that is gone is told, and the last good one serves on until it is back', async () => {
    const from = server.output().length
    await rm(file)
    await server.printed('error: ', from)
    expect(await server.printed('the last good configuration keeps serving', from)).toContain('is not there')
    await writeFile(file, greeting)
    await until(async () => (await claims(server)).greeting === 'good morning', server.output)
  })
})

inFull('records follow when a DATA_DIR serves a folder, then a file, then the folder again', async () => {
  const root = await quickstartCopy()
  const folder = await freshFolder()
  await save(folder, 'action.js', greeting)
  const names = async (server: DevProcess) => (await server.devFile()).clients.map(({ name }) => name)
  const first = await startDev(root)
  const { dataDir } = first
  const issued = await first.devFile()
  await first.stop()
  const second = await startDev(join(folder, 'action.js'), { dataDir })
  expect(await names(second)).toEqual(['example-client'])
  expect((await askForToken(second.url, issued.clients[0])).status).toBe(401)
  await second.stop()
  const third = await startDev(root, { dataDir })
  expect(await names(third)).toEqual(['billing-service', 'partner-portal'])
  expect(await claims(third)).toMatchObject({ aud: 'https://orders.example.com' })
})

inFull('a folder with an Action alone is taken as its file is, and one with nothing in it is refused', async () => {
  const folder = await freshFolder()
  const { exitCode, stderr } = await symbolon(['dev', folder], { DATA_DIR: join(folder, 'data') })
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/is not a tenant folder: it has no tenant\.json/)
  await save(folder, 'code.js', 'exports.onExecuteCredentialsExchange = async () => {')
  const second = await symbolon(['dev', folder], { DATA_DIR: join(folder, 'data') })
  expect(second.exitCode).toBe(1)
  expect(second.stderr).toMatch(/code\.js:1: does not parse: /)
})

inFull('while the packages of a save are being built, an error is shown in the code that ran', async () => {
  const registry = await openGate()
  const code = "exports.onExecuteCredentialsExchange = async () => {\n  throw new Error('as served')\n}\n"
  const root = await quickstartCopy({ 'actions/enrich-token/code.js': code })
  const server = await startDev(root, { variables: { ACTIONS_REGISTRY: registry.url } })
  await save(root, 'actions/enrich-token/code.js', `// new\n// new\n${code}`)
  const action = JSON.parse(await readFile(join(root, 'actions/enrich-token.json'), 'utf8'))
  await save(root, 'actions/enrich-token.json', { ...action, dependencies: [{ name: 'some', version: '1.0.0' }] })
  await registry.reached
  await claims(server)
  const output = await server.printed('code.js:2:9: Error: as served')
  expect(output).toMatch(/code\.js:2:9: .*\n +throw new Error\('as served'\)\n +\^\n/)
})
