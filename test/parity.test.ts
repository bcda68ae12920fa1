import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, openServer, type TestServer, type TokenParameters } from './support/server.ts'
import { aClient, aGrant, anApi, type GivenTenant } from './support/tenant.ts'

/** What one exchange is made of. Everything absent is as in `support/tenant.ts`. */
interface Given {
  /** Parameters of each request, in order; one request without parameters of its own when absent. */
  readonly requests?: readonly TokenParameters[]
  /** Whether the requests are sent at once instead of one after the other. */
  readonly together?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly client_metadata?: Readonly<Record<string, string>>
  readonly grant?: readonly string[]
  readonly api?: Partial<ReturnType<typeof anApi>>
  /** By the action's file name without `.js`. */
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly environment?: Readonly<Record<string, string>>
}

/** What one request is answered with. `dropped` and `console` are complete: what they do not name did not happen. */
interface Expected {
  readonly status: number
  readonly error?: string
  /** `$REQUEST_ID` stands for the answer's own. */
  readonly error_description?: string
  readonly claims?: Readonly<Record<string, unknown>>
  /** Claims that the token must not have. */
  readonly absent?: readonly string[]
  /** The body's `scope`; `null` when it must have none. */
  readonly scope?: string | null
  /** Names by the rule they were dropped under. */
  readonly dropped?: Readonly<Record<string, readonly string[]>>
  /** What each action printed. */
  readonly console?: Readonly<Record<string, string>>
  /** Types of the log's entries, in order. */
  readonly log?: readonly string[]
  readonly error_class?: string
}

const folder = fileURLToPath(new URL('./parity/', import.meta.url))
const givenKeys = 'requests together headers client_metadata grant api secrets environment'.split(' ')
const expectedKeys = 'status error error_description claims absent scope dropped console log error_class'.split(' ')

let shared: TestServer
beforeAll(async () => {
  shared = await openServer()
})
afterAll(() => shared.close())

describe('an Action from Auth0', () => {
  test.each(readdirSync(folder))('%s', async (name) => {
    const given: Given = readObject(`${name}/given.json`, givenKeys)
    const files = readdirSync(`${folder}${name}`).filter((file) => file.endsWith('.js'))
    const codes = files.map((file) => read(`${name}/${file}`))
    const tenant: GivenTenant = {
      clients: [aClient(given.client_metadata === undefined ? {} : { client_metadata: given.client_metadata })],
      // The Management API is the server's own.
      apis: given.api?.is_system === true ? [] : [anApi(given.api)],
      grants: [
        aGrant({ audience: anApi(given.api).identifier, ...(given.grant !== undefined && { scope: given.grant }) }),
      ],
      actions: files.map((file, index) => {
        const action = file.replace(/\.js$/, '')
        return { name: action, code: codes[index] ?? '', secrets: given.secrets?.[action] ?? {} }
      }),
    }
    // The trigger's cache outlives a change of configuration, as it should: an action that uses it begins with its own.
    if (given.environment !== undefined || codes.some((code) => code.includes('api.cache'))) {
      const own = await openServer(tenant, given.environment)
      try {
        await check(name, given, own)
      } finally {
        await own.close()
      }
    } else {
      await shared.serve(tenant)
      await check(name, given, shared)
    }
    expect(read(`${name}/source.md`).trim(), 'source.md says where the expectation is from').not.toBe('')
  })
})

async function check(name: string, given: Given, server: TestServer): Promise<void> {
  const audience = anApi(given.api).identifier
  const ask = (parameters: TokenParameters) =>
    server.token({ audience, ...parameters }, given.headers === undefined ? {} : { headers: given.headers })
  const requests = given.requests ?? [{}]
  const answers: Answer[] = []
  if (given.together === true) answers.push(...(await Promise.all(requests.map(ask))))
  else for (const request of requests) answers.push(await ask(request))

  const expected = readExpected(`${name}/expect.json`)
  expect(answers).toHaveLength(expected.length)
  for (const [index, answer] of answers.entries()) await compare(answer, expected[index], server)
}

async function compare(answer: Answer, expected: Expected | undefined, server: TestServer): Promise<void> {
  if (expected === undefined) throw new Error('more answers than expected')
  const entries = await server.logsOf(answer)
  expect(answer.status, `${answer.text}\n${JSON.stringify(entries, null, 2)}`).toBe(expected.status)
  if (expected.error !== undefined) {
    const requestId = answer.headers.get('x-auth0-requestid') ?? ''
    expect(answer.body).toEqual({
      error: expected.error,
      error_description: expected.error_description?.replace('$REQUEST_ID', requestId),
    })
  }
  expect(typeof answer.body.access_token).toBe(expected.status === 200 ? 'string' : 'undefined')
  for (const [claim, value] of Object.entries(expected.claims ?? {})) expect(answer.claims[claim], claim).toEqual(value)
  for (const claim of expected.absent ?? []) expect(Object.hasOwn(answer.claims, claim), claim).toBe(false)
  if (expected.scope !== undefined) {
    expect(answer.body.scope ?? null).toBe(expected.scope)
    expect(answer.claims.scope ?? null).toBe(expected.scope)
  }
  const end = entries.at(-1)
  expect(entries.map(({ type }) => type)).toEqual(expected.log ?? [expected.status === 200 ? 'seccft' : 'feccft'])
  const { dropped, console } = readDetails(end?.details)
  expect(dropped).toEqual(expected.dropped ?? {})
  expect(console).toEqual(expected.console ?? {})
  if (expected.error_class !== undefined) expect(entries[0]?.details?.error_class).toBe(expected.error_class)
}

/** The drops by rule, and the console by action, of an entry's `details.symbolon`. */
function readDetails(details: unknown): {
  readonly dropped: Readonly<Record<string, readonly string[]>>
  readonly console: Readonly<Record<string, string>>
} {
  const { symbolon } = details as {
    readonly symbolon: {
      readonly dropped?: readonly { readonly name: string; readonly rule: string }[]
      readonly console?: readonly { readonly action: string; readonly text: string }[]
    }
  }
  const dropped: Record<string, string[]> = {}
  for (const { name, rule } of symbolon.dropped ?? []) dropped[rule] = [...(dropped[rule] ?? []), name]
  const console = Object.fromEntries((symbolon.console ?? []).map(({ action, text }) => [action, text]))
  return { dropped, console }
}

function readExpected(path: string): readonly Expected[] {
  const value: unknown = JSON.parse(read(path))
  const list: readonly Expected[] = Array.isArray(value) ? value : [value]
  for (const each of list) checkKeys(each, expectedKeys, path)
  return list
}

function readObject(path: string, keys: readonly string[]): Given {
  const value: Given = JSON.parse(read(path))
  checkKeys(value, keys, path)
  return value
}

/** A misspelt expectation would hold whatever happens. */
function checkKeys(value: object, keys: readonly string[], path: string): void {
  const unknown = Object.keys(value).find((key) => !keys.includes(key))
  if (unknown !== undefined) throw new Error(`${path}: "${unknown}" is not one of ${keys.join(', ')}`)
}

function read(path: string): string {
  return readFileSync(`${folder}${path}`, 'utf8')
}
