import { createServer, type RequestListener } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FederatedAlgorithm, FederatedIssuer, KnownClient, TenantSnapshot } from '../../../src/domain/index.ts'
import { authenticateClient } from '../../../src/oauth/client-authentication.ts'
import { openIssuerKeys } from '../../../src/oauth/issuer-keys.ts'
import { TokenRefusal } from '../../../src/oauth/refusals.ts'
import { openMemoryEphemeral } from '../../../src/storage/memory/ephemeral.ts'
import { client_assertion_type, type Members, newKey, signed, type TestKey } from '../../support/assertions.ts'
import { authentication, form, snapshotOf } from './given.ts'

const [key, next] = [newKey('ES256'), newKey('ES256')]
const start = Date.UTC(2026, 5, 1)
const second = start / 1_000
const published = (...keys: readonly TestKey[]) => ({
  keys: keys.map(({ publicKey }, index) => ({ ...publicKey.export({ format: 'jwk' }), kid: `k${index}`, use: 'sig' })),
})

/** An issuer on this machine: what it answers can be set, and what it was asked is kept. */
async function openIssuer() {
  const asked: string[] = []
  let answer: RequestListener = (_request, response) => response.end()
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the issuer listens on no port')
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    asked,
    answer: (listener: RequestListener) => {
      answer = listener
    },
    /** Answers with a key set, and as discovery document with where it is. */
    publish: (...keys: readonly TestKey[]) => {
      answer = (request, response) => {
        const isDiscovery = request.url?.endsWith('openid-configuration') === true
        response.end(JSON.stringify(isDiscovery ? { issuer: url, jwks_uri: `${url}/keys` } : published(...keys)))
      }
    },
  }
}

function federated(...entries: readonly FederatedIssuer[]): TenantSnapshot {
  const known: KnownClient = {
    client: {
      client_id: 'client1',
      name: 'First',
      grant_types: ['client_credentials'],
      client_authentication_methods: { federated_jwt: { issuers: entries } },
    },
    secret_digests: [],
  }
  return { ...snapshotOf(), clients: new Map([['client1', known]]) }
}

/** Asks as client1 again and again, by one clock and with the keys once fetched. */
function asking(snapshot: TenantSnapshot, allowsLoopbackHttp = true) {
  let nowMs = start
  const clock = () => nowMs
  const by = authentication({
    clock,
    ephemeral: openMemoryEphemeral(clock),
    issuerKeys: openIssuerKeys({ clock, allowsLoopbackHttp }),
  })
  return {
    pass: (ms: number) => {
      nowMs += ms
    },
    ask: async (iss: string, signer: TestKey = key, header: Members = { kid: 'k0' }, changes: Members = {}) => {
      const now = nowMs / 1_000
      const claims = { iss, sub: 'workload', aud: 'https://auth.example.com/', iat: now, exp: now + 600, ...changes }
      const client_assertion = signed(signer, claims, header)
      const request = form({ client_id: 'client1', client_assertion, client_assertion_type })
      try {
        return (await authenticateClient(request, snapshot, by)).client_id
      } catch (error) {
        if (!(error instanceof TokenRefusal)) throw error
        expect(error).toMatchObject({ reason: 'assertion-rejected' })
        return error.detail ?? ''
      }
    },
  }
}

