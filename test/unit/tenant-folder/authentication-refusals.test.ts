import { describe, expect, test } from 'vitest'
import { formatFinding, readTenantFolder } from '../../../src/tenant-folder/index.ts'
import { type Files, folderOnDisk, soundFolder } from './folder-on-disk.ts'

const billing = (members: object) => ({ 'clients/billing.json': { name: 'billing', ...members } })
const credentials = 'client_authentication_methods.private_key_jwt.credentials'
const issuers = 'client_authentication_methods.federated_jwt.issuers'

const refusals: Readonly<Record<string, readonly [Files, ...string[]]>> = {
  'a way to prove itself that is not known, beside one that excludes it': [
    billing({ client_authentication_methods: { magic_link: {} }, token_endpoint_auth_method: 'client_secret_post' }),
    'clients/billing.json:3: client_authentication_methods names magic_link, which this version does not know',
    'clients/billing.json:6: token_endpoint_auth_method must be null beside client_authentication_methods',
  ],
  'two ways to prove itself': [
    billing({
      client_authentication_methods: {
        private_key_jwt: { credentials: [] },
        tls_client_auth: { credentials: [{ credential_type: 'cert_subject_dn', subject_dn: 'CN=a' }] },
      },
    }),
    'clients/billing.json:3: client_authentication_methods names private_key_jwt, tls_client_auth; keep one',
  ],
  'no way to prove itself': [
    billing({ client_authentication_methods: {} }),
    'clients/billing.json:3: client_authentication_methods names no method; leave it out for a client secret',
  ],
  'credentials that cannot stand': [
    billing({
      client_authentication_methods: {
        private_key_jwt: {
          credentials: [
            { id: 'cred_1' },
            { credential_type: 'x509_cert', pem: 'a certificate' },
            { credential_type: 'public_key', pem: 'a key', alg: 'HS256', kid: 'short', expires_at: 'never' },
            'a key',
          ],
        },
      },
    }),
    'clients/billing.json:5: private_key_jwt has 4 credentials; the limit is 2',
    `clients/billing.json:6: ${credentials}[0] is the id of a credential of another server; give its credential_type "public_key" and its pem`,
    `clients/billing.json:10: ${credentials}[1].credential_type must be "public_key" under private_key_jwt`,
    `clients/billing.json:16: ${credentials}[2].alg must be one of "RS256", "RS384", "PS256", "ES256", "EdDSA"; found "HS256"`,
    `clients/billing.json:17: ${credentials}[2].kid must have 10 to 64 letters, digits, hyphens and underscores`,
    `clients/billing.json:18: ${credentials}[2].expires_at must be a time with its zone, such as "2027-01-31T12:00:00Z"`,
    `clients/billing.json:20: ${credentials}[3] must be an object; found a text`,
  ],
  'credentials that are no list': [
    billing({ client_authentication_methods: { private_key_jwt: { credentials: {} } } }),
    `clients/billing.json:5: ${credentials} must be a list of objects`,
  ],
  'external issuers that cannot stand': [
    billing({
      client_authentication_methods: {
        federated_jwt: {
          issuers: [
            { issuer: 'http://issuer.example.com', subject: 'a' },
            { issuer: 'https://a.example.com', subject: 'a', subject_pattern: 'a:*' },
            { issuer: 'https://a.example.com' },
            { issuer: 'https://a.example.com', subject_pattern: '*' },
            { issuer: 'https://a.example.com', subject_pattern: 'a*b*' },
            { issuer: 'https://a.example.com', subject: 'a', algorithms: ['HS256', 'RS256'] },
            { issuer: 'https://a.example.com', subject: 'a', jwks: { keys: [{ kty: 'oct', k: 'AA' }] } },
            { issuer: 'https://a.example.com', subject: 'a', jwks: { keys: [] }, jwks_uri: 'file:///etc/passwd' },
            { issuer: 'https://a.example.com', subject: 'a', max_lifetime: 86_401, required_claims: { a: ['b'] } },
          ],
        },
      },
    }),
    `clients/billing.json:7: ${issuers}[0].issuer must be an https address without a fragment`,
    `clients/billing.json:12: ${issuers}[1].subject or subject_pattern must be given, and not both`,
    `clients/billing.json:15: ${issuers}[2].subject or subject_pattern must be given, and not both`,
    `clients/billing.json:20: ${issuers}[3].subject_pattern must begin with characters of its own before its first "*"`,
    `clients/billing.json:24: ${issuers}[4].subject_pattern must have at most one "*" between two ":"`,
    `clients/billing.json:29: ${issuers}[5].algorithms must be some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA`,
    `clients/billing.json:37: ${issuers}[6].jwks must be a key set of public keys alone`,
    `clients/billing.json:49: ${issuers}[7].jwks or jwks_uri may be given, not both`,
    `clients/billing.json:49: ${issuers}[7].jwks must be a key set of public keys alone`,
    `clients/billing.json:52: ${issuers}[7].jwks_uri must be an https address without a fragment`,
    `clients/billing.json:57: ${issuers}[8].max_lifetime must be a whole number from 1 to 86400; found 86401`,
    `clients/billing.json:58: ${issuers}[8].required_claims must be texts, numbers, true or false`,
  ],
}

