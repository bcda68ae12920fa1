import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshFolder, save } from '../support/dev-process.ts'
import { type ManagedServer, startManagedServe } from '../support/managed-server.ts'
import { a0deploy, exported, folder, imported, onlyIncluded, patienceMs } from './auth0-deploy-cli/deploy.ts'
import { claims, idOf, settled, workerToken } from './auth0-deploy-cli/deployed.ts'

let server: ManagedServer
let other: ManagedServer
beforeAll(async () => {
  ;[server, other] = await Promise.all([
    startManagedServe({}, { longestMs: 1_800_000 }),
    startManagedServe({}, { longestMs: 1_800_000 }),
  ])
})

describe('auth0-deploy-cli 8, all it does', () => {
  test(
    'runs without a filter: what is not here is passed over with a warning',
    async () => {
      await imported(server, folder)
      const greeting = 'https://deployed.example.com/greeting'
      expect(claims(await workerToken(server))).toHaveProperty([greeting], 'hello, worker')
      const before = await settled(server)
      const output = await freshFolder()
      const printed = await exported(server, 'directory', output)
      expect(printed).toContain('Cannot retrieve roles due to missing scopes: read:roles')
      await imported(server, output)
      expect(await settled(server)).toEqual(before)
    },
    patienceMs,
  )

  test(
    'a dry run changes nothing, and says what it would change',
    async () => {
      const before = await settled(server)
      const changed = await freshFolder()
      await save(
        changed,
        'tenant.yaml',
        'resourceServers:\n  - name: Only planned\n    identifier: https://planned.example.com/\n',
      )
      const { exitCode, stdout, stderr } = await a0deploy(
        server,
        ['import', '--input_file', join(changed, 'tenant.yaml'), '--dry_run'],
        onlyIncluded,
      )
      expect(exitCode, stdout + stderr).toBe(0)
      expect(stdout + stderr).toContain('Only planned')
      expect(await settled(server)).toEqual(before)
    },
    patienceMs,
  )

  test(
    'a YAML export of one server is imported by another',
    async () => {
      const output = await freshFolder()
      await exported(server, 'yaml', output, onlyIncluded)
      const yaml = await readFile(join(output, 'tenant.yaml'), 'utf8')
      // No value of a secret is exported.
      await save(output, 'tenant.yaml', yaml.replace(/^( *)- name: WORD$/m, '$1- name: WORD\n$1  value: a word'))
      await imported(other, join(output, 'tenant.yaml'), onlyIncluded)
      expect(claims(await workerToken(other))).toMatchObject({
        'https://deployed.example.com/greeting': 'hello, worker',
      })
      const again = await freshFolder()
      await exported(other, 'yaml', again, onlyIncluded)
      const before = await settled(other)
      await imported(other, join(again, 'tenant.yaml'), onlyIncluded)
      expect(await settled(other)).toEqual(before)
    },
    patienceMs,
  )

  test(
    'logs in with a key',
    async () => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      })
      const name = 'Deploys with a key'
      const client_id = idOf(
        await server.manage('POST', '/clients', {
          name,
          app_type: 'non_interactive',
          grant_types: ['client_credentials'],
        }),
        'client_id',
      )
      const { audience } = server.management
      await server.manage('POST', '/client-grants', { client_id, audience, scope: ['read:clients'] })
      const key = await server.manage('POST', `/clients/${client_id}/credentials`, {
        credential_type: 'public_key',
        pem: publicKey,
      })
      await server.manage('PATCH', `/clients/${client_id}`, {
        token_endpoint_auth_method: null,
        client_authentication_methods: { private_key_jwt: { credentials: [{ id: idOf(key, 'id') }] } },
      })
      const output = await freshFolder()
      await save(output, 'key.pem', privateKey)
      const printed = await exported(server, 'yaml', output, {
        AUTH0_CLIENT_ID: client_id,
        AUTH0_CLIENT_SIGNING_KEY_PATH: join(output, 'key.pem'),
        AUTH0_INCLUDED_ONLY: JSON.stringify(['clients']),
      })
      expect(printed).toContain('Export Successful')
      await server.manage('DELETE', `/clients/${client_id}`)
    },
    patienceMs,
  )

  test(
    'with AUTH0_ALLOW_DELETE, what the file does not name goes, and the client that asks stays',
    async () => {
      const output = await freshFolder()
      const nothing = ['actions', 'clientGrants', 'clients', 'logStreams', 'organizations', 'resourceServers']
      await save(
        output,
        'tenant.yaml',
        [...nothing.map((kind) => `${kind}: []`), 'triggers:', '  credentials-exchange: []', ''].join('\n'),
      )
      await imported(server, join(output, 'tenant.yaml'), { ...onlyIncluded, AUTH0_ALLOW_DELETE: 'true' })
      const left = await settled(server)
      expect(left).toMatchObject({
        actions: { actions: [] },
        organizations: [],
        streams: [],
        apis: [{ name: 'Auth0 Management API' }],
        grants: [{ client_id: server.management.client_id }],
        bindings: { bindings: [] },
      })
      expect(Object(left.clients).map(({ name }: { readonly name: string }) => name)).not.toContain('worker')
      expect((await server.token(server.management)).status).toBe(200)
    },
    patienceMs,
  )
})
