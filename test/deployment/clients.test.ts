import { describe, expect, test } from 'vitest'
import {
  createClient,
  createClientCredential,
  deleteClient,
  openCredentialUses,
  updateClient,
} from '../../src/deployment/index.ts'
import { type Client, organizationGrantKey } from '../../src/domain/index.ts'
import { openClientSecretDigests } from '../../src/keys/index.ts'
import { credentialOf, newKey } from '../support/assertions.ts'
import { type Deployment, everything, openDeployment, stores } from './given.ts'

const key = newKey('ES256')
const billing: Client = { client_id: 'billing', name: 'Billing', grant_types: ['client_credentials'] }
const inline = { ...credentialOf(key), id: 'cred_inline' }

const withDigests = (deployment: Deployment) => ({
  ...deployment,
  digests: openClientSecretDigests(deployment.sealer.digestKey),
})

describe.each(Object.entries(stores))('clients, %s', (_where, open) => {
  test('are deleted with all that is only their own, and with nothing else', async () => {
    const ports = withDigests(await openDeployment(open))
    const { store, clock } = ports
    await createClient({ client: { ...billing, client_id: 'other' }, credentials: [] }, ports)
    await store.clientGrants.create({ id: 'cgr_other', client_id: 'other', audience: 'https://a/', scope: [] })
    const before = await everything(store)
    await createClient({ client: billing, credentials: [inline] }, ports)
    await store.clientGrants.create({ id: 'cgr_own', client_id: 'billing', audience: 'https://a/', scope: [] })
    const organization_id = 'org_1'
    const association = { id: organizationGrantKey(organization_id, 'cgr_own'), organization_id, grant_id: 'cgr_own' }
    await store.organizationClientGrants.create(association)
    const credential = await store.clientCredentials.get(inline.id)
    if (credential === undefined) throw new Error('the credential is not there')
    const uses = openCredentialUses({ store, clock })
    uses.note(credential, 'billing')
    await uses.flush()
    expect(await store.credentialUses.list()).toMatchObject([{ id: inline.id, client_id: 'billing' }])

    // Used once more, and written down too late.
    uses.note(credential, 'billing')
    expect(await deleteClient('billing', ports)).toBe(true)
    await uses.flush()
    expect(await everything(store)).toEqual(before)
    expect(await deleteClient('billing', ports)).toBe(false)
  })

  test('leave no credential behind that was made while they were deleted', async () => {
    const ports = withDigests(await openDeployment(open))
    await createClient({ client: billing, credentials: [] }, ports)
    await Promise.allSettled([
      createClientCredential('billing', credentialOf(key), ports),
      deleteClient('billing', ports),
      createClientCredential('billing', credentialOf(key, { kid: 'the-second-key' }), ports),
    ])
    expect(await ports.store.clients.list()).toEqual([])
    expect(await ports.store.clientCredentials.list()).toEqual([])
  })

  test('that are changed at once by two keep both changes', async () => {
    const ports = withDigests(await openDeployment(open))
    await createClient({ client: billing, credentials: [] }, ports)
    const adding = (name: string) => ({
      change: (client: Client): Client => ({ ...client, client_metadata: { ...client.client_metadata, [name]: name } }),
    })
    await Promise.all(['a', 'b', 'c'].map((name) => updateClient('billing', adding(name), ports)))
    expect((await ports.store.clients.get('billing'))?.client_metadata).toEqual({ a: 'a', b: 'b', c: 'c' })
  })

  test('that are refused leave nothing behind, neither a secret nor a credential', async () => {
    const ports = withDigests(await openDeployment(open))
    const before = await everything(ports.store)
    const third = { ...inline, id: 'cred_3', kid: 'the-third-key' }
    const credentials = [inline, { ...inline, id: 'cred_2', kid: 'the-second-key' }, third]
    await expect(createClient({ client: billing, credentials }, ports)).rejects.toThrow('the limit is 2')
    expect(await everything(ports.store)).toEqual(before)
  })
})