describe('a tenant folder is refused for', () => {
  test.each(Object.entries(refusals))('%s', async (_, [files, ...expected]) => {
    const root = await folderOnDisk({ ...soundFolder, ...files })
    const { errors, tenant } = await readTenantFolder(root, { environment: {} })
    expect(errors.map(formatFinding)).toEqual(expected)
    expect(tenant).toBeUndefined()
  })
})

describe('a tenant folder may say that a client proves itself', () => {
  const pem = 'looked at later'
  const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }] }
  test.each<[string, object]>([
    [
      'with two keys',
      {
        private_key_jwt: {
          credentials: [
            { credential_type: 'public_key', pem },
            {
              credential_type: 'public_key',
              pem,
              alg: 'PS256',
              kid: 'a-key-of-billing',
              name: 'old',
              expires_at: '2027-01-31T12:00:00+01:00',
            },
          ],
        },
      },
    ],
    ['with no key yet', { private_key_jwt: { credentials: [] } }],
    [
      'with a key, and by an external issuer',
      {
        private_key_jwt: { credentials: [{ credential_type: 'public_key', pem }] },
        federated_jwt: { issuers: [{ issuer: 'https://a.example.com', subject: 'a' }] },
      },
    ],
    [
      'by a workload of GitHub',
      {
        federated_jwt: {
          issuers: [
            {
              issuer: 'https://token.actions.githubusercontent.com',
              subject_pattern: 'repo:octo/app:ref:refs/heads/*',
              required_claims: { run_attempt: 1, repository_visibility: 'private' },
            },
          ],
        },
      },
    ],
    [
      'by a workload of a cluster',
      {
        federated_jwt: {
          issuers: [
            {
              issuer: 'https://kubernetes.default.svc.cluster.local',
              subject: 'system:serviceaccount:a:b',
              audience: 'symbolon',
              jwks,
              max_lifetime: 7_200,
              reusable: true,
              algorithms: ['RS256'],
            },
          ],
        },
      },
    ],
    [
      'by an issuer of this machine',
      {
        federated_jwt: {
          issuers: [{ issuer: 'http://localhost:8080/realms/a', subject: 'a', jwks_uri: 'http://127.0.0.1:8080/keys' }],
        },
      },
    ],
  ])('%s', async (_, client_authentication_methods) => {
    const root = await folderOnDisk({ ...soundFolder, ...billing({ client_authentication_methods }) })
    const { errors, warnings, tenant } = await readTenantFolder(root, { environment: {} })
    expect([errors, warnings]).toEqual([[], []])
    expect(tenant?.clients[0]?.client_authentication_methods).toMatchObject(client_authentication_methods)
  })
})
