import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience, billing } from '../../support/tenant.ts'

describe('the settings of a tenant that set none', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  test('are answered as Auth0 answers those of a new tenant', async () => {
    const { status, body } = await server.manage('GET', '/tenants/settings')
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        enabled_locales: ['en'],
        flags: {
          allow_changing_enable_sso: false,
          disable_clickjack_protection_headers: false,
          disable_impersonation: true,
          enable_sso: true,
          revoke_refresh_token_grant: false,
          universal_login: true,
        },
        idle_session_lifetime: 72,
        oidc_logout: { rp_logout_end_session_endpoint_discovery: true },
        sandbox_version: '22',
        sandbox_versions_available: ['22', '18'],
        session_lifetime: 168,
      },
    })
  })

  test('are read by the field', async () => {
    const some = await server.manage('GET', '/tenants/settings?fields=sandbox_version,flags&include_fields=true')
    expect(Object.keys(some.body).toSorted()).toEqual(['flags', 'sandbox_version'])
    const others = await server.manage('GET', '/tenants/settings?fields=flags&include_fields=false')
    expect(others.body.flags).toBeUndefined()
    expect(others.body.sandbox_version).toBe('22')
  })
})

describe('a change of the settings', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  const patch = async (body: object) => {
    const { status, body: answer } = await server.manage('PATCH', '/tenants/settings', body)
    expect({ status, answer }).toMatchObject({ status: 200 })
    expect((await server.manage('GET', '/tenants/settings')).body).toEqual(answer)
    return answer
  }

  test('keeps and echoes what the server does not act on, and null takes it away', async () => {
    const given = {
      friendly_name: 'Acme',
      support_email: 'help@acme.example',
      picture_url: 'https://acme.example/logo.png',
      allowed_logout_urls: ['https://acme.example/bye'],
      error_page: { html: '<b>no</b>', show_log_link: true, url: '' },
      session_cookie: { mode: 'non-persistent' },
      sessions: { oidc_logout_prompt_enabled: false },
      device_flow: { charset: 'digits', mask: '****-****' },
      acr_values_supported: ['urn:acme:strong'],
      country_codes: { list: ['DE'], mode: 'allow' },
      universal_login: { colors: { primary: '#112233', page_background: '#445566' } },
      enabled_locales: ['en', 'de'],
    }
    expect(await patch(given)).toMatchObject(given)
    const nothing = { error_page: null, device_flow: null, acr_values_supported: null, session_cookie: null }
    const after = await patch(nothing)
    for (const key of Object.keys(nothing)) expect(after).not.toHaveProperty(key)
    expect(after).toMatchObject({ friendly_name: 'Acme', country_codes: given.country_codes })
  })

  test('changes one flag and leaves the others', async () => {
    await patch({ flags: { enable_client_connections: false, use_scope_descriptions_for_consent: true } })
    const { flags } = await patch({ flags: { enable_client_connections: true } })
    expect(flags).toMatchObject({
      enable_client_connections: true,
      use_scope_descriptions_for_consent: true,
      universal_login: true,
    })
  })

  test('takes lifetimes in minutes, as the deploy CLI and Terraform send them, and answers hours', async () => {
    const answer = await patch({ session_lifetime_in_minutes: 90, idle_session_lifetime_in_minutes: 30 })
    expect(answer).toMatchObject({ session_lifetime: 1.5, idle_session_lifetime: 0.5 })
    expect(answer).not.toHaveProperty('session_lifetime_in_minutes')
    expect(await patch({ session_lifetime: 24 })).toMatchObject({ session_lifetime: 24, idle_session_lifetime: 0.5 })
  })

  test.each([
    [{}, "'Too few properties defined (0), minimum 1'"],
    [{ colour: 'red' }, "'Additional properties not allowed: colour'"],
    [{ flags: { no_such_flag: true } }, "'Additional properties not allowed: no_such_flag' on property flags"],
    [{ session_lifetime: 0 }, "'Value 0 is less than minimum 1' on property session_lifetime"],
    [{ support_url: 'nowhere' }, 'for format absolute-uri-or-empty'],
  ])('%j is refused, and nothing is changed', async (body, said) => {
    const before = (await server.manage('GET', '/tenants/settings')).body
    const { status, body: answer } = await server.manage('PATCH', '/tenants/settings', body)
    expect([status, answer.errorCode]).toEqual([400, 'invalid_body'])
    expect(answer.message).toContain(said)
    expect((await server.manage('GET', '/tenants/settings')).body).toEqual(before)
  })

  test('of two at once neither is lost', async () => {
    const changes = Array.from({ length: 8 }, (_, index) => ({ flags: { [flagNames[index] ?? '']: true } }))
    const answers = await Promise.all(changes.map((body) => server.manage('PATCH', '/tenants/settings', body)))
    expect(answers.map(({ status }) => status)).toEqual(changes.map(() => 200))
    const { flags } = (await server.manage('GET', '/tenants/settings')).body
    expect(flags).toMatchObject(Object.assign({}, ...changes.map((change) => change.flags)))
  })

  test('acts on the next token request: a default audience, and none again', async () => {
    const ask = () => server.token({ audience: undefined })
    expect((await ask()).status).toBe(403)
    await patch({ default_audience: audience })
    expect((await ask()).claims.aud).toBe(audience)
    await patch({ default_audience: '' })
    expect((await ask()).status).toBe(403)
  })

  test('acts on the next token request: resource in the place of audience', async () => {
    const ask = () => server.token({ audience: undefined, resource: audience })
    expect((await ask()).status).toBe(403)
    await patch({ resource_parameter_profile: 'compatibility' })
    expect((await ask()).claims.aud).toBe(audience)
  })

  test('acts on the next token request: a quota for every client', async () => {
    await patch({ default_token_quota: { clients: { client_credentials: { per_hour: 1, enforce: true } } } })
    const answers = [await server.token(), await server.token()]
    expect(answers.map(({ status }) => status)).toEqual([200, 429])
    await patch({ default_token_quota: null })
    expect((await server.token()).status).toBe(200)
  })

  test('acts on the next token request: organizations by their names', async () => {
    const organization = await server.manage('POST', '/organizations', { name: 'acme', display_name: 'Acme' })
    const grants = await server.manage('GET', `/client-grants?client_id=${billing.client_id}`)
    const [grant] = JSON.parse(grants.text)
    await server.manage('PATCH', `/client-grants/${grant.id}`, { organization_usage: 'allow' })
    await server.manage('POST', `/organizations/${organization.body.id}/client-grants`, { grant_id: grant.id })
    expect((await server.token({ organization: 'acme' })).status).not.toBe(200)
    await patch({ allow_organization_name_in_authentication_api: true })
    expect((await server.token({ organization: 'acme' })).claims).toMatchObject({ org_name: 'acme' })
  })

  test('acts on the published keys: without their algorithm', async () => {
    const keys = async () => JSON.parse((await server.send('/.well-known/jwks.json')).text).keys
    expect((await keys())[0].alg).toBe('RS256')
    await patch({ flags: { remove_alg_from_jwks: true } })
    expect((await keys())[0]).not.toHaveProperty('alg')
  })
})

const flagNames = [
  'change_pwd_flow_v1',
  'enable_apis_section',
  'enable_pipeline2',
  'enable_legacy_profile',
  'enable_idtoken_api2',
  'dashboard_insights_view',
  'disable_fields_map_fix',
  'genai_trial',
]
