import { expect } from 'vitest'
import { AlreadyExists, type ChangedRecords, rememberedChanges, type Store } from '../../src/storage/index.ts'
import { aClient, aGrant, aRevokedToken } from './records.ts'

/** A sentence about a store, proven on a fresh, empty one. */
export type StoreContract = (sentence: string, body: (store: Store) => Promise<void>) => void

/** What a store tells of its changes, and how its records are paged and counted while they change. */
export function storeChangesContract(contract: StoreContract): void {
  contract('a record that is no configuration is kept like any other, and raises no revision', async (store) => {
    await store.clients.create(aClient('billing'))
    const before = await store.revision()
    await store.revokedTokens.create(aRevokedToken('jti:1'))
    await store.revokedTokens.update('jti:1', 1, { exp: 2_000_000_000 })
    await store.commit([
      { kind: 'credentialUses', create: { id: 'c', client_id: 'billing', last_used_at: '2026-01-01T00:00:00.000Z' } },
      { kind: 'revokedTokens', create: aRevokedToken('jti:2') },
      { kind: 'revokedTokens', delete: 'jti:1' },
    ])
    expect(await store.revokedTokens.list()).toEqual([{ ...aRevokedToken('jti:2'), revision: 1 }])
    expect(await store.credentialUses.count()).toBe(1)
    expect(await store.revision()).toBe(before)
    expect(await store.changesSince(before)).toEqual({ revision: before, records: [] })
  })

  contract('what was changed since a revision is told: each record once, the deleted ones too', async (store) => {
    await store.clients.create(aClient('before'))
    const since = await store.revision()
    await store.clients.create(aClient('new'))
    await store.clients.update('new', 1, { name: 'New' })
    await store.clients.create(aClient('short-lived'))
    await store.commit([
      { kind: 'clients', delete: 'before' },
      { kind: 'organizations', create: { id: 'new', name: 'new' } },
      { kind: 'clients', delete: 'short-lived' },
      { kind: 'revokedTokens', create: aRevokedToken('jti:1') },
    ])
    const changes = await store.changesSince(since)
    expect(changes?.revision).toBe(await store.revision())
    expect(namesOf(changes)).toEqual(['clients before', 'clients new', 'clients short-lived', 'organizations new'])
    const now = await store.revision()
    expect(await store.changesSince(now)).toEqual({ revision: now, records: [] })
  })

  contract('a refused commit is no change', async (store) => {
    await store.clients.create(aClient('billing'))
    const since = await store.revision()
    const refused = store.commit([
      { kind: 'clients', create: aClient('other') },
      { kind: 'clients', delete: 'billing' },
      { kind: 'clients', create: aClient('other') },
    ])
    await expect(refused).rejects.toThrow(AlreadyExists)
    expect(await store.changesSince(since)).toEqual({ revision: since, records: [] })
    await store.clients.update('billing', 1, { name: 'x' })
    expect(namesOf(await store.changesSince(since))).toEqual(['clients billing'])
  })

  contract('changes that are too long ago, or of a revision that never was, are not told', async (store) => {
    await store.clients.create(aClient('first'))
    const since = await store.revision()
    const many = Array.from({ length: rememberedChanges }, (_, index) => aClient(`client-${index}`))
    await store.commit(many.map((create) => ({ kind: 'clients', create })))
    expect((await store.changesSince(since))?.records).toHaveLength(rememberedChanges)
    await store.commit(many.map(({ client_id }) => ({ kind: 'clients', delete: client_id })))
    for (const revision of [since, 0, (await store.revision()) + 1])
      expect(await store.changesSince(revision)).toBeUndefined()
    const near = await store.revision()
    await store.clients.delete('first')
    expect(namesOf(await store.changesSince(near))).toEqual(['clients first'])
  })

  contract('a page goes on after a position, by value too, without the first ones of it', async (store) => {
    for (const [id, audience] of [
      ['3', 'x'],
      ['1', 'y'],
      ['2', 'x'],
      ['5', 'y'],
      ['4', 'x'],
    ] as const) {
      await store.clientGrants.create(aGrant(id, `client-${id}`, audience))
    }
    const all = await store.clientGrants.page({ limit: 9 })
    expect(all.map(({ record }) => record.id)).toEqual(['3', '1', '2', '5', '4'])
    expect(all[0]?.record).toEqual({ ...aGrant('3', 'client-3', 'x'), revision: 1 })
    const page = async (query: Parameters<Store['clientGrants']['page']>[0]) =>
      (await store.clientGrants.page(query)).map(({ record }) => record.id)
    const after = all[1]?.position ?? Number.NaN
    const where = { field: 'audience', value: 'x' }
    expect(await page({ after, limit: 2 })).toEqual(['2', '5'])
    expect(await page({ skip: 3, limit: 2 })).toEqual(['5', '4'])
    expect(await page({ where, limit: 2 })).toEqual(['3', '2'])
    expect(await page({ where, after, limit: 2 })).toEqual(['2', '4'])
    expect(await page({ where, skip: 2, limit: 2 })).toEqual(['4'])
    expect(await page({ after, skip: 3, limit: 2 })).toEqual([])
    expect(await page({ limit: 0 })).toEqual([])
    await expect(store.clients.page({ where: { field: 'app_type', value: 'spa' }, limit: 1 })).rejects.toThrow(
      'app_type',
    )
  })

  contract(
    'who reads on after a position misses no record and sees none twice, whatever goes and comes',
    async (store) => {
      for (const id of ['a', 'b', 'c', 'd']) await store.clients.create(aClient(id))
      const [, second] = await store.clients.page({ limit: 2 })
      await store.commit(['a', 'b', 'd'].map((id) => ({ kind: 'clients', delete: id })))
      await store.clients.create(aClient('e'))
      await store.clients.update('c', 1, { name: 'changed' })
      const rest = await store.clients.page({ after: second?.position ?? Number.NaN, limit: 9 })
      expect(rest.map(({ record }) => record.client_id)).toEqual(['c', 'e'])
    },
  )

  contract('the position of a record is never that of another, though it was the last and is gone', async (store) => {
    const seen: number[] = []
    for (const id of ['a', 'b', 'a', 'c', 'a']) {
      await store.clients.create(aClient(id))
      const last = (await store.clients.page({ limit: 9 })).at(-1)
      seen.push(last?.position ?? Number.NaN)
      await store.clients.delete(id)
    }
    expect(new Set(seen).size).toBe(5)
    expect(seen).toEqual(seen.toSorted((one, other) => one - other))
  })

  contract('records are counted, all and by value, after a refused commit as before it', async (store) => {
    expect(await store.clientGrants.count()).toBe(0)
    for (const id of ['1', '2', '3']) await store.clientGrants.create(aGrant(id, `client-${id}`, 'x'))
    await store.clientGrants.update('2', 1, { audience: 'y' })
    const refused = store.commit([
      { kind: 'clientGrants', delete: '1' },
      { kind: 'clientGrants', create: aGrant('4', 'client-4', 'x') },
      { kind: 'clientGrants', create: aGrant('3', 'client-5', 'x') },
    ])
    await expect(refused).rejects.toThrow(AlreadyExists)
    const counts = async () => [
      await store.clientGrants.count(),
      await store.clientGrants.count({ field: 'audience', value: 'x' }),
      await store.clientGrants.count({ field: 'audience', value: 'z' }),
      await store.clients.count(),
    ]
    expect(await counts()).toEqual([3, 2, 0, 0])
    await store.clientGrants.delete('1')
    await store.clientGrants.delete('1')
    expect(await counts()).toEqual([2, 1, 0, 0])
    await expect(store.clients.count({ field: 'app_type', value: 'spa' })).rejects.toThrow('app_type')
  })
}

function namesOf(changes: ChangedRecords | undefined): readonly string[] | undefined {
  return changes?.records.map(({ kind, key }) => `${kind} ${key}`).toSorted()
}
