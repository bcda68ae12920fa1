import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi, audience, billing, type GivenTenant, handler } from '../../support/tenant.ts'

const organizations = [
  {
    name: 'acme',
    display_name: 'Acme Inc.',
    metadata: { region: 'eu' },
    client_grants: [{ client_id: billing.name, audience }],
  },
  { name: 'beta' },
]
/** Shows what an action sees of the organization. */
const showing = handler(`api.accessToken.setCustomClaim('seen', event.organization ?? null)`)
const byName = { allow_organization_name_in_authentication_api: true }
const allowing = aGrant({ organization_usage: 'allow' })

let server: TestServer
/** The ids of the two organizations, which an edit does not change. */
let acme: string
let beta: string

/** Serves the two organizations and the action, and what a test adds. */
async function serve(given: GivenTenant): Promise<void> {
  await server.serve({ organizations, actions: [showing], ...given })
}

async function idOf(name: string): Promise<string> {
  const [entry] = await server.logsOf(await server.token({ organization: name }))
  return String(entry?.organization_id)
}

beforeAll(async () => {
  server = await openServer({
    organizations,
    settings: byName,
    grants: [aGrant({ organization_usage: 'require', allow_any_organization: true })],
  })
  acme = await idOf('acme')
  beta = await idOf('beta')
  expect([acme, beta]).toEqual([expect.stringMatching(/^org_\w{16}$/), expect.stringMatching(/^org_\w{16}$/)])
})
afterAll(() => server.close())

/** What an answer came to: the organization it is for, `none`, or the status and the sentence of a refusal. */
function endOf({ status, body, claims }: Answer): unknown {
  if (status !== 200) return [status, body.error, body.error_description]
  return claims.org_id ?? 'none'
}

const notAllowed = [400, 'invalid_request', 'parameter organization is not allowed for this client']
const required = [400, 'invalid_request', 'parameter organization is required for this client']
const defaulting = { default_organization: { organization_id: 'acme', flows: ['client_credentials'] } }

describe.each([
  { usage: 'deny', has: 'a default organization', client: defaulting, without: 'none', named: notAllowed },
  { usage: 'allow', has: 'a default organization', client: defaulting, without: 'none', named: 'acme' },
  { usage: 'require', has: 'no default organization', client: {}, without: required, named: 'acme' },
  { usage: 'require', has: 'a default organization', client: defaulting, without: 'acme', named: 'acme' },
] as const)('a grant that says $usage, of a client with $has', ({ usage, client, without, named }) => {
  beforeEach(() => serve({ clients: [aClient(client)], grants: [aGrant({ organization_usage: usage })] }))
  const wanted = (end: unknown) => (end === 'acme' ? acme : end)

  test(`answers a request that names no organization: ${without}`, async () => {
    expect(endOf(await server.token())).toEqual(wanted(without))
  })

  test(`answers a request that names one: ${named}`, async () => {
    expect(endOf(await server.token({ organization: acme }))).toEqual(wanted(named))
  })
})

describe('an organization', () => {
  test('shows in the token, in the event and in the log', async () => {
    await serve({ grants: [allowing] })
    const answer = await server.token({ organization: acme })
    expect(answer.claims).toMatchObject({
      org_id: acme,
      seen: { id: acme, name: 'acme', display_name: 'Acme Inc.', metadata: { region: 'eu' } },
    })
    expect(answer.claims).not.toHaveProperty('org_name')
    expect(await server.logsOf(answer)).toMatchObject([
      { type: 'seccft', organization_id: acme, organization_name: 'acme' },
    ])
  })

  test('shows nowhere in an exchange that is for none', async () => {
    await serve({ grants: [allowing] })
    const answer = await server.token()
    expect(answer.claims).not.toHaveProperty('org_id')
    expect(answer.claims.seen).toBeNull()
    const [entry] = await server.logsOf(answer)
    expect(entry).not.toHaveProperty('organization_id')
  })

  test('is found by its name, and named in the token, where the tenant allows names', async () => {
    await serve({ grants: [allowing], settings: byName })
    for (const organization of ['acme', acme])
      expect((await server.token({ organization })).claims).toMatchObject({ org_id: acme, org_name: 'acme' })
  })

  test.each([
    ['its name, where the tenant does not allow names', 'acme'],
    ['its name in capitals', 'ACME'],
    ['an id of no organization', 'org_0000000000000000'],
    ['the id with a space', 'org 1'],
  ])('is not found by %s', async (what, organization) => {
    await serve({ grants: [allowing], settings: what.includes('capitals') ? byName : {} })
    const sentence = `parameter organization is invalid: ${organization}`
    expect(endOf(await server.token({ organization }))).toEqual([400, 'invalid_request', sentence])
  })

  test('gets the scopes of the grant, and no others', async () => {
    await serve({ grants: [allowing] })
    expect((await server.token({ organization: acme })).body.scope).toBe('read:orders write:orders')
    const answer = await server.token({ organization: acme, scope: 'delete:orders' })
    expect(endOf(answer)).toEqual([403, 'access_denied', 'Client has not been granted scopes: delete:orders'])
  })

  test('is no default for a flow that the client does not name', async () => {
    await serve({
      clients: [aClient({ default_organization: { organization_id: 'acme', flows: ['authorization_code'] } })],
      grants: [aGrant({ organization_usage: 'require' })],
    })
    expect(endOf(await server.token())).toEqual(required)
  })
})

describe('a client grant that is not associated with the organization', () => {
  const refused = (organization: string) => [
    403,
    'access_denied',
    `Client "${billing.client_id}" is not authorized to access organization "${organization}".`,
  ]

  test('is not for it', async () => {
    await serve({ grants: [allowing] })
    const answer = await server.token({ organization: beta })
    expect(endOf(answer)).toEqual(refused(beta))
    expect(await server.logsOf(answer)).toMatchObject([{ type: 'feccft', client_id: billing.client_id }])
  })

  test('is for it once any organization is allowed, and for any other that exists', async () => {
    await serve({ grants: [{ ...allowing, allow_any_organization: true }] })
    expect(endOf(await server.token({ organization: beta }))).toBe(beta)
    expect(endOf(await server.token({ organization: acme }))).toBe(acme)
    expect((await server.token({ organization: 'org_0000000000000000' })).status).toBe(400)
  })

  test('is never for it when the client is a third party, whatever the grant says; an association is', async () => {
    await serve({
      clients: [aClient({ is_first_party: false })],
      grants: [{ ...allowing, allow_any_organization: true }],
    })
    expect(endOf(await server.token({ organization: beta }))).toEqual(refused(beta))
    expect(endOf(await server.token({ organization: acme }))).toBe(acme)
  })

  test('is not for it by another grant’s association, of the same client at another API', async () => {
    const other = 'urn:other'
    await serve({ apis: [anApi(), anApi({ identifier: other })], grants: [allowing, { ...allowing, audience: other }] })
    expect(endOf(await server.token({ organization: acme }))).toBe(acme)
    expect(endOf(await server.token({ organization: acme, audience: other }))).toEqual(refused(acme))
  })

  test('is not for it from the moment the association is taken away', async () => {
    await serve({ grants: [allowing] })
    expect(endOf(await server.token({ organization: acme }))).toBe(acme)
    await serve({ grants: [allowing], organizations: [{ name: 'acme' }, { name: 'beta' }] })
    expect(endOf(await server.token({ organization: acme }))).toEqual(refused(acme))
  })
})
