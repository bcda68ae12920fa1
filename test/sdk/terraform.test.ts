import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, domain, openServer, type TestServer } from '../support/server.ts'
import { follow } from './sequence.ts'
import { actionSequences } from './terraform/actions.ts'
import { apiSequences } from './terraform/apis.ts'
import { clientSequences } from './terraform/clients.ts'
import { settingsSequences } from './terraform/settings.ts'

const [first, second] = [keyPair(), keyPair()]
const audience = `https://${domain}/api/v2/`

let server: TestServer
beforeAll(async () => {
  server = await openServer({}, { MANAGEMENT_RATE_LIMIT_PER_SECOND: '0' })
})
afterAll(() => server.close())

describe('what terraform-provider-auth0 sends, as it was recorded', () => {
  const sequences = Object.entries({ ...actionSequences, ...clientSequences, ...apiSequences, ...settingsSequences })
  test.each(sequences)('%s', async (_resource, steps) => {
    await follow(server, steps, { firstPem: first.publicKey, secondPem: second.publicKey })
  })
})

describe('how terraform-provider-auth0 logs in', () => {
  test('with a secret: by Basic first, its parts encoded, and the form beside it', async () => {
    const { client_id, client_secret } = server.managementClient
    const answer = await server.send('/oauth/token', {
      method: 'POST',
      headers: { authorization: basic(client_id, client_secret) },
      body: new URLSearchParams({ audience, grant_type: 'client_credentials' }),
    })
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 86_400 } })
  })

  test('with a key: without a client_id, whom the assertion names', async () => {
    const { client, credential } = await follow(server, [
      { call: 'POST /clients', status: 201, body: { name: 'Terraform' }, keep: { client: 'client_id' } },
      {
        call: 'POST /client-grants',
        status: 201,
        body: { client_id: '{client}', audience, scope: ['read:clients'] },
      },
      {
        call: 'POST /clients/{client}/credentials',
        status: 201,
        body: { credential_type: 'public_key', pem: first.publicKey, alg: 'RS256' },
        keep: { credential: 'id' },
      },
    ])
    await follow(server, [
      {
        call: `PATCH /clients/${client}`,
        status: 200,
        body: {
          client_authentication_methods: { private_key_jwt: { credentials: [{ id: credential }] } },
          token_endpoint_auth_method: null,
        },
      },
    ])
    for (const aud of [`https://${domain}/`, [`https://${domain}/`]]) {
      const answer = await server.send('/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({
          audience,
          client_assertion: await assertion(String(client), aud),
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          grant_type: 'client_credentials',
        }),
      })
      expect(answer).toMatchObject({ status: 200, body: { scope: 'read:clients' } })
    }
  })
})

/** As go-auth0 makes it: no `kid`, two minutes to live. */
function assertion(client_id: string, aud: string | string[]): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(client_id)
    .setSubject(client_id)
    .setAudience(aud)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('2m')
    .sign(first.privateKey)
}

function keyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
}
