import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { exitStatus, UsageFault } from '../../src/cli/exit.ts'
import { testCases } from '../../src/cli/test.ts'
import { freshFolder, save, startCommand, symbolon } from '../support/dev-process.ts'
import { inFull } from '../support/in-full.ts'

let folder: string
beforeAll(async () => {
  folder = await realpath(await freshFolder())
  for (const [file, content] of Object.entries(tenant)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
})

const actionFile = (name: string, more: object = {}) => ({
  ...{ name, code: `./actions/${name}/code.js`, ...more },
  supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
})

const tenant = {
  'tenant.json': {},
  'actions/price.json': actionFile('price', { secrets: [{ name: 'PRICE_KEY', value: 'never-to-be-seen' }] }),
  'actions/price/code.js': `exports.onExecuteCredentialsExchange = async (event, api) => {
  const { tier, discount } = event.client.metadata
  console.log('the key is', event.secrets.PRICE_KEY, '\\u0007]]>')
  if (tier === undefined) throw new TypeError('no tier')
  if (tier === 'gone') {
    api.access.deny('invalid_request', 'No more.')
    return
  }
  const cached = api.cache.get('price')
  api.accessToken.setCustomClaim('price', cached ? cached.value : 'new')
  api.accessToken.setCustomClaim('iss', 'mine')
  api.accessToken.setCustomClaim('at', new Date().toISOString())
  if (discount) {
    api.transaction.setTargetScopes(['read:items'])
  }
}
`,
  'actions/price/cases/holds.yaml': `- name: a tier has a price, at the time of the case
  event: { client: { metadata: { tier: gold } } }
  clock: 2026-01-01T00:00:00Z
  cache: { price: '12' }
  expect:
    claims: { price: '12', at: 2026-01-01T00:00:00.000Z }
    scopes: [write:items, read:items]
    dropped: [{ kind: claim, name: iss, rule: restricted-name, action: price }]
    cache: { price: '12' }
- name: what is gone is denied
  event: { client: { metadata: { tier: gone } } }
  expect: { denial: { code: invalid_request, reason: { matches: more } } }
- name: a tier is needed
  expect: { failure: { kind: threw, message: no tier } }
- name: to be written
  skip: the discount is not decided
`,
  'actions/price/cases/fails.yaml': `name: a price is known beforehand
event: { client: { metadata: { tier: gold } } }
expect:
  claims: { price: 'never-to-be-seen', team: a }
  scopes: [read:items]
  dropped: []
`,
} as const

function run(args: readonly string[]) {
  return symbolon(['test', ...args])
}

/** What was printed, with no time in it. */
function timeless(text: string): readonly string[] {
  return text
    .replaceAll(`${folder}/`, '')
    .replace(/\d+ ms$/gm, 'N ms')
    .replace(/\d+\.\d s$/gm, 'N s')
    .trimEnd()
    .split('\n')
}

test('cases are told in order, and what did not come of one that fails, member by member, with all that its run said', async () => {
  const report = join(folder, 'report.xml')
  const { exitCode, stdout } = await run([folder, '--junit', report, '--coverage'])
  expect(exitCode).toBe(exitStatus.failed)
  expect(timeless(stdout)).toEqual([
    'price',
    '  ✗ a price is known beforehand  N ms',
    '      actions/price/cases/fails.yaml:1',
    '      claims.price',
    '        - "[secret PRICE_KEY]"',
    '        + "new"',
    '      claims.team',
    '        - "a"',
    '      scopes',
    '          "read:items"',
    '        + "write:items"',
    '      dropped',
    '        - nothing',
    expect.stringMatching(/^ {8}\+ {"kind":"claim","name":"iss","rule":"restricted-name","action":"price"}$/),
    '',
    '      dropped',
    '        claim "iss": Auth0 reserves this claim name; choose another, or a namespaced one (restricted-name)',
    '',
    '      console',
    '        │ the key is [secret PRICE_KEY] \\u0007]]>',
    '',
    '  ✓ a tier has a price, at the time of the case  N ms',
    '  ✓ what is gone is denied  N ms',
    '  ✓ a tier is needed  N ms',
    '  - to be written  skipped: the discount is not decided',
    '',
    'coverage',
    '  actions/price/code.js   92 %  never ran: 14',
    '',
    '3 passed, 1 failed, 1 skipped  N s',
  ])
  const xml = await readFile(report, 'utf8')
  expect(xml + stdout).not.toContain('never-to-be-seen')
  expect(xml).toContain('<testsuite name="price" tests="5" failures="1" errors="0" skipped="1"')
  expect(xml).toContain('<skipped message="the discount is not decided"/>')
  expect(xml).toMatch(/<testcase name="a price is known beforehand" .*><failure message="claims.price, claims.team, /)
  expect(xml.slice(xml.indexOf('\n') + 1)).not.toMatch(/[\p{Cc}--\n]|\]\]>/v)
})

