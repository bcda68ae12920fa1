import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  newCertificate,
  postOverTls,
  type TestCertificate,
  type TlsFolder,
  tlsFolder,
} from '../../support/certificates.ts'
import { dpopProof, newProofKey, proofClaims } from '../../support/dpop.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, anApi } from '../../support/tenant.ts'

const key = newProofKey()
const mechanisms = ['dpop', 'mtls'] as const
type Mechanism = (typeof mechanisms)[number]
type Level = 'none' | 'allowed' | 'required' | 'required-of-public'

/** The matrix of Auth0 Docs, "Configure Sender Constraining", and the column that its `required_for` adds: what becomes of the token. */
const rows: readonly {
  readonly client: 'that requires one' | 'that requires none'
  readonly proof: 'sent' | 'missing'
  readonly none: 'plain' | 'refused'
  readonly allowed: 'plain' | 'bound' | 'refused'
  readonly required: 'bound' | 'refused'
}[] = [
  { client: 'that requires none', proof: 'missing', none: 'plain', allowed: 'plain', required: 'refused' },
  { client: 'that requires none', proof: 'sent', none: 'plain', allowed: 'bound', required: 'bound' },
  { client: 'that requires one', proof: 'missing', none: 'refused', allowed: 'refused', required: 'refused' },
  { client: 'that requires one', proof: 'sent', none: 'refused', allowed: 'bound', required: 'bound' },
]

const cells = mechanisms.flatMap((mechanism) =>
  rows.flatMap(({ client, proof, ...ends }) =>
    (['none', 'allowed', 'required', 'required-of-public'] as const)
      .filter((level) => level !== 'required-of-public' || mechanism === 'dpop')
      .map((level) => ({
        mechanism,
        client,
        proof,
        level,
        end: level === 'required-of-public' ? ends.allowed : ends[level],
      })),
  ),
)

const identifierOf = (level: Level, mechanism: Mechanism) =>
  level === 'none' ? 'urn:none' : `urn:${mechanism}:${level}`
const apis = [
  anApi({ identifier: 'urn:none' }),
  ...mechanisms.flatMap((mechanism) => [
    anApi({ identifier: `urn:${mechanism}:allowed`, proof_of_possession: { mechanism, required: false } }),
    anApi({ identifier: `urn:${mechanism}:required`, proof_of_possession: { mechanism, required: true } }),
  ]),
  anApi({
    identifier: 'urn:dpop:required-of-public',
    proof_of_possession: { mechanism: 'dpop', required: true, required_for: 'public_clients' },
  }),
]
const clients = [
  aClient({ name: 'Free', client_id: 'free', client_secret: 'secret' }),
  aClient({ name: 'Bound', client_id: 'bound', client_secret: 'secret', require_proof_of_possession: true }),
]

let server: TestServer
let folder: TlsFolder
let own: TestCertificate
let certificate: TestCertificate
beforeAll(async () => {
  own = await newCertificate([['CN', 'localhost']])
  certificate = await newCertificate([['CN', 'billing']])
  folder = await tlsFolder(own)
  server = await openServer(
    {
      clients,
      apis,
      grants: clients.flatMap(({ name }) =>
        apis.map(({ identifier }) => aGrant({ client: name, audience: identifier })),
      ),
    },
    folder.settings,
  )
})
afterAll(async () => {
  await server.close()
  await folder.remove()
})

async function ask(client_id: string, audience: string, sent: { readonly dpop?: boolean; readonly mtls?: boolean }) {
  const answer = await postOverTls(
    '/oauth/token',
    { grant_type: 'client_credentials', client_id, client_secret: 'secret', audience },
    {
      port: server.tlsPort ?? 0,
      ca: own.cert,
      ...(sent.mtls === true && { certificate }),
      ...(sent.dpop === true && { headers: { dpop: dpopProof(key, proofClaims(Date.now())) } }),
    },
  )
  const { access_token } = answer.body
  return { ...answer, cnf: typeof access_token === 'string' ? decodeJwt(access_token).cnf : undefined }
}

const confirmations = {
  dpop: () => ({ jkt: key.thumbprint }),
  mtls: () => ({ 'x5t#S256': certificate.thumbprint }),
}
const sentences = {
  dpop: 'Proof of possession is required: send a DPoP proof in the header DPoP',
  mtls: 'Proof of possession is required: present a client certificate (mTLS)',
  none: 'The client requires proof of possession, and resource server "urn:none" takes none: set its proof_of_possession',
}

describe('proof of possession by client and API', () => {
  test.each(cells)(
    '$mechanism, a client $client, an API of the kind $level, the proof $proof: $end',
    async ({ mechanism, client, proof, level, end }) => {
      const client_id = client === 'that requires one' ? 'bound' : 'free'
      const answer = await ask(client_id, identifierOf(level, mechanism), { [mechanism]: proof === 'sent' })
      if (end === 'refused') {
        expect([answer.status, answer.body]).toEqual([
          400,
          { error: 'invalid_request', error_description: sentences[level === 'none' ? 'none' : mechanism] },
        ])
        return
      }
      expect(answer.status).toBe(200)
      expect(answer.body.token_type).toBe(end === 'bound' && mechanism === 'dpop' ? 'DPoP' : 'Bearer')
      expect(answer.cnf).toEqual(end === 'bound' ? confirmations[mechanism]() : undefined)
    },
  )

  test('has as many cells as the matrix, for both mechanisms', () => {
    expect(cells.filter(({ level }) => level !== 'required-of-public')).toHaveLength(4 * 3 * 2)
  })
})

describe('a proof by the other mechanism', () => {
  test.each([
    { api: 'urn:dpop:required', sent: { mtls: true }, says: sentences.dpop },
    { api: 'urn:mtls:required', sent: { dpop: true }, says: sentences.mtls },
  ])('does not stand in: $api', async ({ api, sent, says }) => {
    const answer = await ask('free', api, sent)
    expect([answer.status, answer.body.error_description]).toEqual([400, says])
  })

  test('beside the right one changes nothing: a token is bound as its API says', async () => {
    const both = { dpop: true, mtls: true }
    expect((await ask('free', 'urn:dpop:required', both)).cnf).toEqual(confirmations.dpop())
    expect((await ask('free', 'urn:mtls:required', both)).cnf).toEqual(confirmations.mtls())
  })
})
