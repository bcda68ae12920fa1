import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { freshFolder } from '../support/dev-process.ts'
import { inFull } from '../support/in-full.ts'

const repository = join(import.meta.dirname, '../..')

/** What `tsc` finds wrong in some files, by their names. */
async function faultsIn(files: readonly string[], options: { readonly strict: boolean }): Promise<readonly string[]> {
  const folder = await freshFolder()
  const config = {
    compilerOptions: {
      ...{ ...options, noEmit: true, allowJs: true, checkJs: true, skipLibCheck: true, moduleDetection: 'force' },
      ...{ target: 'es2024', lib: ['es2024'], module: 'nodenext', allowImportingTsExtensions: true },
      ...{ types: ['node'], typeRoots: [join(repository, 'node_modules/@types')], noUncheckedIndexedAccess: true },
      paths: { 'symbolon/actions': [join(repository, 'src/authoring/actions.ts')] },
    },
    files,
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { exitCode, stdout } = await new Promise<{ exitCode: number; stdout: string }>((resolve) => {
    const process = execFile(join(repository, 'node_modules/.bin/tsc'), ['-p', folder], (_error, stdout) =>
      resolve({ exitCode: process.exitCode ?? 1, stdout }),
    )
  })
  const faults = stdout.split('\n').filter((line) => / error TS\d+: /.test(line))
  // A check that could not begin has found nothing.
  expect(exitCode === 0).toBe(faults.length === 0)
  return faults.map((line) => line.slice(line.lastIndexOf('/', line.indexOf('(')) + 1))
}

/** The event as Auth0 documents it: where, of which type, and whether it may be absent. */
const eventRows: readonly (readonly [path: string, type: string, optional?: 'optional'])[] = [
  ['accessToken.customClaims', '{ [claim: string]: any }'],
  ['accessToken.scope', 'string[]'],
  ['agent', 'object', 'optional'],
  ['agent.agent_id', 'string'],
  ['agent.agent_metadata', '{ [name: string]: any }'],
  ['agent.name', 'string'],
  ['client.client_id', 'string'],
  ['client.metadata', '{ [name: string]: string }'],
  ['client.name', 'string'],
  ['configuration', 'object'],
  ['custom_domain', 'object', 'optional'],
  ['custom_domain.domain', 'string'],
  ['custom_domain.domain_metadata', '{ [name: string]: string }'],
  ['organization', 'object', 'optional'],
  ['organization.id', 'string'],
  ['organization.name', 'string'],
  ['organization.display_name', 'string'],
  ['organization.metadata', '{ [name: string]: string }'],
  ['organization.more', 'any'],
  ['request.body', '{ [parameter: string]: any }'],
  ['request.geoip', 'object'],
  ['request.geoip.cityName', 'string', 'optional'],
  ['request.geoip.continentCode', 'string', 'optional'],
  ['request.geoip.countryCode', 'string', 'optional'],
  ['request.geoip.countryCode3', 'string', 'optional'],
  ['request.geoip.countryName', 'string', 'optional'],
  ['request.geoip.latitude', 'number', 'optional'],
  ['request.geoip.longitude', 'number', 'optional'],
  ['request.geoip.subdivisionCode', 'string', 'optional'],
  ['request.geoip.subdivisionName', 'string', 'optional'],
  ['request.geoip.timeZone', 'string', 'optional'],
  ['request.geoip.more', 'any'],
  ['request.hostname', 'string', 'optional'],
  ['request.ip', 'string'],
  ['request.language', 'string', 'optional'],
  ['request.method', 'string'],
  ['request.user_agent', 'string', 'optional'],
  ['resource_server.identifier', 'string'],
  ['secrets', 'object'],
  ['secrets.ANY_NAME', 'string'],
  ['tenant.id', 'string'],
  ['transaction.correlation_id', 'string', 'optional'],
  ['transaction.requested_scopes', 'string[]'],
  ['transaction.target_scopes', 'string[]', 'optional'],
]

const absentMembers = ['actor', 'session', 'user', 'security_context', 'authentication', 'connection', 'refresh_token']

/** One line a row: an error of the compiler in it is a difference from what is documented. */
function rowsAsCode(): string {
  const typeAt = (path: string) => path.split('.').reduce((type, name) => `Present<${type}>['${name}']`, 'Event')
  const rows = eventRows.map(([path, type, optional]) => {
    const [at, ...below] = path.split('.').reverse()
    const owner = below.length === 0 ? 'Event' : `Present<${typeAt(below.reverse().join('.'))}>`
    const kind =
      type === 'object'
        ? `Present<${owner}['${at}']> extends object ? true : false`
        : `Same<Present<${owner}['${at}']>, ${type}>`
    return `is<${kind}>(); is<Same<undefined extends ${owner}['${at}'] ? 'optional' : 'present', ${optional === undefined && type !== 'any' ? "'present'" : "'optional'"}>>() // ${path}`
  })
  return [
    "import type { Event } from 'symbolon/actions'",
    'type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false',
    'type Present<T> = Exclude<T, undefined>',
    'declare function is<_Holds extends true>(): void',
    ...rows,
    ...absentMembers.map((name) => `is<Same<'${name}' extends keyof Event ? true : false, false>>() // ${name}`),
  ].join('\n')
}

/** What the engine hands to an action, taken for what its author was promised. */
const runtimeAsCode = `
import type { CacheErrorCode, CredentialsExchangeAPI, CredentialsExchangeAction, DenyCode, Event } from 'symbolon/actions'
import type * as engine from ${JSON.stringify(join(repository, 'src/index.ts'))}

declare const event: engine.Event
declare const api: engine.CredentialsExchangeAPI
declare const handler: CredentialsExchangeAction
// One secret is declared, by another file of this check.
const promised: Event = { ...event, secrets: { ...event.secrets, LEDGER_KEY: '' } }
const promisedApi: CredentialsExchangeAPI = api
handler(promised, api)

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const denyCodes: Same<DenyCode, engine.DenyCode> = true
const codes: Same<CacheErrorCode, Extract<engine.CacheResult, { type: 'error' }>['code']> = true
const members: Same<keyof CredentialsExchangeAPI, keyof engine.CredentialsExchangeAPI> = true
const eventMembers: Same<Exclude<keyof Event, keyof engine.Event>, 'agent'> = true
`

let faults: readonly string[]
beforeAll(async () => {
  const folder = await freshFolder()
  const made = { 'rows.ts': rowsAsCode(), 'runtime.ts': runtimeAsCode }
  for (const [name, text] of Object.entries(made)) await writeFile(join(folder, name), text)
  const typed = ['javascript.js', 'typescript.ts'].map((name) => join(import.meta.dirname, 'typed', name))
  faults = await faultsIn([...typed, ...Object.keys(made).map((name) => join(folder, name))], { strict: true })
})

function faultsOf(file: string): readonly string[] {
  return faults.filter((fault) => fault.startsWith(`${file}(`))
}

test('an Action in JavaScript is checked line by line: what Auth0 documents passes, and what it does not have is found', () => {
  expect(faultsOf('javascript.js')).toEqual([])
})

test('an Action in TypeScript is checked likewise, with the secrets that its author declares', () => {
  expect(faultsOf('typescript.ts')).toEqual([])
})

test('every documented property of an event has its type and is optional where it may be absent, and no other trigger has lent any', () => {
  expect(faultsOf('rows.ts')).toEqual([])
})

test('what the engine hands to an action is of the types that its author was promised, with the same codes', () => {
  expect(faultsOf('runtime.ts')).toEqual([])
})

inFull('the Actions of the parity tests check as they are, but where they do on purpose what is no use', async () => {
  const folder = await freshFolder()
  const parity = join(repository, 'test/parity')
  const files: string[] = []
  for (const entry of await readdir(parity, { recursive: true, withFileTypes: true })) {
    if (!/^action.*\.js$/.test(entry.name)) continue
    const code = await readFile(join(entry.parentPath, entry.name), 'utf8')
    const typed = "/** @type {import('symbolon/actions').CredentialsExchangeAction} */ exports.onExecute"
    const file = join(folder, `${entry.parentPath.slice(parity.length + 1)}.${entry.name}`)
    await writeFile(file, code.replace(/^exports\.onExecute/m, typed))
    files.push(file)
  }
  const found = await faultsIn(files, { strict: false })
  expect(new Set(found.map((fault) => fault.slice(0, fault.indexOf('.'))))).toEqual(
    new Set([
      'cache-answers',
      'cache-total-size',
      'deny-with-another-code',
      'event-is-a-copy',
      'only-four-namespaces',
      'target-scopes-are-checked',
    ]),
  )
})
