import { describe, expect, test } from 'vitest'
import {
  createClientCredential,
  deleteClientCredential,
  getClientCredential,
  listClientCredentials,
  openCredentialUses,
  setCredentialExpiry,
  writeTenant,
} from '../../src/deployment/index.ts'
import type { Client } from '../../src/domain/index.ts'
import { openClientSecretDigests } from '../../src/keys/index.ts'
import { readSnapshot } from '../../src/storage/index.ts'
import { credentialOf, newKey } from '../support/assertions.ts'
import { everything, openDeployment, stores } from './given.ts'

const [first, second] = [newKey('ES256'), newKey('EdDSA')]
const billing: Client = { client_id: 'billing', name: 'Billing', grant_types: ['client_credentials'] }
const naming = (...ids: readonly string[]) => ({ private_key_jwt: { credentials: ids.map((id) => ({ id })) } })

describe.each(Object.entries(stores))('credentials of clients, %s', (_where, open) => {
  test('are made, read, given an end and deleted, and prove a client only while it names them', async () => {
    const ports = await openDeployment(open)
    const { store } = ports
    await store.clients.create(billing)
    const made = await createClientCredential('billing', credentialOf(first, { name: 'laptop' }), ports)
    expect(made).toMatchObject({
      id: expect.stringMatching(/^cred_[A-Za-z0-9]{22}$/),
      client_id: 'billing',
      credential_type: 'public_key',
      name: 'laptop',
      alg: 'ES256',
      kid: expect.stringMatching(/^[\w-]{43}$/),
    })
    const known = async () => (await readSnapshot(store, 'example', 'auth.example.com')).clients.get('billing')
    expect((await known())?.credentials).toBeUndefined()
    const client = await store.clients.get('billing')
    await store.clients.update('billing', client?.revision ?? 0, { client_authentication_methods: naming(made.id) })
    expect((await known())?.credentials?.map(({ id }) => id)).toEqual([made.id])

    const ended = await setCredentialExpiry('billing', made.id, '2027-01-01T00:00:00.000Z', ports)
    expect(ended.expires_at).toBe('2027-01-01T00:00:00.000Z')
    const endless = await setCredentialExpiry('billing', made.id, null, ports)
    expect(endless).not.toHaveProperty('expires_at')
    expect(await getClientCredential('billing', made.id, ports)).toMatchObject({
      id: made.id,
      created_at: made.created_at,
    })

    const other = await createClientCredential('billing', credentialOf(second), ports)
    expect((await listClientCredentials('billing', ports)).map(({ id }) => id)).toEqual([made.id, other.id])
    expect(await deleteClientCredential('billing', other.id, ports)).toBe(true)
    expect(await deleteClientCredential('billing', other.id, ports)).toBe(false)
  })

  test('of another client are as good as absent: read, named or deleted', async () => {
    const ports = await openDeployment(open)
    const { store } = ports
    await store.clients.create(billing)
    const { id } = await createClientCredential('billing', credentialOf(first), ports)
    await store.clients.create({
      ...billing,
      client_id: 'thief',
      name: 'Thief',
      client_authentication_methods: naming(id),
    })
    await expect(getClientCredential('thief', id, ports)).rejects.toThrow('Credential does not exist')
    expect(await deleteClientCredential('thief', id, ports)).toBe(false)
    expect((await readSnapshot(store, 'example', 'auth.example.com')).clients.get('thief')?.credentials).toEqual([])
  })

  test('made by ten at once are two and no more', async () => {
    const ports = await openDeployment(open)
    await ports.store.clients.create(billing)
    const made = await Promise.allSettled(
      Array.from({ length: 10 }, () => createClientCredential('billing', credentialOf(first), ports)),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(await listClientCredentials('billing', ports)).toHaveLength(2)
  })

  test('of a configuration are all there are; what is equal is left alone', async () => {
    const ports = await openDeployment(open)
    const digests = openClientSecretDigests(ports.sealer.digestKey)
    const write = (...credentials: Parameters<typeof credentialOf>[]) =>
      writeTenant(
        {
          settings: {},
          clients: [
            {
              client: {
                ...billing,
                client_authentication_methods: naming(...credentials.map((_, index) => `cred_${index}`)),
              },
              newSecret: 'secret',
              credentials: credentials.map((given, index) => ({ ...credentialOf(...given), id: `cred_${index}` })),
            },
          ],
          resourceServers: [],
          signingSecrets: [],
          clientGrants: [],
          organizations: [],
          organizationClientGrants: [],
          modules: [],
          actions: [],
          bindings: [],
        },
        { ...ports, digests, tenant: 'example' },
      )
    await write([first], [second])
    const before = await everything(ports.store)
    expect(await write([first], [second])).toEqual({ kind: 'written', changes: 0 })
    expect(await everything(ports.store)).toEqual(before)
    await write([first, { expires_at: '2027-01-01T00:00:00Z' }])
    expect(await ports.store.clientCredentials.list()).toMatchObject([
      { id: 'cred_0', expires_at: '2027-01-01T00:00:00Z' },
    ])
    await expect(write([first, { pem: 'none' }])).rejects.toThrow('proves nothing: pem holds 0 keys')
    expect(await ports.store.clientCredentials.list()).toHaveLength(1)
    const last_used_at = '2026-06-01T12:00:00.000Z'
    for (const [id, client_id] of [
      ['cred_0', 'billing'],
      ['billing digest', 'billing'],
      ['gone digest', 'gone'],
    ] as const)
      await ports.store.credentialUses.create({ id, client_id, last_used_at })
    await write([first])
    expect((await ports.store.credentialUses.list()).map(({ id }) => id)).toEqual(['cred_0', 'billing digest'])
    await write()
    expect((await ports.store.credentialUses.list()).map(({ id }) => id)).toEqual(['billing digest'])
  })

  test('were last used in the hour that is written down, now and then', async () => {
    let nowMs = Date.UTC(2026, 5, 1, 12, 59)
    const ports = await openDeployment(open)
    const { store } = ports
    const uses = openCredentialUses({ store, clock: () => nowMs })
    await store.clients.create(billing)
    const credential = await createClientCredential('billing', credentialOf(first), ports)
    const secret = { client_id: 'billing', sealed: 'sealed', digest: Buffer.from('digest').toString('base64url') }
    await store.clientSecrets.create({ ...secret, created_at: new Date(nowMs).toISOString() })
    uses.note(credential, 'billing')
    uses.note(Buffer.from('digest'), 'billing')
    // Proved by a secret that was rotated away before it was written down.
    uses.note(Buffer.from('gone'), 'billing')
    expect(await store.credentialUses.list()).toEqual([])
    await uses.flush()
    const at = (hour: string) => `2026-06-01T${hour}:00:00.000Z`
    const written = async () => (await store.credentialUses.list()).map(({ id, last_used_at }) => [id, last_used_at])
    const digest = `billing ${Buffer.from('digest').toString('base64url')}`
    expect(await written()).toEqual([
      [credential.id, at('12')],
      [digest, at('12')],
    ])
    nowMs += 60_000
    await uses.flush()
    expect(await written()).toEqual([
      [credential.id, at('12')],
      [digest, at('12')],
    ])
    for (let count = 0; count < 3; count += 1) uses.note(credential, 'billing')
    await uses.flush()
    expect(await written()).toEqual([
      [credential.id, at('13')],
      [digest, at('12')],
    ])
    const { length } = await written()
    await deleteClientCredential('billing', credential.id, ports)
    expect(await written()).toHaveLength(length - 1)
  })
})