describe('the keys of an external issuer', () => {
  test('are found by its discovery document, and asked for once in ten minutes', async () => {
    const issuer = await openIssuer()
    issuer.publish(key)
    const { ask, pass } = asking(federated({ issuer: issuer.url, subject: 'workload' }))
    for (let count = 0; count < 5; count += 1) expect(await ask(issuer.url)).toBe('client1')
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
    pass(10 * 60_000 - 1)
    expect(await ask(issuer.url)).toBe('client1')
    expect(issuer.asked).toHaveLength(2)
    pass(1)
    expect(await ask(issuer.url)).toBe('client1')
    expect(issuer.asked).toHaveLength(4)
  })

  test('are found where the entry says, without discovery', async () => {
    const issuer = await openIssuer()
    issuer.publish(key)
    const entry = { issuer: 'https://issuer.example.com', subject: 'workload', jwks_uri: `${issuer.url}/own` }
    expect(await asking(federated(entry)).ask('https://issuer.example.com')).toBe('client1')
    expect(issuer.asked).toEqual(['/own'])
  })

  test('that are new are found as soon as half a minute has passed, and asked for no more often', async () => {
    const issuer = await openIssuer()
    issuer.publish(key)
    const { ask, pass } = asking(federated({ issuer: issuer.url, subject: 'workload' }))
    expect(await ask(issuer.url)).toBe('client1')
    issuer.publish(key, next)
    for (let count = 0; count < 5; count += 1)
      expect(await ask(issuer.url, next, { kid: 'k1' })).toMatch(/cannot be verified/)
    expect(issuer.asked).toHaveLength(2)
    pass(30_000)
    expect(await ask(issuer.url, next, { kid: 'k1' })).toBe('client1')
    for (let count = 0; count < 5; count += 1)
      expect(await ask(issuer.url, next, { kid: 'made-up' })).toMatch(/cannot be verified/)
    expect(issuer.asked).toHaveLength(4)
  })

  test('that are withdrawn are believed for ten minutes at the most', async () => {
    const issuer = await openIssuer()
    issuer.publish(key)
    const { ask, pass } = asking(federated({ issuer: issuer.url, subject: 'workload' }))
    expect(await ask(issuer.url)).toBe('client1')
    issuer.publish(next)
    pass(10 * 60_000)
    expect(await ask(issuer.url)).toMatch(/cannot be verified/)
    expect(await ask(issuer.url, next)).toBe('client1')
  })

  test('need no key id: each that fits is tried', async () => {
    const issuer = await openIssuer()
    issuer.publish(next, key)
    const { ask } = asking(federated({ issuer: issuer.url, subject: 'workload' }))
    expect(await ask(issuer.url, key, {})).toBe('client1')
    expect(await ask(issuer.url, newKey('ES256'), {})).toMatch(/cannot be verified/)
  })

  test('asked for by many at once, are asked for once', async () => {
    const issuer = await openIssuer()
    issuer.publish(key)
    const { ask } = asking(federated({ issuer: issuer.url, subject: 'workload' }))
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => ask(issuer.url)))
    expect(new Set(outcomes)).toEqual(new Set(['client1']))
    expect(issuer.asked).toHaveLength(2)
  })

  test.each<[string, (url: string) => RequestListener]>([
    ['answers 500', () => (_request, response) => response.writeHead(500).end()],
    [
      'redirects',
      (url) => (request, response) =>
        request.url === '/elsewhere'
          ? response.end(JSON.stringify(published(key)))
          : response.writeHead(302, { location: `${url}/elsewhere` }).end(),
    ],
    ['answers no JSON', () => (_request, response) => response.end('<html>')],
    ['answers a list', () => (_request, response) => response.end('[]')],
    [
      'answers without end',
      () => (_request, response) => {
        const write = () => {
          while (response.write('x'.repeat(64 * 1024)));
          response.once('drain', write)
        }
        write()
      },
    ],
    [
      'names another issuer',
      (url) => (request, response) =>
        response.end(
          JSON.stringify(
            request.url === '/keys' ? published(key) : { issuer: 'https://other.example.com', jwks_uri: `${url}/keys` },
          ),
        ),
    ],
    ['names no keys', (url) => (_request, response) => response.end(JSON.stringify({ issuer: url }))],
    [
      'sends its clients to a file',
      (url) => (_request, response) => response.end(JSON.stringify({ issuer: url, jwks_uri: 'file:///etc/passwd' })),
    ],
    [
      'publishes a symmetric key',
      (url) => (request, response) =>
        response.end(
          JSON.stringify(
            request.url === '/keys'
              ? { keys: [{ kty: 'oct', k: 'AAAA', kid: 'k0' }] }
              : { issuer: url, jwks_uri: `${url}/keys` },
          ),
        ),
    ],
    [
      'publishes its private key',
      (url) => (request, response) =>
        response.end(
          JSON.stringify(
            request.url === '/keys'
              ? { keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: 'k0' }] }
              : { issuer: url, jwks_uri: `${url}/keys` },
          ),
        ),
    ],
    ['hangs up', () => (request) => request.socket.destroy()],
  ])('of one that %s prove nobody, and it is not asked again at once', async (_what, listener) => {
    const issuer = await openIssuer()
    issuer.answer(listener(issuer.url))
    const { ask, pass } = asking(federated({ issuer: issuer.url, subject: 'workload' }))
    expect(await ask(issuer.url)).toMatch(/^the signature cannot be verified: /)
    const { length } = issuer.asked
    expect(await ask(issuer.url)).toMatch(/^the signature cannot be verified: /)
    expect(issuer.asked).toHaveLength(length)
    issuer.publish(key)
    pass(30_000)
    expect(await ask(issuer.url)).toBe('client1')
  })

  test('are not asked for over plain HTTP unless that is allowed, and then on this machine alone', async () => {
    const issuer = await openIssuer()
    issuer.publish(key)
    const snapshot = federated({ issuer: issuer.url, subject: 'workload' })
    expect(await asking(snapshot, false).ask(issuer.url)).toMatch(/is not an https address$/)
    expect(issuer.asked).toEqual([])
    for (const jwks_uri of [
      'http://issuer.example.com/keys',
      'http://127.0.0.1.example.com/',
      'http://10.0.0.1/',
      'ftp://127.0.0.1/',
    ]) {
      const entry = { issuer: 'https://issuer.example.com', subject: 'workload', jwks_uri }
      expect(await asking(federated(entry)).ask('https://issuer.example.com')).toMatch(/is not an https address$/)
    }
  })

  test('of an issuer or a workload that nobody lists are never asked for', async () => {
    const issuer = await openIssuer()
    issuer.publish(key)
    const { ask } = asking(federated({ issuer: issuer.url, subject: 'other' }))
    expect(await ask(issuer.url)).toMatch(/not those of an issuer/)
    expect(await ask(`${issuer.url}/`)).toMatch(/not those of an issuer/)
    expect(issuer.asked).toEqual([])
  })
})

