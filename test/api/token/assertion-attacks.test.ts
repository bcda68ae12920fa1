import { createServer } from 'node:http'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base64url, client_assertion_type, credentialOf, ownClaims, signed } from '../../support/assertions.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, billing } from '../../support/tenant.ts'
import {
  attacks,
  bytes32,
  ec,
  issuer,
  jwk,
  kid,
  type Lure,
  mallory,
  malloryEc,
  order,
  rsa,
  type Victim,
  victims,
} from './assertion-attacks.ts'

/** What asked for the addresses that attacks name. */
const fetched: string[] = []
const trap = createServer((request, response) => {
  fetched.push(request.url ?? '')
  response.end(JSON.stringify({ keys: [{ ...jwk(mallory.publicKey), kid: 'evil' }] }))
})
let lure: Lure = { url: '', certificate: '' }

let server: TestServer
beforeAll(async () => {
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  const address = trap.address()
  if (address === null || typeof address === 'string') throw new Error('the trap listens on no port')
  const certificate = (await generate([{ name: 'commonName', value: 'mallory' }])).cert
    .split('\n')
    .slice(1, -2)
    .join('')
    .trim()
  lure = { url: `http://127.0.0.1:${address.port}`, certificate }
  const jwks = {
    keys: [
      { ...jwk(rsa.publicKey), kid },
      { ...jwk(ec.publicKey), kid: 'elliptic' },
    ],
  }
  const named = (
    name: string,
    client_authentication_methods: ReturnType<typeof aClient>['client_authentication_methods'],
  ) =>
    aClient({
      name,
      client_id: name,
      client_secret: `${name}-secret`,
      ...(client_authentication_methods && { client_authentication_methods }),
    })
  server = await openServer(
    {
      clients: [
        aClient(),
        named('keyed', { private_key_jwt: { credentials: [credentialOf(rsa, { kid }), credentialOf(ec)] } }),
        named('federated', { federated_jwt: { issuers: [{ issuer, subject: 'workload', jwks }] } }),
        named('mallory', { private_key_jwt: { credentials: [credentialOf(malloryEc, { kid: 'mallorys-own-key' })] } }),
      ],
      grants: ['Billing', 'keyed', 'federated', 'mallory'].map((client) => aGrant({ client })),
    },
    // What may fetch keys at all could be made to.
    { ISSUER_KEYS_OVER_HTTP: 'on' },
  )
})
afterAll(async () => {
  await server.close()
  trap.close()
})

const ask = ({ parameters }: Victim, client_assertion: string) =>
  server.token({ client_secret: undefined, client_assertion_type, client_assertion, ...parameters })

describe.each(Object.entries(victims))('nobody passes for %s', (_who, victim) => {
  test.each(Object.entries(attacks))('by %s', async (_what, attack) => {
    const assertions = [attack(victim, lure)].flat()
    expect(assertions.length).toBeGreaterThan(0)
    for (const assertion of assertions) {
      const { status, body, text } = await ask(victim, assertion)
      expect(text).not.toContain('access_token')
      expect({ status, body, assertion }).toEqual({
        status: 401,
        body: { error: 'invalid_client', error_description: 'Client authentication failed' },
        assertion,
      })
    }
  })

  test('who signs as it does is let in: what is refused above is refused for what it changes', async () => {
    for (const key of [rsa, ec]) expect((await ask(victim, signed(key, victim.claims()))).status).toBe(200)
    expect((await ask(victim, signed(rsa, victim.claims(), { kid }))).status).toBe(200)
  })

  test('by the other signature that fits an elliptic one once that is used', async () => {
    const assertion = signed(ec, victim.claims())
    const signature = Buffer.from(assertion.split('.')[2] ?? '', 'base64url')
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
    const other = [
      ...assertion.split('.').slice(0, 2),
      base64url(Buffer.concat([signature.subarray(0, 32), bytes32(order - s)])),
    ]
    expect((await ask(victim, assertion)).status).toBe(200)
    expect((await ask(victim, other.join('.'))).status).toBe(401)
  })

  test('by an access token of this server', async () => {
    const { body } = await ask(victim, signed(rsa, victim.claims()))
    for (const client_id of [undefined, 'keyed', 'federated', billing.client_id])
      expect(
        (
          await server.token({
            client_secret: undefined,
            client_assertion_type,
            client_assertion: body.access_token,
            client_id,
          })
        ).status,
      ).toBe(401)
  })

  test('by a replay, one after the other or at once', async () => {
    const assertion = signed(rsa, victim.claims())
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(victim, assertion)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 401)])
    expect((await ask(victim, assertion)).status).toBe(401)
  })
})

test('another client does not pass for the victim by an assertion of its own', async () => {
  const client_assertion = signed(malloryEc, ownClaims('mallory'))
  for (const client_id of ['keyed', 'federated', billing.client_id]) {
    const answer = await server.token({ client_id, client_secret: undefined, client_assertion_type, client_assertion })
    expect(answer.status).toBe(401)
  }
})

test('no attack made the server ask an address it names, or was a defect of it', () => {
  expect(fetched).toEqual([])
  expect(server.operatorLines.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})
