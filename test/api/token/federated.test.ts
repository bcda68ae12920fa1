import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FederatedIssuer } from '../../../src/domain/index.ts'
import {
  client_assertion_type,
  credentialOf,
  type Members,
  newKey,
  ownClaims,
  signed,
  type TestKey,
} from '../../support/assertions.ts'
import { type Answer, domain, openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, billing } from '../../support/tenant.ts'

const [github, cluster, other] = [newKey('RS256'), newKey('RS256'), newKey('ES256')]
const [githubIssuer, otherIssuer] = ['https://token.actions.githubusercontent.com', 'https://other.example.com/']
const refused = { error: 'invalid_client', error_description: 'Client authentication failed' }
const jwks = (...keys: readonly TestKey[]) => ({
  keys: keys.map(({ publicKey }) => ({ ...publicKey.export({ format: 'jwk' }) })),
})

/** A cluster's issuer: it has a discovery document and a key set, and keeps what it was asked. */
const asked: string[] = []
let clusterIssuer = ''
const clusterServer = createServer((request, response) => {
  asked.push(request.url ?? '')
  const isDiscovery = request.url === '/.well-known/openid-configuration'
  response.end(
    JSON.stringify(
      isDiscovery ? { issuer: clusterIssuer, jwks_uri: `${clusterIssuer}/openid/v1/jwks` } : jwks(cluster),
    ),
  )
})

const federated = (name: string, ...issuers: readonly FederatedIssuer[]) =>
  aClient({
    name,
    client_id: name,
    client_secret: `${name}-secret`,
    client_authentication_methods: { federated_jwt: { issuers } },
  })

let server: TestServer
beforeAll(async () => {
  await new Promise<void>((resolve) => clusterServer.listen(0, '127.0.0.1', resolve))
  const address = clusterServer.address()
  if (address === null || typeof address === 'string') throw new Error('the issuer listens on no port')
  clusterIssuer = `http://127.0.0.1:${address.port}`
  const ofGithub = { issuer: githubIssuer, jwks: jwks(github) }
  const ofOther = { issuer: otherIssuer, jwks: jwks(other) }
  server = await openServer(
    {
      clients: [
        aClient(),
        federated('deploy', {
          ...ofGithub,
          subject_pattern: 'repo:octo/app:ref:refs/heads/*',
          required_claims: { repository_visibility: 'private', run_attempt: 1 },
        }),
        federated('release', { ...ofGithub, subject: 'repo:octo/app:environment:production' }),
        federated('worker', {
          issuer: clusterIssuer,
          subject: 'system:serviceaccount:prod:worker',
          audience: 'symbolon',
          reusable: true,
        }),
        federated('once', { issuer: clusterIssuer, subject: 'system:serviceaccount:prod:once', audience: 'symbolon' }),
        federated('twin-1', { ...ofOther, subject: 'twin', algorithms: ['ES256'] }),
        federated('twin-2', { ...ofOther, subject: 'twin' }),
        federated(
          'either',
          { ...ofOther, subject: 'either', audience: 'first' },
          { ...ofOther, subject: 'either', audience: 'second' },
        ),
        aClient({
          name: 'both',
          client_id: 'both',
          client_authentication_methods: {
            private_key_jwt: { credentials: [credentialOf(other)] },
            federated_jwt: { issuers: [{ ...ofOther, subject: 'both' }] },
          },
        }),
      ],
      grants: ['Billing', 'deploy', 'release', 'worker', 'once', 'twin-1', 'twin-2', 'either', 'both'].map((client) =>
        aGrant({ client }),
      ),
    },
    { ISSUER_KEYS_OVER_HTTP: 'on' },
  )
})
afterAll(async () => {
  await server.close()
  clusterServer.close()
})

const ask = (client_id: string | undefined, client_assertion: string) =>
  server.token({ client_id, client_secret: undefined, client_assertion_type, client_assertion })
/** A token as GitHub issues one to a workflow. */
const ofWorkflow = (sub: string, changes: Members = {}, key: TestKey = github) =>
  signed(key, ownClaims('', { iss: githubIssuer, sub, repository_visibility: 'private', run_attempt: 1, ...changes }), {
    typ: 'JWT',
    x5t: 'abc',
  })
/** A token as Kubernetes projects one into a pod. */
const ofPod = (name: string, changes: Members = {}) => {
  const now = Math.floor(Date.now() / 1_000)
  const sub = `system:serviceaccount:prod:${name}`
  return signed(
    cluster,
    ownClaims('', {
      iss: clusterIssuer,
      sub,
      aud: ['symbolon'],
      nbf: now,
      exp: now + 3_600,
      'kubernetes.io': { namespace: 'prod' },
      ...changes,
    }),
  )
}
const reasonOf = async (answer: Answer) => {
  expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refused })
  const [entry] = await server.logsOf(answer)
  return entry?.details?.client_authentication_error
}

