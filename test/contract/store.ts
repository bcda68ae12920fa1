import { describe, expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../src/domain/index.ts'
import { AlreadyExists, RevisionConflict, type Store } from '../../src/storage/index.ts'
import { aClient, aGrant } from './records.ts'
import { type StoreContract, storeChangesContract } from './store-changes.ts'

/** What every store of records does, whatever holds them. `open` gives a fresh, empty one. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  const contract: StoreContract = (sentence, body) =>
    test(sentence, async () => {
      const store = await open()
      onTestFinished(() => store.close())
      await body(store)
    })

  describe(name, () => {
    contract('a record is found by its key, at revision 1', async (store) => {
      const created = await store.clients.create(aClient('billing'))
      expect(created).toEqual({ ...aClient('billing'), revision: 1 })
      expect(await store.clients.get('billing')).toEqual(created)
    })

    contract('what is not there is undefined', async (store) => {
      expect(await store.clients.get('nobody')).toBeUndefined()
    })

    contract('kinds do not see each other, though keys be equal', async (store) => {
      await store.clients.create(aClient('same'))
      await store.organizations.create({ id: 'same', name: 'same' })
      expect(await store.clients.delete('same')).toBe(true)
      expect(await store.organizations.get('same')).toEqual({ id: 'same', name: 'same', revision: 1 })
    })

    contract('a second record with a key is refused, and the first stays', async (store) => {
      await store.clients.create(aClient('billing'))
      await expect(store.clients.create({ ...aClient('billing'), name: 'other' })).rejects.toThrow(
        new AlreadyExists('clients', ['client_id']),
      )
      expect(await store.clients.get('billing')).toMatchObject({ name: 'billing' })
    })

    contract('an update replaces the fields it names, leaves the rest, and raises the revision', async (store) => {
      await store.clients.create({ ...aClient('billing'), app_type: 'non_interactive' })
      const updated = await store.clients.update('billing', 1, { name: 'Billing' })
      expect(updated).toEqual({ ...aClient('billing'), app_type: 'non_interactive', name: 'Billing', revision: 2 })
      expect(await store.clients.get('billing')).toEqual(updated)
    })

    contract('of two updates from one revision, one wins and the other is told', async (store) => {
      await store.clients.create(aClient('billing'))
      const both = await Promise.allSettled(
        ['first', 'second'].map((name) => store.clients.update('billing', 1, { name })),
      )
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(both.find((end) => end.status === 'rejected')).toMatchObject({
        reason: new RevisionConflict('clients', 'billing'),
      })
      expect(await store.clients.get('billing')).toMatchObject({ revision: 2 })
    })

    contract('an update of a record that is gone is told so', async (store) => {
      await store.clients.create(aClient('billing'))
      await store.clients.delete('billing')
      await expect(store.clients.update('billing', 1, { name: 'x' })).rejects.toThrow(RevisionConflict)
    })

    contract('the key of a record does not change', async (store) => {
      await store.clients.create(aClient('billing'))
      await expect(store.clients.update('billing', 1, { client_id: 'other' })).rejects.toThrow('a key is for good')
      expect(await store.clients.get('billing')).toEqual({ ...aClient('billing'), revision: 1 })
    })

    contract('delete tells whether there was something to delete', async (store) => {
      await store.clients.create(aClient('billing'))
      expect(await store.clients.delete('billing')).toBe(true)
      expect(await store.clients.delete('billing')).toBe(false)
      expect(await store.clients.get('billing')).toBeUndefined()
    })

    contract('no two records share a unique set of fields', async (store) => {
      await store.clientGrants.create(aGrant('1', 'billing', 'https://orders'))
      await store.clientGrants.create(aGrant('2', 'billing', 'https://invoices'))
      await expect(store.clientGrants.create(aGrant('3', 'billing', 'https://orders'))).rejects.toThrow(
        new AlreadyExists('clientGrants', ['client_id', 'audience', 'subject_type']),
      )
      expect(await store.clientGrants.get('3')).toBeUndefined()
      await store.clientGrants.create({ ...aGrant('4', 'billing', 'https://orders'), subject_type: 'user' })
    })

    contract('an update onto taken values is refused, one that keeps its own is not', async (store) => {
      await store.organizations.create({ id: '1', name: 'acme' })
      await store.organizations.create({ id: '2', name: 'globex' })
      await expect(store.organizations.update('2', 1, { name: 'acme' })).rejects.toThrow(AlreadyExists)
      expect(await store.organizations.get('2')).toEqual({ id: '2', name: 'globex', revision: 1 })
      await store.organizations.update('2', 1, { name: 'globex', display_name: 'Globex' })
    })

    contract('values are free again once their record has other ones, or is deleted', async (store) => {
      await store.organizations.create({ id: '1', name: 'acme' })
      await store.organizations.update('1', 1, { name: 'globex' })
      await store.organizations.create({ id: '2', name: 'acme' })
      await store.organizations.delete('1')
      await store.organizations.create({ id: '3', name: 'globex' })
    })

    contract('a commit applies its changes in order', async (store) => {
      await store.organizations.create({ id: '1', name: 'acme' })
      await store.organizations.create({ id: '2', name: 'globex' })
      await store.commit([
        { kind: 'organizations', delete: '1' },
        { kind: 'organizations', key: '2', revision: 1, replace: { id: '2', name: 'acme' } },
        { kind: 'organizations', create: { id: '1', name: 'globex' } },
        { kind: 'clients', create: aClient('billing') },
        { kind: 'clients', delete: 'nobody' },
      ])
      expect(await store.organizations.list()).toEqual([
        { id: '2', name: 'acme', revision: 2 },
        { id: '1', name: 'globex', revision: 1 },
      ])
      expect(await store.clients.get('billing')).toBeDefined()
    })

    contract('a commit whose last change fails changes nothing, and says what failed', async (store) => {
      await store.organizations.create({ id: '1', name: 'acme' })
      await store.organizations.create({ id: '2', name: 'globex' })
      const before = { revision: await store.revision(), list: await store.organizations.list() }
      await expect(
        store.commit([
          { kind: 'organizations', delete: '1' },
          { kind: 'organizations', key: '2', revision: 1, replace: { id: '2', name: 'acme' } },
          { kind: 'organizations', create: { id: '3', name: 'globex' } },
          { kind: 'clients', create: aClient('billing') },
          { kind: 'organizations', key: '2', revision: 1, replace: { id: '2', name: 'late' } },
        ]),
      ).rejects.toThrow(new RevisionConflict('organizations', '2'))
      expect({ revision: await store.revision(), list: await store.organizations.list() }).toEqual(before)
      expect(await store.clients.get('billing')).toBeUndefined()
      // The values are as free, and as taken, as they were.
      await expect(store.organizations.create({ id: '4', name: 'acme' })).rejects.toThrow(AlreadyExists)
      await store.organizations.create({ id: '4', name: 'late' })
      expect((await store.organizations.list()).map(({ id }) => id)).toEqual(['1', '2', '4'])
    })

    contract('every change of a record raises the revision of the store, a refused one does not', async (store) => {
      const seen = [await store.revision()]
      const note = async (change: Promise<unknown>) => {
        await change
        seen.push(await store.revision())
      }
      await note(store.clients.create(aClient('billing')))
      await note(store.clients.update('billing', 1, { name: 'x' }))
      await note(store.commit([{ kind: 'organizations', create: { id: '1', name: 'acme' } }]))
      await note(store.clients.delete('billing'))
      expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other))
      const last = await store.revision()
      await store.organizations.create({ id: '1', name: 'again' }).catch(() => {})
      await store.clients.delete('billing')
      await store.commit([])
      expect(await store.revision()).toBe(last)
    })

    contract('a list is in order of creation, whatever was changed since', async (store) => {
      for (const id of ['c', 'a', 'b']) await store.clients.create(aClient(id))
      await store.clients.update('c', 1, { name: 'changed' })
      expect(await ids(store.clients.list())).toEqual(['c', 'a', 'b'])
      await store.clients.delete('c')
      await store.clients.create(aClient('c'))
      expect(await ids(store.clients.list())).toEqual(['a', 'b', 'c'])
    })

    contract('a list goes on after a key, up to a limit', async (store) => {
      for (const id of ['c', 'a', 'd', 'b']) await store.clients.create(aClient(id))
      expect(await ids(store.clients.list({ limit: 2 }))).toEqual(['c', 'a'])
      expect(await ids(store.clients.list({ after: 'a', limit: 2 }))).toEqual(['d', 'b'])
      expect(await ids(store.clients.list({ after: 'b' }))).toEqual([])
      expect(await ids(store.clients.list({ limit: 0 }))).toEqual([])
    })

    contract('a list after a key that is gone is refused: nobody can tell where it went on', async (store) => {
      await store.clients.create(aClient('a'))
      await expect(store.clients.list({ after: 'gone' })).rejects.toThrow(RevisionConflict)
    })

    contract('a list by an indexed field has those records alone, in order, in pages', async (store) => {
      for (const [id, audience] of [
        ['3', 'x'],
        ['1', 'y'],
        ['2', 'x'],
        ['4', 'x'],
      ] as const) {
        await store.clientGrants.create(aGrant(id, `client-${id}`, audience))
      }
      const grantIds = async (query: Parameters<Store['clientGrants']['list']>[0]) =>
        (await store.clientGrants.list(query)).map(({ id }) => id)
      const where = { field: 'audience', value: 'x' }
      expect(await grantIds({ where })).toEqual(['3', '2', '4'])
      expect(await grantIds({ where, after: '3', limit: 1 })).toEqual(['2'])
      await store.clientGrants.update('2', 1, { audience: 'y' })
      await store.clientGrants.delete('3')
      expect(await grantIds({ where })).toEqual(['4'])
      expect(await grantIds({ where: { field: 'audience', value: 'y' } })).toEqual(['1', '2'])
    })

    contract('a list by a field without an index is refused', async (store) => {
      await expect(store.clients.list({ where: { field: 'app_type', value: 'spa' } })).rejects.toThrow('app_type')
    })

    contract('values come back as the JSON they were', async (store) => {
      const metadata: Record<string, string> = JSON.parse(
        '{"__proto__":"data","constructor":"too","é\u2028":"𝔘 \\u0000 \\ud800 \\"quoted\\""}',
      )
      let deep: unknown = 'bottom'
      for (let depth = 0; depth < 500; depth += 1) deep = depth % 2 === 0 ? [deep] : { deep }
      const methods = { deep, wide: Array.from({ length: 10_000 }, (_, index) => ({ index, half: index / 2 })) }
      // Whatever the types say: a store reads nothing of what it keeps.
      const given: ReturnType<typeof aClient> = JSON.parse(
        JSON.stringify({ ...aClient('odd'), client_metadata: metadata, client_authentication_methods: methods }),
      )
      await store.clients.create(given)
      const found = await store.clients.get('odd')
      expect(JSON.stringify(found)).toBe(JSON.stringify({ ...given, revision: 1 }))
      expect(Object.getPrototypeOf(found?.client_metadata)).toBe(Object.prototype)
      expect(Object.keys(found?.client_metadata ?? {})).toContain('__proto__')
    })

    contract('what is returned, and what was given, can change without changing the store', async (store) => {
      const given = { ...aClient('billing'), grant_types: ['client_credentials'] }
      const created = await store.clients.create(given)
      given.grant_types.push('password')
      Object.assign(created, { name: 'changed' })
      expect(await store.clients.get('billing')).toEqual({ ...aClient('billing'), revision: 1 })
    })

    contract('a revision within a value is not stored: the store gives it', async (store) => {
      const created = await store.clients.create(aClient('billing'))
      await store.commit([{ kind: 'clients', key: 'billing', revision: 1, replace: { ...created, name: 'x' } }])
      expect(await store.clients.get('billing')).toEqual({ ...created, name: 'x', revision: 2 })
    })

    contract('a record without its key is refused', async (store) => {
      await expect(store.clients.create(aClient(''))).rejects.toThrow('"client_id"')
    })

    storeChangesContract(contract)
  })
}

async function ids(clients: Promise<readonly Client[]>): Promise<readonly string[]> {
  return (await clients).map(({ client_id }) => client_id)
}