test('a token of an external issuer may live as long as its entry allows, to the second', async () => {
  const entry = { issuer: 'https://issuer.example.com', subject: 'workload', jwks: published(key) }
  const exp = (seconds: number) => ({ iat: second, exp: second + seconds })
  const hour = asking(federated(entry))
  expect(await hour.ask(entry.issuer, key, {}, exp(3_600))).toBe('client1')
  expect(await hour.ask(entry.issuer, key, {}, exp(3_601))).toMatch(/no more than 60 minutes after 'iat'$/)
  const minute = asking(federated({ ...entry, max_lifetime: 60 }))
  expect(await minute.ask(entry.issuer, key, {}, exp(60))).toBe('client1')
  expect(await minute.ask(entry.issuer, key, {}, exp(61))).toMatch(/no more than 1 minutes after 'iat'$/)
})

test('a redirect to the right keys is not followed, and more than 256 KiB of them are not read', async () => {
  const issuer = await openIssuer()
  const entry = { issuer: 'https://issuer.example.com', subject: 'workload', jwks_uri: `${issuer.url}/keys` }
  issuer.answer((request, response) => {
    if (request.url === '/moved') response.end(JSON.stringify(published(key)))
    else response.writeHead(302, { location: `${issuer.url}/moved` }).end()
  })
  expect(await asking(federated(entry)).ask(entry.issuer)).toMatch(/cannot be fetched$/)
  expect(issuer.asked).toEqual(['/keys'])
  const padded = (bytes: number) => JSON.stringify({ ...published(key), padding: 'x'.repeat(bytes) })
  issuer.answer((_request, response) => response.end(padded(256 * 1024)))
  expect(await asking(federated(entry)).ask(entry.issuer)).toMatch(/answered more than 262144 bytes$/)
  issuer.answer((_request, response) => response.end(padded(255 * 1024)))
  expect(await asking(federated(entry)).ask(entry.issuer)).toBe('client1')
})

test('this server is no external issuer, even to a client that lists it with keys of its own', async () => {
  const entry = { issuer: 'https://auth.example.com/', subject: 'workload', jwks: published(key) }
  expect(await asking(federated(entry)).ask(entry.issuer)).toBe("'iss' claim is this server itself")
})

test.each<[readonly FederatedAlgorithm[] | undefined, string]>([
  [undefined, 'client1'],
  [['ES256', 'RS512'], 'client1'],
  [['RS256', 'ES384'], "'alg' must be one of RS256, ES384"],
])('with the algorithms %j a token that is signed with ES256 comes to: %s', async (algorithms, expected) => {
  const entry = { issuer: 'https://issuer.example.com', subject: 'workload', jwks: published(key) }
  const { ask } = asking(federated({ ...entry, ...(algorithms !== undefined && { algorithms }) }))
  expect(await ask(entry.issuer)).toBe(expected)
})
