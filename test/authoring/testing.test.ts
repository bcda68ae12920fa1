import { AssertionError } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSandbox, type Sandbox } from '../../src/authoring/testing.ts'
import { freshFolder } from '../support/dev-process.ts'
import { inFull } from '../support/in-full.ts'

const action = `exports.onExecuteCredentialsExchange = async (event, api) => {
  console.log('asked at', new Date().toISOString())
  const { partner } = event.client.metadata
  if (partner === undefined) return api.access.deny('invalid_request', 'No partner.')
  const answer = await fetch('https://partners.example.com/' + partner, { headers: { authorization: event.secrets.KEY } })
  if (!answer.ok) throw new Error('partners answer ' + answer.status)
  const { tier } = await answer.json()
  api.cache.set(partner, tier, { ttl: 60000 })
  api.accessToken.setCustomClaim('tier', tier)
}
`
const cases = `- name: a partner has a tier
  event: { client: { metadata: { partner: acme } } }
  http:
    - request: { url: https://partners.example.com/acme }
      response: { body: { tier: gold } }
  expect: { claims: { tier: gold } }
- name: a client that is no partner has no token
  expect: { denial: { reason: No partner. } }
- name: an unknown partner has a tier
  event: { client: { metadata: { partner: nobody } } }
  secrets: { KEY: hush-hush }
  expect: { claims: { tier: gold }, console: [hush-hush] }
- name: the registry is away
  skip: to be decided
`

let folder: string
let sandbox: Sandbox
beforeAll(async () => {
  folder = await freshFolder()
  await mkdir(join(folder, 'cases'))
  await writeFile(join(folder, 'tier.js'), action)
  await writeFile(join(folder, 'cases/partners.yaml'), cases)
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())

test('what is no Action is refused by its name', async () => {
  for (const path of ['nowhere', 'nowhere.yaml'])
    await expect(sandbox.run(join(folder, 'below', path))).rejects.toThrow(
      `${path} is no Action: give its file or its folder`,
    )
})

test('a run tells what came of the token, the cache, the console and the network', async () => {
  const clock = new Date('2026-01-01T00:00:00Z')
  const run = await sandbox.run(join(folder, 'tier.js'), {
    event: { client: { metadata: { partner: 'acme' } } },
    ...{ clock, secrets: { KEY: 'k1' }, cache: { other: 'kept' } },
    http: [{ request: { url: 'https://partners.example.com/*' }, response: { body: { tier: 'gold' } } }],
  })
  expect(run).toMatchObject({
    result: 'issued',
    claims: { tier: 'gold' },
    scopes: ['read:items', 'write:items'],
    dropped: [],
    console: ['asked at 2026-01-01T00:00:00.000Z'],
    runs: [{ action_name: 'tier', kind: 'completed' }],
    cache: { acme: { value: 'gold', expires_at: clock.getTime() + 60_000 }, other: { value: 'kept' } },
    requests: [{ method: 'GET', url: 'https://partners.example.com/acme', headers: { authorization: 'k1' } }],
  })
  const denied = await sandbox.run(folder)
  expect(denied).toMatchObject({
    ...{ result: 'denied', claims: {}, scopes: [] },
    denial: { code: 'invalid_request', reason: 'No partner.', by: 'tier' },
  })
})

test('what a run is given amiss is told before anything runs', async () => {
  const given: object = { clok: 0, event: { client: { nam: 'x' } } }
  await expect(sandbox.run(folder, given)).rejects.toThrow(
    /has no "clok"; it holds actions, event[\s\S]*event\.client has no "nam"/,
  )
  await expect(sandbox.run(join(folder, 'nowhere.js'))).rejects.toThrow('nowhere.js is not there')
})

test('a case that fails rejects with what was expected and what came, and no secret in it', async () => {
  const error: unknown = await sandbox.check(folder).catch((refused: unknown) => refused)
  if (!(error instanceof AssertionError)) throw new Error(`it was not refused as it should be: ${error}`)
  expect(error.message).toContain('GET https://partners.example.com/nobody')
  expect(error.message).toMatch(/^an unknown partner has a tier\n[\s\S]*tier\.js:6:25: Error: partners answer 501/)
  expect(error.expected).toMatchObject({ result: 'issued' })
  expect(error.actual).toMatchObject({ result: 'failed', http: ['GET https://partners.example.com/nobody'] })
  expect(JSON.stringify([error.message, error.expected, error.actual])).not.toContain('hush-hush')
})

inFull('node:test runs cases by themselves, and ends', async () => {
  const entry = new URL('../../src/authoring/testing.ts', import.meta.url).href
  const file = join(folder, 'cases.test.mjs')
  await writeFile(
    file,
    `import { after, test } from 'node:test'
import { openSandbox, readCases } from ${JSON.stringify(entry)}
const sandbox = await openSandbox()
after(() => sandbox.close())
for (const each of await readCases(import.meta.dirname)) test(each.name, { skip: each.skip }, () => sandbox.check(each))
`,
  )
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', file], {
    env: { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const [exitCode] = await once(child, 'close')
  expect(exitCode).toBe(1)
  expect(printed).toMatch(/ok 1 - a partner has a tier/)
  expect(printed).toMatch(/not ok 3 - an unknown partner has a tier/)
  expect(printed).toMatch(/ok 4 - the registry is away # SKIP/)
})
