import { generateKeyPairSync } from 'node:crypto'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience, billing, handler } from '../../support/tenant.ts'

type Schema = Readonly<Record<string, unknown>>
type Content = { readonly content?: { readonly 'application/json': { readonly schema: Schema } } }

/** Of answers, what a later step needs of an earlier one. */
interface Answered {
  readonly [member: string]: unknown
}

let server: TestServer
let responsesOf: ReadonlyMap<string, Readonly<Record<string, Content>>>
const visited = new Set<string>()
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })

beforeAll(async () => {
  server = await openServer({ actions: [handler('')] })
  const { text } = await server.send('/api/v2/openapi.json')
  const document: {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Record<string, Content> }>>>>
    readonly components: { readonly schemas: { readonly Refusal: Schema } }
  } = JSON.parse(text)
  ajv.addSchema(document.components.schemas.Refusal, '#/components/schemas/Refusal')
  responsesOf = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [`${method.toUpperCase()} ${path}`, responses] as const),
    ),
  )
})
afterAll(() => server.close())

/** Calls an operation by its name in the document, and holds the answer to what the document says of it. */
async function visit(name: string, params: readonly string[] = [], body?: unknown, query = ''): Promise<Answered> {
  const responses = responsesOf.get(name)
  if (responses === undefined) throw new Error(`the document has no ${name}`)
  visited.add(name)
  const [method = '', template = ''] = name.split(' ')
  let next = 0
  const path = template.replaceAll(/\{\w+\}/g, () => encodeURIComponent(params[next++] ?? ''))
  const answer = await server.manage(method, `${path}${query}`, body)
  const [status = ''] = Object.keys(responses)
  expect([name, answer.status, answer.status >= 400 ? answer.text : '']).toEqual([name, Number(status), ''])
  hold(name, responses[status], answer.text)
  return answer.text === '' ? {} : JSON.parse(answer.text)
}

function hold(name: string, response: Content | undefined, text: string): void {
  const schema = response?.content?.['application/json'].schema
  if (schema === undefined) expect([name, text]).toEqual([name, ''])
  else expect([name, faults(schema, JSON.parse(text))]).toEqual([name, []])
}

