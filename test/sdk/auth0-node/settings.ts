import { describe, expect, test } from 'vitest'
import { machine, type Opened } from './machine.ts'
import type { ReadList, Values } from './program.ts'

/** Settings, domains, logs and where they go, figures. */
export function settingsCases(opened: () => Opened): void {
  test('the tenant has settings, and a change leaves the others', async () => {
    const { sdk } = opened()
    await sdk.call('tenants.settings.update', { friendly_name: 'Example', flags: { enable_client_connections: false } })
    await sdk.call('tenants.settings.update', { support_email: 'help@example.com' })
    expect(await sdk.call('tenants.settings.get')).toMatchObject({
      friendly_name: 'Example',
      support_email: 'help@example.com',
      flags: { enable_client_connections: false },
    })
    const some = await sdk.call('tenants.settings.get', { fields: 'friendly_name', include_fields: true })
    expect(some).toEqual({ friendly_name: 'Example' })
  })

  test('custom domains are made, verified, preferred, changed and removed', async () => {
    const { sdk, server } = opened()
    const domain = 'login.example.invalid'
    const made = await sdk.call('customDomains.create', { domain, type: 'self_managed_certs' })
    const id = String(made.custom_domain_id)
    expect(made).toMatchObject({ custom_domain_id: expect.stringMatching(/^cd_/), domain })
    expect(await sdk.call<readonly Values[]>('customDomains.list')).toMatchObject([{ custom_domain_id: id }])
    expect(await sdk.call('customDomains.get', id)).toMatchObject({ type: 'self_managed_certs' })
    expect(await sdk.call('customDomains.getDefault')).toMatchObject({ domain: expect.any(String) })
    const domain_metadata = { region: 'eu' }
    expect(await sdk.call('customDomains.update', id, { domain_metadata })).toMatchObject({ domain_metadata })
    await expect(sdk.call('customDomains.test', id)).rejects.toMatchObject({ thrown: { class: 'ConflictError' } })
    await expect(sdk.call('customDomains.setDefault', { domain })).rejects.toMatchObject({
      thrown: {
        class: 'BadRequestError',
        body: { message: 'The domain must be verified before it can be set as default.' },
      },
    })
    expect(await sdk.call('customDomains.verify', id)).toMatchObject({ custom_domain_id: id, status: 'ready' })
    // Nobody finds the server under that name.
    expect(await sdk.call('customDomains.test', id)).toMatchObject({ success: false })
    for (const chosen of [domain, server.domain])
      expect(await sdk.call('customDomains.setDefault', { domain: chosen })).toMatchObject({ domain: chosen })
    await sdk.call('customDomains.delete', id)
    expect(await sdk.call('customDomains.list')).toEqual([])
  })

  test('a token that was issued is found in the log, and read by its id', async () => {
    const { sdk, server } = opened()
    const { client_id, parameters } = await machine(sdk, 'Logged')
    await server.token(parameters)
    await server.token({ ...parameters, client_secret: 'another' })
    const { data } = await sdk.call<ReadList>('logs.list', { search: `client_id:"${client_id}"`, per_page: 1 })
    expect(data.map(({ type }) => type)).toEqual(['feccft', 'seccft'])
    const [newest] = data
    expect(await sdk.call('logs.get', String(newest?.log_id))).toEqual(newest)
    await expect(
      sdk.call('logs.get', '90020000000000000000000000000000000000000000000000000000'),
    ).rejects.toMatchObject({ thrown: { class: 'NotFoundError', statusCode: 404 } })
  })

  test('log streams are made, paused and removed', async () => {
    const { sdk } = opened()
    const made = await sdk.call('logStreams.create', {
      name: 'Somewhere',
      type: 'http',
      sink: {
        httpEndpoint: 'https://logs.example.com/',
        httpContentFormat: 'JSONLINES',
        httpContentType: 'text/plain',
      },
    })
    const id = String(made.id)
    expect(made).toMatchObject({ id: expect.stringMatching(/^lst_/), status: 'active', type: 'http' })
    expect(await sdk.call('logStreams.update', id, { status: 'paused' })).toMatchObject({ id, status: 'paused' })
    expect(await sdk.call('logStreams.get', id)).toMatchObject({ name: 'Somewhere', status: 'paused' })
    expect(await sdk.call<readonly Values[]>('logStreams.list')).toMatchObject([{ id }])
    await sdk.call('logStreams.delete', id)
    expect(await sdk.call('logStreams.list')).toEqual([])
  })

  describe('statistics', () => {
    test('count the tokens of a day', async () => {
      const { sdk, server } = opened()
      const { parameters } = await machine(sdk, 'Counted')
      await server.token(parameters)
      const days = await sdk.call<readonly Values[]>('stats.getDaily')
      expect(days.at(-1)).toMatchObject({ date: expect.any(String), logins: expect.any(Number) })
      expect(Number(days.at(-1)?.logins)).toBeGreaterThan(0)
      expect(typeof (await sdk.call<number>('stats.getActiveUsersCount'))).toBe('number')
    })
  })
}

/** `keys.signing` in the SDK. After it no token of before is taken any more: it comes last. */
export function signingKeyCases(opened: () => Opened): void {
  test('signing keys are listed, rotated and revoked, and the next token is signed anew', async () => {
    const { sdk, server } = opened()
    const { parameters } = await machine(sdk, 'Signed anew')
    const before = await sdk.call<readonly Values[]>('keys.signing.list')
    const current = before.find((key) => key.current === true)
    expect(current).toMatchObject({ kid: expect.any(String), cert: expect.stringContaining('CERTIFICATE') })
    expect(await sdk.call('keys.signing.get', String(current?.kid))).toMatchObject({ kid: current?.kid })
    const rotated = await sdk.call('keys.signing.rotate')
    expect(rotated).toMatchObject({ kid: expect.any(String) })
    const kid = kidOf((await server.token(parameters)).body)
    expect(kid).not.toBe(current?.kid)
    expect(await sdk.call('keys.signing.revoke', String(current?.kid))).toMatchObject({ kid: current?.kid })
    // The token of before is signed by it.
    await expect(sdk.call('keys.signing.list')).rejects.toMatchObject({ thrown: { class: 'UnauthorizedError' } })
    const { client_id: clientId, client_secret: clientSecret } = server.management
    const afresh = { clientId, clientSecret, maxRetries: 1 }
    const after = await sdk.callWith<readonly Values[]>(afresh, 'keys.signing.list')
    expect(after).toContainEqual(expect.objectContaining({ kid: current?.kid, revoked: true }))
    expect(after).toContainEqual(expect.objectContaining({ kid, current: true }))
  })
}

function kidOf({ access_token }: Values): unknown {
  const [header = ''] = String(access_token).split('.')
  return JSON.parse(Buffer.from(header, 'base64url').toString()).kid
}
