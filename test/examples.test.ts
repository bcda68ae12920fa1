import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { loadCases } from '../src/authoring/index.ts'
import { writeFreshFolder } from '../src/cli/init.ts'
import { openTries } from '../src/compose-try.ts'
import { readConfig } from '../src/config.ts'
import { createObserver } from '../src/observe.ts'
import { askForToken, freshFolder, startDev, type Variables } from './support/dev-process.ts'
import { inFull, isFull } from './support/in-full.ts'

const folder = resolve(import.meta.dirname, '../examples')
const examples = readdirSync(folder)

test('each Action of an example, and of what init writes, has cases that hold', async () => {
  const tries = await openTries({ config: readConfig({}), observer: createObserver({ level: 'silent' }) })
  onTestFinished(() => tries.close())
  const { readCaseFiles, runCases } = await loadCases()
  const fresh = join(await freshFolder(), 'tenant')
  await writeFreshFolder(fresh, {})
  for (const root of [...examples.map((example) => join(folder, example)), fresh]) {
    const { cases, warnings } = await readCaseFiles(root, {})
    expect(warnings).toEqual([])
    const entries = readdirSync(join(root, 'actions'), { withFileTypes: true })
    const actions = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    expect([...new Set(cases.map(({ action }) => action))].sort()).toEqual(actions.sort())
    const results = await runCases(isFull ? cases : cases.slice(0, 1), { tries }, () => undefined)
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  }
})

inFull('the cases that the documentation shows hold for the Actions that it shows them of', async () => {
  const text = await readFile(resolve(folder, '../docs/actions.md'), 'utf8')
  const shown = Array.from(text.matchAll(/^```yaml\n(.*?)^```/gms), ([, block = '']) => block)
  const copies = await freshFolder()
  await cp(folder, copies, { recursive: true })
  const tries = await openTries({ config: readConfig({}), observer: createObserver({ level: 'silent' }) })
  onTestFinished(() => tries.close())
  const { readCaseFiles, runCases } = await loadCases()
  expect(shown).toHaveLength(2)
  for (const [index, example] of ['quickstart', 'partner-gate'].entries()) {
    const file = join(copies, example, 'actions/partner-gate/cases/shown.yaml')
    await writeFile(file, shown[index] ?? '')
    const { cases } = await readCaseFiles(file, {})
    const results = await runCases(cases, { tries }, () => undefined)
    expect(results).toMatchObject([{ status: 'passed', mismatches: [] }])
  }
})

/** What a token of an example's client carries, asked for at a server that serves the example alone. */
async function tokenOf(example: string, client: string, parameters: Variables = {}, variables: Variables = {}) {
  const server = await startDev(join(folder, example), { variables })
  const { clients } = await server.devFile()
  const answer = await askForToken(
    server.url,
    clients.find(({ name }) => name === client),
    parameters,
  )
  const { access_token, scope } = JSON.parse(await answer.text())
  await server.stop()
  expect(server.output()).not.toMatch(/warning: (?!Actions run as root)/)
  return { ...decodeJwt(access_token), scope }
}

inFull('partner-gate asks the registry that it is told of, and its claim is in the token', async () => {
  const asked: unknown[] = []
  const registry = createServer(({ url, headers }, response) => {
    asked.push({ url, authorization: headers.authorization })
    response.end('{"status":"active"}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void registry.close())
  await once(registry, 'listening')
  const address = registry.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const variables = { REGISTRY_URL: `http://127.0.0.1:${port}/`, REGISTRY_KEY: 'key' }
  const token = await tokenOf('partner-gate', 'northwind', {}, variables)
  expect(token).toMatchObject({ 'https://trade.example.com/partner': 'northwind' })
  expect(asked).toEqual([{ url: '/partners/northwind', authorization: 'Bearer key' }])
})

inFull('claims-from-metadata tells the API about its caller, each value in its own kind', async () => {
  expect(await tokenOf('claims-from-metadata', 'warehouse-robot')).toMatchObject({
    'https://shipping.example.com/warehouse': 'hamburg',
    'https://shipping.example.com/max_parcels': 500,
    'https://shipping.example.com/carriers': ['northwind', 'southwind'],
  })
})

inFull('scopes-by-organization holds a token to the plan of the organization', async () => {
  const token = await tokenOf('scopes-by-organization', 'report-runner', { organization: 'acme' })
  expect(token).toMatchObject({ 'https://reports.example.com/plan': 'business', scope: 'read:reports write:reports' })
})