inFull('for machines all of it is one object, and a file of which too few lines ran fails', async () => {
  const args = [join(folder, 'actions/price/cases/holds.yaml'), '--filter', 'is ', '--json', '--min-coverage', '90']
  const { exitCode, stdout, stderr } = await run(args)
  const told = JSON.parse(stdout)
  expect(exitCode).toBe(exitStatus.failed)
  expect(told).toMatchObject({ passed: 2, failed: 0, skipped: 0 })
  expect(told.cases).toMatchObject([
    { action: 'price', name: 'what is gone is denied', line: 10, status: 'passed', mismatches: [] },
    { action: 'price', name: 'a tier is needed', line: 13, status: 'passed', run: { result: 'failed' } },
  ])
  const file = join(folder, 'actions/price/code.js')
  expect(told.coverage).toEqual([{ file, lines: 13, percent: 53, never_ran: [9, 10, 11, 12, 13, 14] }])
  expect(stderr).toContain(`${file}: 53 % of its lines ran, and --min-coverage asks for 90 %`)
})

inFull('a least coverage is not met by a file of which no run tells', async () => {
  const { exitCode, stdout, stderr } = await run([folder, '--filter', 'to be written', '--min-coverage', '1'])
  expect(exitCode).toBe(exitStatus.failed)
  expect(stdout).toContain('0 passed, 1 skipped')
  expect(stderr).toContain('actions/price/code.js: no run told which of its lines ran')
})

inFull('nothing is run where a case has a mistake', async () => {
  const alone = await freshFolder()
  await save(alone, 'tier.js', 'exports.onExecuteCredentialsExchange = async () => {}')
  await mkdir(join(alone, 'cases'))
  await save(alone, 'cases/a.yaml', '- name: a\n- name: b\n  expct: {}\n')
  const { exitCode, stdout, stderr } = await run([alone])
  expect({ exitCode, stdout }).toEqual({ exitCode: exitStatus.couldNotRun, stdout: '' })
  expect(stderr).toContain('cases/a.yaml:3: a case has no "expct"; it holds name, actions, event')
})

test('bad usage is refused before anything runs', async () => {
  const refused = [
    [{ minCoverage: 'all' }, '--min-coverage takes a percentage from 0 to 100'],
    [{ junit: join(folder, 'nowhere/report.xml') }, 'its folder is not there; make it, or give another file'],
  ] as const
  for (const [flags, sentence] of refused) {
    const error: unknown = await testCases(folder, {}, flags).catch((fault: unknown) => fault)
    expect(error).toBeInstanceOf(UsageFault)
    expect(String(error)).toContain(sentence)
  }
})

inFull('a filter that leaves no case, and a place that is not there, are told', async () => {
  expect(await run([folder, '--filter', 'zzz'])).toMatchObject({
    ...{ exitCode: exitStatus.couldNotRun, stdout: '' },
    stderr: `symbolon: no name of the 5 cases in ${folder} contains "zzz"\n`,
  })
  const nowhere = await run([join(folder, 'nowhere')])
  expect(nowhere).toMatchObject({ exitCode: exitStatus.usage, stdout: '' })
  expect(nowhere.stderr).toContain('nowhere is not there: give a tenant folder')
})

test('a watch runs again the cases that concern what changed, and ends with the status of the last run', async () => {
  const watched = await realpath(await freshFolder())
  for (const name of ['a', 'b']) {
    await mkdir(join(watched, 'actions', name, 'cases'), { recursive: true })
    await save(watched, `actions/${name}.json`, actionFile(name))
    await save(watched, `actions/${name}/code.js`, 'exports.onExecuteCredentialsExchange = async () => {}\n')
    await save(watched, `actions/${name}/cases/one.yaml`, `name: case of ${name}\n`)
  }
  const command = startCommand(['test', watched, '--watch'])
  await command.printed(/✓ case of a[\s\S]*✓ case of b[\s\S]*2 passed[\s\S]*Ctrl-C ends/)
  const deny = "exports.onExecuteCredentialsExchange = async (_, api) => api.access.deny('invalid_scope')\n"
  await save(watched, 'actions/b/code.js', deny)
  const failed = await command.printed(/actions\/b\/code\.js changed: 1 of 2 cases[\s\S]*✗ case of b[\s\S]*1 failed/)
  expect(failed.slice(failed.indexOf('changed'))).not.toContain('✓')
  await save(watched, 'actions/b/cases/one.yaml', 'name: case of b\nexpect: { denial: { code: invalid_scope } }\n')
  await command.printed(/one\.yaml changed: 1 of 2 cases[\s\S]*✓ case of b[\s\S]*1 passed/)
  const { exitCode, signal } = await command.stop()
  expect({ exitCode, signal }).toEqual({ exitCode: exitStatus.done, signal: null })
})

inFull('a watch that is stopped before its first run has ended does not say that all hold', async () => {
  const watched = await realpath(await freshFolder())
  await mkdir(join(watched, 'cases'))
  await save(watched, 'slow.js', 'exports.onExecuteCredentialsExchange = async () => new Promise(() => undefined)\n')
  await save(watched, 'cases/slow.yaml', '{}')
  const command = startCommand(['test', watched, '--watch'])
  await command.printed(/waiting for "slow"/)
  const { exitCode, signal } = await command.stop()
  expect({ exitCode, signal }).toEqual({ exitCode: exitStatus.couldNotRun, signal: null })
})
