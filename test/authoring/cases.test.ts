import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Expectation } from '../../src/authoring/case.ts'
import { caseLines } from '../../src/authoring/case-lines.ts'
import { characterKinds, codeCharacters } from '../../src/authoring/code-characters.ts'
import { judge } from '../../src/authoring/judge.ts'
import { CoverageTally } from '../../src/authoring/line-coverage.ts'
import { readCaseFiles } from '../../src/authoring/read-cases.ts'
import type { CaseRun } from '../../src/authoring/run-plan.ts'
import type { CodeCoverage } from '../../src/compose-try.ts'
import { freshFolder } from '../support/dev-process.ts'

/** Writes files into a fresh folder; what is no text as JSON. */
async function folderOf(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await realpath(await freshFolder())
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

const action = 'exports.onExecuteCredentialsExchange = async () => {}\n'
const actionFile = (name: string, more: object = {}) => ({
  ...{ name, code: `./actions/${name}/code.js`, ...more },
  supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
})
const tenant = {
  'tenant.json': {},
  'actions/gate.json': actionFile('gate'),
  'actions/gate/code.js': action,
  'actions/enrich.json': actionFile('enrich', { secrets: [{ name: 'KEY', value: 'k' }] }),
  'actions/enrich/code.js': action,
  'triggers/triggers.json': {
    'credentials-exchange': [
      { action_name: 'gate', display_name: 'gate' },
      { action_name: 'enrich', display_name: 'enrich' },
    ],
  },
}

/** The lines of a refusal, their files by their names in a folder. */
async function refusalOf(folder: string): Promise<readonly string[]> {
  const error = await readCaseFiles(folder, {}).then(
    () => undefined,
    (refused: unknown) => refused,
  )
  if (!(error instanceof Error)) throw new Error('nothing was refused')
  return error.message.split('\n').map((line) => line.replaceAll(`${folder}/`, ''))
}

test('every mistake of every file of cases is named at once, with its line and what is known there', async () => {
  const folder = await folderOf({
    ...tenant,
    'actions/gate/cases/form.yaml': `- name: one
  evnt: {}
  event: { client: { nam: x } }
  clock: yesterday
- expect:
    clams: {}
    denial: { reason: { matches: '(' } }
    dropped: [{ rule: made-up }]
- cache: { key: 5 }
`,
    'actions/gate/cases/broken.json': '{\n  "name": ',
    'actions/gate/cases/twice.json': '{\n  "name": "a",\n  "name": "b"\n}',
    'actions/gate/cases/empty.yaml': '',
    'actions/enrich/cases/meaning.yaml': `- http: [{ request: { url: 'https://*.example.com/' }, response: {} }]
  secrets: { KYE: x }
- network: open
  http: []
  expect: { denial: {}, claims: {}, requests: [] }
- secrets: { KYE: x }
- actions:
    - gat
`,
  })
  expect(await refusalOf(folder)).toEqual([
    'actions/enrich/cases/meaning.yaml:1: http[0]: request.url "https://*.example.com/" has a * in its host: name the host',
    'actions/enrich/cases/meaning.yaml:3: network: open lets every request out, so http has nothing to answer; keep one of them',
    'actions/enrich/cases/meaning.yaml:5: expect.requests cannot be known with network: open; keep one of them',
    'actions/enrich/cases/meaning.yaml:5: expect.claims is of a token, and expect.denial says that none is issued',
    'actions/enrich/cases/meaning.yaml:6: "KYE" is no secret of enrich; it declares KEY',
    'actions/enrich/cases/meaning.yaml:8: there is no Action "gat"; the folder has enrich, gate',
    'actions/gate/cases/broken.json:2: not JSON: expected a value, found the end of the file at column 11',
    'actions/gate/cases/empty.yaml: holds no case; write one, or remove the file',
    'actions/gate/cases/form.yaml:2: a case has no "evnt"; it holds name, actions, event, secrets, clock, cache, http, network, skip, expect',
    'actions/gate/cases/form.yaml:3: event.client has no "nam"; it holds client_id, metadata, name',
    'actions/gate/cases/form.yaml:4: clock must be a date such as 2026-01-01T00:00:00Z, or milliseconds since the epoch',
    'actions/gate/cases/form.yaml:6: expect has no "clams"; it holds issued, denial, failure, claims, absent_claims, scopes, dropped, cache, console, requests, action_ms',
    expect.stringMatching(
      /form\.yaml:7: expect\.denial\.reason\.matches is no regular expression: .*Unterminated group/,
    ),
    expect.stringMatching(
      /form\.yaml:8: expect\.dropped\[0\]\.rule must be one of restricted-name, .*, unknown-deny-code/,
    ),
    'actions/gate/cases/form.yaml:9: cache.key must be a text, or {value, expires_at or ttl}',
    'actions/gate/cases/twice.json:3: key "name" is named twice; the last counts',
  ])
})

test('a file of cases that is not read is never passed over', async () => {
  const folder = await folderOf({
    ...tenant,
    'actions/gate/cases/UPPER.YAML': 'expct: {}\n',
    'actions/gate/cases/itself.yaml': 'expect: &e { claims: { a: *e } }\n',
    'actions/gate/cases/twice.yaml': 'cache: { a: { value: x, ttl: 5, expires_at: 2026-01-01 } }\n',
  })
  await mkdir(join(folder, 'actions/gate/cases/folder.yaml'))
  expect(await refusalOf(folder)).toEqual([
    expect.stringMatching(/UPPER\.YAML:1: a case has no "expct"/),
    'actions/gate/cases/folder.yaml: cannot be read: EISDIR; mend that, or move it out of "cases"',
    'actions/gate/cases/itself.yaml:1: not YAML: an alias stands within what it names at column 1',
    'actions/gate/cases/twice.yaml:1: cache.a has ttl and expires_at; keep one of them',
  ])

  const deep = await folderOf({ ...tenant, 'actions/gate/cases/below/a.yaml': '{}' })
  expect(await refusalOf(deep)).toEqual([
    'actions/gate/cases/below/a.yaml lies too deep to be found: move it into cases itself',
  ])
})

test('an Action whose file cannot be read keeps its cases from being passed over', async () => {
  const elsewhere = {
    ...tenant,
    ...{ 'actions/gate/cases/a.yaml': '{}', 'code/far.js': action, 'code/cases/far.yaml': '{}' },
  }
  const whole = await folderOf({ ...elsewhere, 'actions/far.json': { ...actionFile('far'), code: './code/far.js' } })
  expect((await readCaseFiles(whole, {})).cases.map((each) => each.action)).toEqual(['gate', 'far'])
  const broken = await folderOf({ ...elsewhere, 'actions/far.json': '{ "name": "far", "code": ' })
  expect(await refusalOf(broken)).toEqual([expect.stringMatching(/^actions\/far\.json:1: not JSON: /)])
})

test('a date of a case is one moment everywhere, and one that there is', async () => {
  const dates = ['yesterday 3', '5', '2026-02-30', '2026-01-01T00:00:00', '2026-01-01', '2026-01-01T01:00+01:00']
  const written = dates.map((date) => `- clock: '${date}'\n`).join('')
  const refused = await refusalOf(await folderOf({ ...tenant, 'actions/gate/cases/a.yaml': written }))
  expect(refused.map((line) => line.replace(/: clock must be a date .*/, ''))).toEqual(
    [1, 2, 3, 4].map((line) => `actions/gate/cases/a.yaml:${line}`),
  )
})

test('a place without a case is told where a first one would stand', async () => {
  const folder = await folderOf(tenant)
  expect(await refusalOf(folder)).toEqual([`${folder} holds no case; write one, such as actions/NAME/cases/first.yaml`])
  expect(await refusalOf(join(folder, 'actions/gate/code.js'))).toEqual([
    expect.stringMatching(/code\.js holds no case; write one, such as .*actions\/gate\/cases\/first\.yaml$/),
  ])
  await expect(readCaseFiles(join(folder, 'nowhere'), {})).rejects.toThrow('nowhere is not there: give a tenant folder')
})

test('cases are found by their folder, their Action or their file, and each has its Actions in order', async () => {
  const folder = await folderOf({
    ...tenant,
    'actions/gate/cases/a.yaml': '- {}\n- name: named\n  actions: [enrich, gate]\n',
    'actions/enrich/cases/b.json': { actions: 'bound', secrets: { KEY: 'given' } },
    'cases/whole.yml': 'actions: bound\n',
    'alone/tier.js': action,
    'alone/.env': 'TOKEN=from-the-file',
    'alone/cases/c.yaml': 'secrets: { MORE: m }',
  })
  const found = async (path: string) =>
    (await readCaseFiles(join(folder, path), {})).cases.map((each) => {
      const names = each.plan.actions.map((one) => one.action.name)
      return `${each.action}: ${each.name}: ${names.join(', ')}`
    })
  const gate = ['gate: a 1: gate', 'gate: named: enrich, gate']
  expect(await found('.')).toEqual(['gate: whole: gate, enrich', 'enrich: b: gate, enrich', ...gate])
  for (const path of ['actions/gate', 'actions/gate/code.js', 'actions/gate/cases', 'actions/gate/cases/a.yaml'])
    expect(await found(path)).toEqual(gate)
  for (const path of ['alone', 'alone/tier.js']) expect(await found(path)).toEqual(['tier: c: tier'])

  const [alone] = (await readCaseFiles(join(folder, 'alone'), {})).cases
  expect(alone?.plan.actions[0]?.action.secrets).toEqual({ TOKEN: 'from-the-file', MORE: 'm' })
  const [bound] = (await readCaseFiles(join(folder, 'actions/enrich'), {})).cases
  expect(bound?.plan.actions.map((one) => one.action.secrets)).toEqual([{}, { KEY: 'given' }])
})

const ran: CaseRun = {
  result: 'issued',
  claims: { tier: 'gold', 'https://a.example/b': { level: 2, list: [1, 2] } },
  scopes: ['read', 'write'],
  dropped: [
    { kind: 'claim', action: 'gate', name: 'iss', rule: 'restricted-name', explanation: '' },
    { kind: 'scope', action: 'gate', name: 'admin', rule: 'outside-grant', explanation: '' },
  ],
  console: ['first', 'the second line', 'third', 'at\nonce'],
  runs: [],
  cache: { kept: { value: 'v', expires_at: Date.UTC(2026, 0, 1) } },
  requests: [{ method: 'POST', url: 'https://api.example.com/', headers: {}, body: '{"a":1}', answeredBy: 0 }],
  action_ms: 40,
}

test('an expectation holds by the members that it names, whatever else came', () => {
  const held: readonly Expectation[] = [
    {},
    { issued: true, claims: { tier: 'gold' }, absent_claims: ['team'], scopes: ['write', 'read'] },
    { claims: { 'https://a.example/b': { list: [1, 2], level: 2 } } },
    // What fits both is not given the one that the other needs.
    { dropped: [{ action: 'gate' }, { name: 'iss' }] },
    { dropped: [{ name: 'admin', rule: 'outside-grant' }, { kind: 'claim' }] },
    { cache: { kept: 'v', gone: null } },
    { cache: { kept: { value: 'v', expires_at: '2026-01-01T00:00:00Z' } } },
    { console: ['first', { matches: 'sec.nd' }], action_ms: 40 },
    // What was printed at once, by its lines and whole.
    { console: ['at', 'once'] },
    { console: ['at\nonce'] },
    { requests: [{ method: 'post', url: 'https://api.example.com/', body: { a: 1 } }] },
  ]
  for (const expectation of held) expect(judge(expectation, ran)).toEqual([])
})

test('what did not come is told member by member, as it was expected and as it came', () => {
  const differing: readonly (readonly [Expectation, ...object[]])[] = [
    [{ claims: { tier: 'silver' } }, { member: 'claims.tier', expected: 'silver', came: 'gold' }],
    [{ claims: { team: 'a' } }, { member: 'claims.team', expected: 'a' }],
    [
      { claims: { 'https://a.example/b': { level: 3, list: [1, 2] } } },
      { member: 'claims["https://a.example/b"].level', expected: 3, came: 2 },
    ],
    [{ absent_claims: ['tier'] }, { member: 'claims.tier', came: 'gold', note: 'is to be absent' }],
    [{ scopes: ['read'] }, { member: 'scopes', expected: ['read'], came: ['read', 'write'] }],
    [
      { console: ['third', 'first'] },
      { member: 'console', expected: ['first'], note: 'was not printed, or not in this order' },
    ],
    [{ cache: { kept: null } }, { member: 'cache.kept', came: 'v', note: 'is to be absent' }],
    [{ action_ms: 39 }, { member: 'action_ms', expected: 'at most 39', came: 40 }],
    [
      { requests: [] },
      { member: 'requests', expected: [], came: [{ method: 'POST', url: 'https://api.example.com/', body: { a: 1 } }] },
    ],
    // Of a run that ended in another way, the token is not looked at.
    [
      { denial: { code: 'invalid_scope' }, scopes: [] },
      { member: 'result', expected: 'denied', came: 'issued' },
    ],
  ]
  for (const [expectation, ...mismatches] of differing) expect(judge(expectation, ran)).toEqual(mismatches)

  const [dropped] = judge({ dropped: [{ name: 'iss' }, { name: 'aud' }] }, ran)
  expect(dropped?.expected).toEqual([
    expect.objectContaining({ name: 'iss', rule: 'restricted-name' }),
    { name: 'aud' },
  ])

  const { claims: _, scopes: __, ...rest } = ran
  const failed: CaseRun = {
    ...{ ...rest, claims: {}, scopes: [] },
    ...{ result: 'failed', failure: { kind: 'threw', message: 'TypeError: no price' } },
  }
  for (const message of ['no price', 'TypeError: no price', { matches: '^no' }])
    expect(judge({ failure: { kind: 'threw', message } }, failed)).toEqual([])
  expect(judge({ failure: { kind: 'timed-out' } }, failed)).toEqual([
    { member: 'failure.kind', expected: 'timed-out', came: 'threw' },
  ])
  expect(judge({}, failed)).toEqual([{ member: 'result', expected: 'issued', came: 'failed' }])
})

test('lists that differ in their order alone are told as they are', async () => {
  const [of] = (await readCaseFiles(join(await folderOf({ ...tenant, 'cases/a.yaml': 'actions: bound' }), 'cases'), {}))
    .cases
  if (of === undefined) throw new Error('no case was found')
  const mismatches = judge({ claims: { 'https://a.example/b': { level: 2, list: [2, 1] } } }, ran)
  const lines = caseLines({ of, status: 'failed', ms: 1, mismatches, requests: [], coverage: [] })
  expect(lines.slice(1).map(({ text }) => text)).toEqual([
    'claims["https://a.example/b"].list',
    '  - [2,1]',
    '  + [1,2]',
  ])
})

test('a regular expression that would take years fails a case', () => {
  const printed = { ...ran, console: [`${'a'.repeat(60)}!`] }
  expect(judge({ console: [{ matches: '^(a+)+$' }] }, printed)).toEqual([
    {
      ...{ member: 'console', expected: [{ matches: '^(a+)+$' }] },
      note: 'takes more than 500 ms to be found in what came; repeat less inside of what repeats',
    },
  ])
})

test('a request that no stub answers fails a case, whatever it expects', () => {
  const unanswered = { method: 'GET', url: 'https://b.example/x', headers: {}, unanswered: 'no stub' }
  expect(judge({}, { ...ran, requests: [unanswered] })).toEqual([
    expect.objectContaining({ member: 'http', came: ['GET https://b.example/x'] }),
  ])
})

test('the lines that are counted are those with code of their own, and one ran when any of it did', () => {
  const code = `// a comment
const a = {
  text: 'no // comment', // but this
}

/* of
   several */ function never() {
  return \`\${[1].map((b) => {
    return b / 2
  })} is ) no code\`
}
const pattern = /[/"]\\/'/.test(a.text) ? 1 : 2
{}
`
  const counted = new Set<number>()
  let line = 1
  codeCharacters(code).forEach((kind, at) => {
    if (kind === characterKinds.code) counted.add(line)
    if (code[at] === '\n') line += 1
  })
  expect([...counted]).toEqual([2, 3, 7, 8, 9, 10, 12])

  const start = code.indexOf('{\n  return `')
  const end = code.indexOf('const pattern')
  const between = (count: number) => [
    { start: 0, end: start, count: 1 },
    { start, end, count },
    { start: end, end: code.length, count: 1 },
  ]
  const tally = new CoverageTally()
  const add = told(tally, code)
  add(between(0))
  expect(tally.files()).toEqual([{ file: 'a.js', lines: 7, percent: 57, never_ran: [8, 9, 10] }])
  add(between(2))
  expect(tally.files()).toEqual([{ file: 'a.js', lines: 7, percent: 100, never_ran: [] }])
})

test('a file of which no run told is one that is asked for', () => {
  const tally = new CoverageTally()
  const action = { ...{ name: 'a', code: 'a()', secrets: {}, dependencies: [] }, runtime: 'node22', modules: [] }
  tally.add([], [{ action, files: ['a.js'], warnings: [] }])
  expect([tally.files(), tally.untold()]).toEqual([[], ['a.js']])
  told(tally, 'a()')([{ start: 0, end: 3, count: 1 }])
  expect(tally.untold()).toEqual([])
})

/** Tells a tally of runs of one code. */
function told(tally: CoverageTally, code: string): (ranges: CodeCoverage['ranges']) => void {
  const action = { ...{ name: 'a', code, secrets: {}, dependencies: [] }, runtime: 'node22', modules: [] }
  return (ranges) => tally.add([{ of: action, ranges }], [{ action, files: ['a.js'], warnings: [] }])
}

test('what comes after a return did not run up to the end of its block, whatever branches are in it', () => {
  const code = `exports.handler = (tier) => {
  switch (tier) {
    case 1: {
      if (tier) {
        return 1
      }
      const a = tier ? 2 : 3
      tier()
    }
    case 2:
      tier()
  }
  if (tier) {
    tier()
  } else {
    tier()
  }
  tier()
}
`
  const of = (text: string, from = 0) => code.indexOf(text, from)
  // As V8 tells of it: up to the first branch, and each branch.
  const after = of('\n      const a')
  const colon = of(' : 3')
  const orElse = of(' else')
  const ranges = [
    { start: 0, end: after, count: 1 },
    { start: after, end: colon, count: 0 },
    { start: colon, end: orElse, count: 1 },
    { start: orElse, end: of('\n  tier()\n}'), count: 0 },
    { start: of('\n  tier()\n}'), end: code.length, count: 1 },
  ]
  const tally = new CoverageTally()
  told(tally, code)(ranges)
  expect(tally.files()[0]?.never_ran).toEqual([7, 8, 15, 16])
})