function faults(schema: Schema, value: unknown): readonly string[] {
  const validate = ajv.compile(schema)
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

test('every answer of a tour through the API is one that its document describes', async () => {
  const list = async (name: string, params: readonly string[] = []) => {
    for (const query of ['', '?per_page=2&include_totals=true', '?take=2']) await visit(name, params, undefined, query)
  }
  // Clients and their credentials.
  const client = await visit('POST /clients', [], {
    name: 'Tour',
    app_type: 'non_interactive',
    client_metadata: { a: 'b' },
  })
  const id = String(client.client_id)
  await list('GET /clients')
  await visit('GET /clients/{id}', [id])
  await visit('PATCH /clients/{id}', [id], { description: 'on tour' })
  await visit('POST /clients/{id}/rotate-secret', [id])
  await visit('GET /clients/{id}/connections', [id])
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })
  const given = { credential_type: 'public_key', name: 'key', pem, alg: 'ES256' }
  const credential = await visit('POST /clients/{client_id}/credentials', [id], given)
  await visit('GET /clients/{client_id}/credentials', [id])
  const expires_at = new Date(Date.now() + 86_400_000).toISOString()
  const both = [id, String(credential.id)]
  await visit('GET /clients/{client_id}/credentials/{credential_id}', both)
  await visit('PATCH /clients/{client_id}/credentials/{credential_id}', both, { expires_at })
  // APIs and grants.
  const scopes = [{ value: 'read:tour', description: 'Read' }]
  const api = await visit('POST /resource-servers', [], {
    identifier: 'https://tour.example.com/',
    name: 'Tour',
    scopes,
  })
  await visit('GET /resource-servers', [], undefined, '')
  await visit('GET /resource-servers', [], undefined, '?per_page=1&include_totals=true')
  await visit('GET /resource-servers/{id}', ['https://tour.example.com/'])
  await visit('PATCH /resource-servers/{id}', [String(api.id)], { token_lifetime: 60 })
  const granted = {
    client_id: id,
    audience: 'https://tour.example.com/',
    scope: ['read:tour'],
    organization_usage: 'allow',
  }
  const grant = await visit('POST /client-grants', [], granted)
  await list('GET /client-grants')
  await visit('GET /client-grants/{id}', [String(grant.id)])
  await visit('PATCH /client-grants/{id}', [String(grant.id)], { scope: [] })
  // Organizations.
  const organization = await visit('POST /organizations', [], {
    name: 'tour',
    display_name: 'Tour',
    metadata: { a: 'b' },
  })
  const org = String(organization.id)
  await list('GET /organizations')
  await visit('GET /organizations/{id}', [org])
  await visit('GET /organizations/name/{name}', ['tour'])
  await visit('PATCH /organizations/{id}', [org], { display_name: 'On tour' })
  await visit('POST /organizations/{id}/client-grants', [org], { grant_id: grant.id })
  await visit('GET /organizations/{id}/client-grants', [org])
  await visit('GET /organizations/{id}/client-grants', [org], undefined, '?include_totals=true')
  await list('GET /client-grants/{id}/organizations', [String(grant.id)])
  await visit('GET /organizations/{id}/connections', [org])
  await visit('GET /organizations/{id}/enabled_connections', [org])
  await visit('GET /organizations/{id}/discovery-domains', [org])
  await visit('GET /organizations/{id}/clients', [org])
  await visit('GET /organizations/{id}/members', [org])
  await visit('GET /connections')
  // Actions and modules.
  const module = await visit('POST /actions/modules', [], {
    name: 'tour-module',
    code: 'exports.tour = 1',
    secrets: [{ name: 'S', value: 's' }],
  })
  const moduleId = String(module.id)
  await visit('GET /actions/modules')
  await visit('GET /actions/modules/{id}', [moduleId])
  const published = await visit('POST /actions/modules/{id}/versions', [moduleId])
  await visit('GET /actions/modules/{id}/versions', [moduleId])
  await visit('GET /actions/modules/{id}/versions/{version}', [moduleId, String(published.id)])
  await visit('PATCH /actions/modules/{id}', [moduleId], { code: 'exports.tour = 2' })
  await visit('POST /actions/modules/{id}/versions', [moduleId])
  await visit('POST /actions/modules/{id}/rollback', [moduleId], { module_version_id: published.id })
  const supported_triggers = [{ id: 'credentials-exchange', version: 'v2' }]
  const secrets = [{ name: 'KEY', value: 'v' }]
  const action = await visit('POST /actions/actions', [], {
    name: 'tour',
    code: handler(''),
    supported_triggers,
    secrets,
  })
  const actionId = String(action.id)
  await expect.poll(async () => (await visit('GET /actions/actions/{id}', [actionId])).status).toBe('built')
  const version = await visit('POST /actions/actions/{id}/deploy', [actionId])
  await visit('GET /actions/actions')
  await visit('PATCH /actions/actions/{id}', [actionId], { secrets: [{ name: 'KEY' }, { name: 'TWO', value: '2' }] })
  await visit('POST /actions/actions/{id}/test', [actionId], { payload: {} })
  await visit('GET /actions/actions/{id}/versions', [actionId])
  await visit('GET /actions/actions/{id}/versions/{version}', [actionId, String(version.id)])
  await visit('POST /actions/actions/{id}/versions/{version}/deploy', [actionId, String(version.id)])
  await visit('GET /actions/triggers')
  const bindings = [{ ref: { type: 'action_name', value: 'tour' }, display_name: 'Tour' }]
  await visit('PATCH /actions/triggers/{trigger}/bindings', ['credentials-exchange'], { bindings })
  await visit('GET /actions/triggers/{trigger}/bindings', ['credentials-exchange'])
  await visit('GET /actions/modules/{id}/actions', [moduleId])
  // What happened.
  expect((await server.token()).status).toBe(200)
  await visit('GET /logs', [], undefined, `?per_page=1&q=${encodeURIComponent('type:seccft')}`)
  const exchange = (await server.logs()).find(({ type }) => type === 'seccft')
  await visit('GET /logs')
  await visit('GET /logs', [], undefined, '?per_page=1&include_totals=true')
  await visit('GET /logs/{id}', [String(exchange?.log_id)])
  const executions = JSON.stringify(exchange?.details).match(/"executions":\["([^"]+)"/)
  await visit('GET /actions/executions/{id}', [executions?.[1] ?? ''])
  await visit('GET /stats/daily')
  await visit('GET /stats/active-users')
  const sink = {
    httpEndpoint: 'https://sink.example.com/',
    httpContentFormat: 'JSONLINES',
    httpContentType: 'application/json',
  }
  const stream = await visit('POST /log-streams', [], { name: 'tour', type: 'http', sink })
  await visit('GET /log-streams')
  await visit('GET /log-streams/{id}', [String(stream.id)])
  await visit('PATCH /log-streams/{id}', [String(stream.id)], { status: 'paused' })
  // The tenant.
  await visit('GET /tenants/settings')
  await visit('PATCH /tenants/settings', [], { friendly_name: 'Tour' })
  const custom = await visit('POST /custom-domains', [], { domain: 'login.example.com', type: 'self_managed_certs' })
  const customId = String(custom.custom_domain_id)
  await visit('GET /custom-domains')
  await visit('GET /custom-domains/{id}', [customId])
  await visit('POST /custom-domains/{id}/verify', [customId])
  await visit('POST /custom-domains/{id}/test', [customId])
  await visit('PATCH /custom-domains/{id}', [customId], { domain_metadata: { a: 'b' } })
  await visit('PATCH /custom-domains/default', [], { domain: 'login.example.com' })
  await visit('GET /custom-domains/default')
  await visit('GET /keys/signing')
  // And everything goes.
  await visit('PATCH /actions/triggers/{trigger}/bindings', ['credentials-exchange'], { bindings: [] })
  await visit('DELETE /actions/actions/{id}', [actionId])
  await visit('DELETE /actions/modules/{id}', [moduleId])
  await visit('DELETE /log-streams/{id}', [String(stream.id)])
  const other = await visit('POST /custom-domains', [], { domain: 'other.example.com', type: 'self_managed_certs' })
  await visit('DELETE /custom-domains/{id}', [String(other.custom_domain_id)])
  await visit('DELETE /organizations/{id}/client-grants/{grant_id}', [org, String(grant.id)])
  await visit('DELETE /organizations/{id}', [org])
  await visit('DELETE /client-grants/{id}', [String(grant.id)])
  await visit('DELETE /resource-servers/{id}', [String(api.id)])
  await visit('DELETE /clients/{client_id}/credentials/{credential_id}', both)
  await visit('DELETE /clients/{id}', [id])
  // The key that was current signed the token of all these calls: with it they end.
  const keys: readonly Answered[] = JSON.parse((await server.manage('GET', '/keys/signing')).text)
  const kid = String(keys.find(({ current }) => current === true)?.kid)
  await visit('POST /keys/signing/rotate')
  await visit('GET /keys/signing/{kid}', [kid])
  await visit('PUT /keys/signing/{kid}/revoke', [kid])
  expect([...responsesOf.keys()].filter((name) => !visited.has(name)).toSorted()).toEqual(refusedAlways)
})

/** Asked of this server they are refused: there are no connections and no discovery domains. */
const refusedAlways = [
  'POST /organizations/{id}/connections',
  'POST /organizations/{id}/discovery-domains',
  'POST /organizations/{id}/enabled_connections',
]

test('every refusal is one that the document describes', async () => {
  const refusals = [
    await server.manage('GET', '/clients/unknown'),
    await server.manage('POST', '/clients', { name: '' }),
    await server.manage('GET', '/actions/actions/unknown'),
    await server.manage('GET', '/rules'),
    await server.manage('GET', '/clients', undefined, { authorization: 'Bearer a.b.c' }),
    await server.send('/api/v2/clients'),
    await server.manage('POST', '/client-grants', { client_id: billing.client_id, audience, scope: [] }),
  ]
  for (const { status, text } of refusals) {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(faults({ $ref: '#/components/schemas/Refusal' }, JSON.parse(text))).toEqual([])
  }
})
