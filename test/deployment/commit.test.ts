import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { clientGrantDeletions, commitPlanned, unchanged } from '../../src/deployment/index.ts'
import { type ClientGrant, type Organization, organizationGrantKey } from '../../src/domain/index.ts'
import { RevisionConflict } from '../../src/storage/index.ts'
import { openDeployment, stores } from './given.ts'

const grant: ClientGrant = { id: 'cgr_1', client_id: 'billing', audience: 'urn:api', scope: [], subject_type: 'client' }
const organization: Organization = { id: 'org_1', name: 'acme' }
const association = { id: organizationGrantKey('org_1', 'cgr_1'), organization_id: 'org_1', grant_id: 'cgr_1' }

describe.each(Object.entries(stores))('changes that depend on what is stored, %s', (_where, open) => {
  test('of sixty who change one record at once each gets through, and none undoes another', async () => {
    const { store } = await openDeployment(open)
    await store.meta.create({ name: 'counter', value: '0' })
    const add = () =>
      commitPlanned(store, 'the counter', async () => {
        const { value = '', revision = 0 } = (await store.meta.get('counter')) ?? {}
        // Working it out takes a moment: the others come in between.
        await setImmediate()
        const replace = { name: 'counter', value: String(Number(value) + 1) }
        return { changes: [{ kind: 'meta', key: 'counter', revision, replace }], result: replace.value }
      })
    const results = await Promise.all(Array.from({ length: 60 }, add))
    expect(new Set(results).size).toBe(60)
    expect((await store.meta.get('counter'))?.value).toBe('60')
  })

  test('a refusal is not tried again, and those that wait behind it go on', async () => {
    const { store } = await openDeployment(open)
    await store.meta.create({ name: 'counter', value: '0' })
    let asked = 0
    const plan = (isRefused: () => boolean) =>
      commitPlanned(store, 'the counter', async () => {
        const stored = await store.meta.get('counter')
        await setImmediate()
        if (isRefused()) throw new Error('not today')
        const replace = { name: 'counter', value: `${stored?.value}x` }
        return { changes: [{ kind: 'meta', key: 'counter', revision: stored?.revision ?? 0, replace }], result: 'done' }
      })
    const refusedLater = () => {
      asked += 1
      return asked > 1
    }
    const ends = await Promise.allSettled([plan(() => false), plan(refusedLater), plan(() => false)])
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect({ asked, value: (await store.meta.get('counter'))?.value }).toEqual({ asked: 2, value: '0xx' })
  })

  test('a grant is not deleted past an association that came meanwhile: nothing of it is', async () => {
    const { store } = await openDeployment(open)
    const stored = await store.clientGrants.create(grant)
    const deletions = await clientGrantDeletions([stored], store)
    await store.commit([
      unchanged('clientGrants', grant.id, stored),
      { kind: 'organizationClientGrants', create: association },
    ])
    await expect(store.commit(deletions)).rejects.toThrow(RevisionConflict)
    const again = await store.clientGrants.get(grant.id)
    expect(again).toMatchObject(grant)
    await store.commit(await clientGrantDeletions(again === undefined ? [] : [again], store))
    expect([await store.clientGrants.list(), await store.organizationClientGrants.list()]).toEqual([[], []])
  })

  test('nothing is made for a record that was deleted meanwhile', async () => {
    const { store } = await openDeployment(open)
    const stored = await store.organizations.create(organization)
    await store.organizations.delete(organization.id)
    const associating = store.commit([
      unchanged('organizations', organization.id, stored),
      { kind: 'organizationClientGrants', create: association },
    ])
    await expect(associating).rejects.toThrow(RevisionConflict)
    expect(await store.organizationClientGrants.list()).toEqual([])
  })
})
