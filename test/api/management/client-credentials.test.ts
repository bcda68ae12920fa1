import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client_assertion_type, newKey, ownClaims, signed, type TestKey } from '../../support/assertions.ts'
import { newCertificate } from '../../support/certificates.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience } from '../../support/tenant.ts'

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe('credentials of the Management API', () => {
  let server: TestServer
  let key: TestKey
  let certificate: string
  beforeAll(async () => {
    server = await openServer()
    key = newKey('RS256')
    certificate = (await newCertificate([['CN', 'billing']])).cert
  })
  afterAll(() => server.close())

  const made = async (body: object = {}) => {
    const answer = await server.manage('POST', '/clients', { name: 'Keyed', app_type: 'non_interactive', ...body })
    if (answer.status !== 201) throw new Error(answer.text)
    await server.manage('POST', '/client-grants', { client_id: answer.body.client_id, audience, scope: [] })
    return answer.body
  }
  const credential = (changes: object = {}) => ({ credential_type: 'public_key', pem: key.pem, ...changes })
  const post = async (client_id: unknown, body: object) => {
    const { status, body: answer } = await server.manage('POST', `/clients/${client_id}/credentials`, body)
    return { status, body: answer }
  }
  const use = async (client_id: unknown, ...ids: readonly unknown[]) => {
    const { status, body } = await server.manage('PATCH', `/clients/${client_id}`, {
      client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } },
      token_endpoint_auth_method: null,
    })
    return { status, body }
  }
  const byKey = (client_id: unknown, with_: TestKey = key) =>
    server.token({
      client_id: undefined,
      client_secret: undefined,
      client_assertion_type,
      client_assertion: signed(with_, ownClaims(String(client_id))),
    })

  test('a public key is answered with its id and its times, and never itself', async () => {
    const { client_id } = await made()
    const { status, body } = await post(client_id, credential({ name: 'First', kid: 'the-first-key' }))
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^cred_[A-Za-z0-9]{22}$/),
        credential_type: 'public_key',
        name: 'First',
        kid: 'the-first-key',
        alg: 'RS256',
        created_at: expect.stringMatching(time),
        updated_at: expect.stringMatching(time),
      },
    })
    const path = `/clients/${client_id}/credentials`
    expect((await server.manage('GET', `${path}/${body.id}`)).body).toEqual(body)
    expect((await server.manage('GET', `${path}?include_totals=true&per_page=50`)).body).toEqual([body])
  })

  test('certificates show what they are known by', async () => {
    const { client_id } = await made()
    const bySubject = await post(client_id, { credential_type: 'cert_subject_dn', subject_dn: 'CN=billing' })
    expect(bySubject).toMatchObject({
      status: 201,
      body: { credential_type: 'cert_subject_dn', subject_dn: 'CN=billing' },
    })
    const byThumbprint = await post(client_id, { credential_type: 'x509_cert', pem: certificate })
    expect(byThumbprint).toMatchObject({
      status: 201,
      body: { credential_type: 'x509_cert', thumbprint_sha256: expect.stringMatching(/^[\w-]{43}$/) },
    })
    for (const { body } of [bySubject, byThumbprint])
      for (const member of ['kid', 'alg', 'pem']) expect(body).not.toHaveProperty(member)
  })

  test('a key whose end is in its certificate ends then', async () => {
    const { client_id } = await made()
    const { body } = await post(client_id, credential({ pem: certificate, alg: 'ES256', parse_expiry_from_cert: true }))
    expect(body.expires_at).toMatch(time)
  })

  test('a client proves itself by the key that it names, and no more by its secret', async () => {
    const { client_id, client_secret } = await made()
    const { body } = await post(client_id, credential())
    expect((await byKey(client_id)).status).toBe(401)
    const changed = await use(client_id, body.id)
    expect(changed).toMatchObject({
      status: 200,
      body: { client_authentication_methods: { private_key_jwt: { credentials: [{ id: body.id }] } } },
    })
    expect(changed.body).not.toHaveProperty('client_secret')
    expect(changed.body).not.toHaveProperty('token_endpoint_auth_method')
    expect((await byKey(client_id)).status).toBe(200)
    expect((await server.token({ client_id, client_secret })).status).toBe(401)
    await server.manage('PATCH', `/clients/${client_id}`, {
      client_authentication_methods: null,
      token_endpoint_auth_method: 'client_secret_post',
    })
    expect((await byKey(client_id)).status).toBe(401)
    expect((await server.token({ client_id, client_secret })).status).toBe(200)
  })

  test('a client is made with its credentials in one call', async () => {
    const { client_id, ...answer } = await made({
      client_authentication_methods: { private_key_jwt: { credentials: [credential({ name: 'Inline' })] } },
    })
    expect(answer).not.toHaveProperty('client_secret')
    const { body: list } = await server.manage('GET', `/clients/${client_id}/credentials`)
    const [{ id }] = list as unknown as [{ id: string }]
    expect(answer.client_authentication_methods).toEqual({ private_key_jwt: { credentials: [{ id }] } })
    expect(list).toMatchObject([{ name: 'Inline' }])
    expect((await byKey(client_id)).status).toBe(200)
  })

  test.each(['ES256', 'EdDSA'] as const)('a key of %s does as well: that is ours', async (alg) => {
    const own = newKey(alg)
    const { client_id } = await made({
      client_authentication_methods: {
        private_key_jwt: { credentials: [{ credential_type: 'public_key', pem: own.pem, alg }] },
      },
    })
    expect((await byKey(client_id, own)).status).toBe(200)
  })

  test('with a credential that cannot stand no client is made', async () => {
    const before = (await server.manage('GET', '/clients?include_totals=true')).body.total
    const { status } = await server.manage('POST', '/clients', {
      name: 'Never made',
      client_authentication_methods: { private_key_jwt: { credentials: [credential({ pem: 'no key' })] } },
    })
    expect(status).toBe(400)
    expect((await server.manage('GET', '/clients?include_totals=true')).body.total).toBe(before)
  })

  test('when a key ends can be set, and from then on it proves nothing', async () => {
    const { client_id } = await made()
    const { body: first } = await post(client_id, credential({ expires_at: '2999-01-01T00:00:00Z' }))
    expect(first.expires_at).toBe('2999-01-01T00:00:00.000Z')
    await use(client_id, first.id)
    const end = async (expires_at: string | null) =>
      (await server.manage('PATCH', `/clients/${client_id}/credentials/${first.id}`, { expires_at })).body
    expect(await end('2020-05-13T11:33:13+02:00')).toMatchObject({
      id: first.id,
      expires_at: '2020-05-13T09:33:13.000Z',
    })
    expect((await byKey(client_id)).status).toBe(401)
    expect(await end(null)).not.toHaveProperty('expires_at')
    expect((await byKey(client_id)).status).toBe(200)
  })

  test('one that is in use is not deleted; one that is gone can be deleted again', async () => {
    const { client_id } = await made()
    const { body: first } = await post(client_id, credential())
    const { body: second } = await post(client_id, credential({ kid: 'the-second-key' }))
    await use(client_id, first.id, second.id)
    const path = `/clients/${client_id}/credentials/${first.id}`
    expect(await server.manage('DELETE', path)).toMatchObject({
      status: 400,
      body: { message: 'Cannot delete credential still associated with a client' },
    })
    await use(client_id, second.id)
    expect((await server.manage('DELETE', path)).status).toBe(204)
    expect((await server.manage('DELETE', path)).status).toBe(204)
    expect(await server.manage('GET', path)).toMatchObject({
      status: 404,
      body: { message: 'Credential does not exist' },
    })
    expect(await server.manage('PATCH', path, { expires_at: null })).toMatchObject({ status: 404 })
  })

  test('a third one is refused', async () => {
    const { client_id } = await made()
    for (const kid of ['the-first-key', 'the-second-key']) await post(client_id, credential({ kid }))
    expect(await post(client_id, credential({ kid: 'the-third-key' }))).toMatchObject({
      status: 400,
      body: { message: 'the client has 2 credentials; the limit is 2: delete one first' },
    })
  })

  test('another client, or another method, cannot use it', async () => {
    const { client_id: owner } = await made()
    const { body: own } = await post(owner, credential())
    const { client_id } = await made()
    expect(await use(client_id, own.id)).toMatchObject({ status: 400 })
    const { status } = await server.manage('PATCH', `/clients/${owner}`, {
      client_authentication_methods: { self_signed_tls_client_auth: { credentials: [{ id: own.id }] } },
    })
    expect(status).toBe(400)
    expect((await server.manage('GET', `/clients/${client_id}/credentials/${own.id}`)).status).toBe(404)
  })

  test.each([
    ['a kid that is too short', { kid: 'short' }, "'String is too short (5 chars), minimum 10' on property kid"],
    ['a kind that is not known', { credential_type: 'secret' }, 'on property credential_type'],
    ['an algorithm with a shared secret', { alg: 'HS256' }, 'on property alg'],
    ['a member that is none', { jwk: {} }, "'Additional properties not allowed: jwk'"],
    ['no key', { pem: undefined }, 'pem must be given'],
    ['a subject beside a key', { subject_dn: 'CN=a' }, 'subject_dn is not for a credential'],
  ])('%s is refused', async (_what, changes, message) => {
    const { client_id } = await made()
    expect(await post(client_id, credential(changes))).toMatchObject({
      status: 400,
      body: { error: 'Bad Request', message: expect.stringContaining(message) },
    })
    expect((await server.manage('GET', `/clients/${client_id}/credentials`)).body).toEqual([])
  })

  test('of a client that is not there neither list nor credential is', async () => {
    const gone = { status: 404, body: { message: 'The client does not exist' } }
    expect(await server.manage('GET', '/clients/nobody/credentials')).toMatchObject(gone)
    expect(await server.manage('POST', '/clients/nobody/credentials', credential())).toMatchObject(gone)
    expect((await server.manage('DELETE', '/clients/nobody/credentials/cred_none')).status).toBe(204)
  })

  test('an external issuer speaks for a client as soon as it is named: that is ours', async () => {
    const federated_jwt = { issuers: [{ issuer: 'https://issuer.example.com', subject: 'repo:example/app:ref' }] }
    const { client_id } = await made({ client_authentication_methods: { federated_jwt } })
    const { body } = await server.manage('GET', `/clients/${client_id}?fields=client_authentication_methods`)
    expect(body).toEqual({ client_authentication_methods: { federated_jwt } })
    const change = (issuer: object) =>
      server.manage('PATCH', `/clients/${client_id}`, {
        client_authentication_methods: { federated_jwt: { issuers: [issuer] } },
      })
    expect(await change({ issuer: 'http://issuer.example.com', subject: 'a' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('issuers[0].issuer must be an https address') },
    })
  })
})
