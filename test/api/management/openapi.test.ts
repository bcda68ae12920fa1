import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { domain, openServer, type TestServer } from '../../support/server.ts'
import { accepted } from './openapi-accepted.ts'
import { namesIn, readFacts, type Tree } from './openapi-facts.ts'

type Json = Readonly<Record<string, unknown>>

/** Of the document, what this file looks at. */
interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
}

interface Described {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Json } } }
  readonly responses: Readonly<
    Record<string, { readonly content?: { readonly 'application/json': { readonly schema: Json } } }>
  >
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
}

let server: TestServer
let document: Document
let operations: ReadonlyMap<string, Described>
const facts = await readFacts()

beforeAll(async () => {
  server = await openServer()
  const answer = await fetch(`${server.url}/api/v2/openapi.json`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
  document = JSON.parse(await answer.text())
  operations = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => [nameOf(method, path), described] as const),
    ),
  )
})
afterAll(() => server.close())

describe('the OpenAPI document', () => {
  test('is read without a token, and says where the API and its tokens are', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.servers).toEqual([{ url: `https://${domain}/api/v2` }])
    expect(document).toHaveProperty(
      'components.securitySchemes.oAuth2ClientCredentials.flows.clientCredentials.tokenUrl',
      `https://${domain}/oauth/token`,
    )
  })

  test('gives every operation a name of its own, every path parameter, and a refusal', () => {
    const ids = [...operations.values()].map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [path, methods] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const { parameters = [], responses } of Object.values(methods)) {
        expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(named)
        expect(responses.default?.content?.['application/json'].schema).toEqual({
          $ref: '#/components/schemas/Refusal',
        })
      }
    }
  })

  test('describes the body of every answer that has one', () => {
    const silent = [...operations].filter(([, { responses }]) => {
      const [status] = Object.keys(responses)
      const schema = status === undefined ? undefined : responses[status]?.content?.['application/json'].schema
      return status !== '204' && Object.keys(schema ?? {}).length === 0
    })
    expect(silent.map(([name]) => name)).toEqual([])
  })
})

/** What Auth0's document names and ours lacks, or asks for, by operation; each of them is accepted with a reason or a fault. */
describe.each(Object.entries(facts))('%s, against the names in Auth0’s document', (name, fact) => {
  test('lacks nothing but what is accepted', () => {
    const described = operations.get(name)
    const found = described === undefined ? ['the operation'] : differences(described, fact)
    const taken = accepted.filter(({ of }) => of === name || of === '*').map(({ what }) => what)
    expect(found.filter((one) => !taken.some((what) => what === one))).toEqual([])
  })
})

test('no difference is accepted that is not there', () => {
  const all = Object.entries(facts).flatMap(([name, fact]) => {
    const described = operations.get(name)
    return (described === undefined ? ['the operation'] : differences(described, fact)).map(
      (what) => `${name}: ${what}`,
    )
  })
  const stale = accepted.filter(
    ({ of, what }) => !all.some((one) => one === `${of}: ${what}` || (of === '*' && one.endsWith(`: ${what}`))),
  )
  expect(stale).toEqual([])
})

function differences(described: Described, fact: (typeof facts)[string]): readonly string[] {
  const query = (described.parameters ?? []).filter((parameter) => parameter.in === 'query')
  const body = described.requestBody?.content['application/json'].schema
  const [status] = Object.keys(described.responses)
  const answer = described.responses[status ?? '']?.content?.['application/json'].schema
  const scopes = new Set(described.security.flatMap((one) => Object.values(one).flat()))
  return [
    ...(fact.query ?? [])
      .filter((name) => !query.some((parameter) => parameter.name === name))
      .map((name) => `query ${name}`),
    ...query
      .filter(({ required, name }) => required === true && fact.queryRequired?.includes(name) !== true)
      .map(({ name }) => `query ${name} is required`),
    ...(fact.body === undefined ? [] : missing(fact.body, body).map((path) => `body ${path}`)),
    ...requiredIn(body)
      .filter((name) => fact.bodyRequired?.includes(name) !== true)
      .map((name) => `body ${name} is required`),
    ...(fact.bodyRequired ?? [])
      .filter((name) => !requiredIn(body).includes(name))
      .map((name) => `body ${name} is not required`),
    ...(String(fact.status) === status ? [] : [`status ${fact.status} is ${status}`]),
    ...(fact.answer === undefined ? [] : missing(fact.answer, answer).map((path) => `answer ${path}`)),
    ...fact.scopes.filter((scope) => !scopes.has(scope)).map((scope) => `scope ${scope}`),
  ]
}

/** The paths of a tree that a schema does not name. What lies below one that is missing goes with it. */
function missing(tree: Tree, schema: Json | undefined): readonly string[] {
  return Object.entries(tree).flatMap(([name, below]) => {
    const found = schema === undefined ? [] : namesIn(schema).get(name)
    if (found === undefined || found.length === 0) return [name]
    return missing(below, { anyOf: found }).map((path) => `${name}.${path}`)
  })
}

function requiredIn(schema: Json | undefined): readonly string[] {
  const { required } = schema ?? {}
  return Array.isArray(required) ? required.map(String) : []
}

function nameOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`
}