describe('a workload of an external issuer', () => {
  test('gets a token as the client that lists it, without a secret of its own', async () => {
    for (const client_id of ['deploy', undefined]) {
      const answer = await ask(client_id, ofWorkflow('repo:octo/app:ref:refs/heads/main'))
      expect(answer.status).toBe(200)
      expect(answer.claims).toMatchObject({ sub: 'deploy@clients', azp: 'deploy' })
      expect(await server.logsOf(answer)).toMatchObject([
        { type: 'seccft', client_id: 'deploy', client_name: 'deploy' },
      ])
    }
    expect((await ask('release', ofWorkflow('repo:octo/app:environment:production'))).status).toBe(200)
  })

  test('may be of a cluster: its keys are fetched once, and its token used until it is over', async () => {
    const token = ofPod('worker')
    for (let count = 0; count < 5; count += 1) expect((await ask('worker', token)).status).toBe(200)
    expect(asked).toEqual(['/.well-known/openid-configuration', '/openid/v1/jwks'])
  })

  test('uses a token with a jti once unless its entry says otherwise, one without as often as it likes', async () => {
    const token = ofPod('once')
    expect((await ask('once', token)).status).toBe(200)
    expect(await reasonOf(await ask('once', token))).toBe("'jti' claim was used before")
    const without = ofPod('once', { jti: undefined })
    for (let count = 0; count < 3; count += 1) expect((await ask('once', without)).status).toBe(200)
  })

  test.each([
    'repo:octo/app:ref:refs/heads/',
    'repo:octo/app:ref:refs/heads/a:b',
    'repo:octo/app:ref:refs/tags/v1',
    'repo:octo/app2:ref:refs/heads/main',
    'repo:evil/repo:octo/app:ref:refs/heads/main',
    'repo:octo/app:environment:production:ref:refs/heads/main',
    'REPO:octo/app:ref:refs/heads/main',
    ' repo:octo/app:ref:refs/heads/main',
  ])('that is called %j is not the one that is meant', async (sub) => {
    expect(await reasonOf(await ask('deploy', ofWorkflow(sub)))).toBe(
      "'iss' and 'sub' claims are not those of an issuer that the client lists",
    )
  })

  test.each<[string, Members, string]>([
    ['for another server', { aud: 'https://other.example.com/' }, "'aud' claim must name this server and nobody else"],
    [
      'for us and another server',
      { aud: [`https://${domain}/`, 'sts.amazonaws.com'] },
      "'aud' claim must name this server and nobody else",
    ],
    [
      'for the token endpoint',
      { aud: `https://${domain}/oauth/token` },
      "'aud' claim must name this server and nobody else",
    ],
    ['without a claim that is required', { run_attempt: undefined }, "'run_attempt' claim must be 1"],
    [
      'with another value of one',
      { repository_visibility: 'public' },
      `'repository_visibility' claim must be "private"`,
    ],
    ['with the value of one as a text', { run_attempt: '1' }, "'run_attempt' claim must be 1"],
    [
      'with the value of one in a list',
      { repository_visibility: ['private'] },
      `'repository_visibility' claim must be "private"`,
    ],
  ])('is refused by a token %s', async (_what, changes, reason) => {
    expect(await reasonOf(await ask('deploy', ofWorkflow('repo:octo/app:ref:refs/heads/main', changes)))).toBe(reason)
  })

  test('is refused by the audience of another entry, or by our own where the entry names one', async () => {
    expect((await ask('worker', ofPod('worker', { aud: `https://${domain}/` }))).status).toBe(401)
    expect((await ask('worker', ofPod('worker', { aud: ['symbolon', 'vault'] }))).status).toBe(401)
    expect((await ask('worker', ofPod('worker', { aud: 'symbolon' }))).status).toBe(200)
  })

  test('is refused by the key of another issuer', async () => {
    const answer = await ask('deploy', ofWorkflow('repo:octo/app:ref:refs/heads/main', {}, cluster))
    expect(await reasonOf(answer)).toMatch(/^the signature cannot be verified: /)
  })

  test('that several clients list has to say which it is', async () => {
    const token = () => signed(other, ownClaims('', { iss: otherIssuer, sub: 'twin' }))
    expect(await reasonOf(await ask(undefined, token()))).toBe(
      "'iss' and 'sub' claims are those of several clients; send client_id with the assertion",
    )
    for (const name of ['twin-1', 'twin-2']) expect((await ask(name, token())).claims.azp).toBe(name)
    expect((await ask('deploy', token())).status).toBe(401)
  })

  test('may fit one of several entries of its client', async () => {
    for (const [aud, status] of [
      ['first', 200],
      ['second', 200],
      ['third', 401],
    ] as const)
      expect((await ask('either', signed(other, ownClaims('', { iss: otherIssuer, sub: 'either', aud })))).status).toBe(
        status,
      )
  })

  test('stands beside a key of the client itself', async () => {
    expect((await ask('both', signed(other, ownClaims('both')))).status).toBe(200)
    expect((await ask('both', signed(other, ownClaims('', { iss: otherIssuer, sub: 'both' })))).status).toBe(200)
  })

  test('is nothing to a client that lists no issuer, and a secret is nothing to one that does', async () => {
    expect((await ask(billing.client_id, ofWorkflow('repo:octo/app:ref:refs/heads/main'))).status).toBe(401)
    expect((await ask('nobody', ofWorkflow('repo:octo/app:ref:refs/heads/main'))).status).toBe(401)
    const bySecret = await server.token({ client_id: 'deploy', client_secret: 'deploy-secret' })
    expect([bySecret.status, bySecret.body.error]).toEqual([401, 'access_denied'])
    expect((await ask('deploy', signed(github, ownClaims('deploy')))).status).toBe(401)
  })
})

test('an issuer that no client lists is never asked for anything', async () => {
  const before = asked.length
  await ask(
    undefined,
    signed(cluster, ownClaims('', { iss: `${clusterIssuer}/`, sub: 'system:serviceaccount:prod:worker' })),
  )
  await ask('deploy', signed(cluster, ownClaims('', { iss: clusterIssuer, sub: 'system:serviceaccount:prod:worker' })))
  await ask(undefined, ofPod('stranger'))
  expect(asked).toHaveLength(before)
})
