import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TenantSnapshot } from '../../../src/domain/index.ts'
import { type Change, readSnapshot, type Store, snapshotReader } from '../../../src/storage/index.ts'
import { openMemoryStore } from '../../../src/storage/memory/store.ts'
import { openSqliteStore } from '../../../src/storage/sqlite/store.ts'
import { aClient, aGrant } from '../../contract/records.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type PlannedCommit, plannedCommit, write } from './changes.ts'

const domain = 'auth.example.com'
const read = (store: Store) => readSnapshot(store, 'example', domain)
const reader = (store: Store) => snapshotReader({ store, tenant: 'example', domain })

/** A snapshot as data; what is in no order, sorted. An error by its message. */
async function plain(reading: Promise<TenantSnapshot>): Promise<unknown> {
  let snapshot: TenantSnapshot
  try {
    snapshot = await reading
  } catch (error) {
    return String(error)
  }
  const { clients, federated, resourceServers, clientGrants, organizations, organizationsByName, organizationGrants } =
    snapshot
  const listed = [...(federated ?? [])].map(
    ([issuer, known]) => [issuer, known.map(({ client }) => client.client_id).toSorted()] as const,
  )
  // The joined client is the one that is known by its id.
  for (const known of [...(federated?.values() ?? [])].flat()) expect(clients.get(known.client.client_id)).toBe(known)
  return {
    ...snapshot,
    clients: new Map(clients),
    federated: new Map(listed),
    resourceServers: new Map(resourceServers),
    clientGrants: new Map(clientGrants),
    organizations: new Map(organizations),
    organizationsByName: new Map(organizationsByName),
    organizationGrants: new Set(organizationGrants),
  }
}

async function holds(store: Store, commits: readonly (PlannedCommit | 'read')[]): Promise<void> {
  const next = reader(store)
  for (const commit of commits) {
    if (commit === 'read') expect(await plain(next())).toEqual(await plain(read(store)))
    else await write(store, commit)
  }
  expect(await plain(next())).toEqual(await plain(read(store)))
}

const commits = fc.array(fc.oneof({ weight: 3, arbitrary: plannedCommit }, fc.constant('read' as const)), {
  minLength: 20,
  maxLength: 80,
  size: 'max',
})

describe('a snapshot that is brought up to date', () => {
  test('is the one that is read anew, whatever was committed', async () => {
    await fc.assert(
      fc.asyncProperty(commits, (all) => holds(openMemoryStore(), all)),
      { numRuns: 400 },
    )
  })

  test('is the one that is read anew from SQLite too', async () => {
    const folder = await temporaryFolder()
    let opened = 0
    await fc.assert(
      fc.asyncProperty(commits, async (all) => {
        opened += 1
        const store = await openSqliteStore(`${folder}/${opened}.db`)
        await holds(store, all)
        await store.close()
      }),
      { numRuns: 15 },
    )
  })

  test('holds what two others write meanwhile, and never half of one of their commits', async () => {
    const file = `${await temporaryFolder()}/config.db`
    const [one, other, mine] = [await openSqliteStore(file), await openSqliteStore(file), await openSqliteStore(file)]
    onTestFinished(async () => {
      for (const store of [one, other, mine]) await store.close()
    })
    const pair = (id: string, audience: string): readonly Change[] => [
      { kind: 'clients', create: { ...aClient(id), app_type: audience } },
      { kind: 'clientGrants', create: aGrant(id, id, audience) },
    ]
    // More than one page: a reading takes several turns.
    await one.commit(Array.from({ length: 600 }, (_, index) => pair(`kept-${index}`, 'urn:kept')).flat())
    let written = 0
    const writer = async (store: Store, name: string) => {
      for (let index = 0; index < 60; index += 1) {
        await store.commit(pair(`${name}-${index}`, 'urn:first'))
        await setImmediate()
        if (index % 2 === 0) {
          await store.commit([
            { kind: 'clients', delete: `${name}-${index}` },
            { kind: 'clientGrants', delete: `${name}-${index}` },
          ])
        } else {
          const replaced = { ...aClient(`${name}-${index}`), app_type: 'urn:second' }
          await store.commit([
            { kind: 'clients', key: replaced.client_id, revision: 1, replace: replaced },
            { kind: 'clientGrants', delete: replaced.client_id },
            { kind: 'clientGrants', create: aGrant(`${name}-${index}-2`, replaced.client_id, 'urn:second') },
          ])
        }
        await setImmediate()
      }
      written += 1
    }
    const next = reader(mine)
    const readAlong = async (): Promise<void> => {
      while (written < 2) {
        const snapshot = await next()
        for (const { client } of snapshot.clients.values()) {
          expect(snapshot.clientGrants.has(`${client.client_id} ${client.app_type}`)).toBe(true)
        }
        expect(snapshot.clientGrants.size).toBe(snapshot.clients.size)
        await setImmediate()
      }
    }
    await Promise.all([writer(one, 'one'), writer(other, 'other'), readAlong()])
    expect(await plain(next())).toEqual(await plain(read(mine)))
    expect((await next()).clients.size).toBe(660)
  })

  test('has the same objects for what was not changed, and is the same one when nothing was', async () => {
    const store = openMemoryStore()
    for (const id of ['a', 'b']) {
      await store.clients.create(aClient(id))
      await store.clientGrants.create(aGrant(id, id, 'urn:orders'))
      await store.resourceServers.create({ id, identifier: `urn:${id}` })
      await store.organizations.create({ id, name: id })
    }
    const next = reader(store)
    const before = await next()
    expect(await next()).toBe(before)
    await store.clients.update('b', 1, { name: 'B' })
    await store.clientGrants.update('b', 1, { scope: [] })
    await store.resourceServers.update('b', 1, { name: 'B' })
    await store.organizations.update('b', 1, { display_name: 'B' })
    const after = await next()
    expect(after.revision).toBe(before.revision + 4)
    for (const part of ['clients', 'organizations', 'organizationsByName'] as const) {
      expect(after[part].get('a')).toBe(before[part].get('a'))
      expect(after[part].get('b')).not.toBe(before[part].get('b'))
    }
    expect(after.resourceServers.get('urn:a')).toBe(before.resourceServers.get('urn:a'))
    expect(after.clientGrants.get('a urn:orders')).toBe(before.clientGrants.get('a urn:orders'))
    expect(after.clients.get('b')?.client.name).toBe('B')
    // Those who hold the snapshot before see what they saw.
    expect(before.clients.get('b')?.client.name).toBe('b')
    expect(after.bound).toBe(before.bound)
  })

  test('is read anew when the store remembers too little, and is right then too', async () => {
    const store = openMemoryStore()
    const forgetful: Store = { ...store, changesSince: async () => undefined }
    const next = reader(forgetful)
    await store.clients.create(aClient('a'))
    expect((await next()).clients.size).toBe(1)
    await store.clients.create(aClient('b'))
    expect(await plain(next())).toEqual(await plain(read(store)))
  })

  test('reads the records that were changed, and no list of clients again', async () => {
    const store = openMemoryStore()
    const asked: string[] = []
    const watched: Store = {
      ...store,
      clients: {
        ...store.clients,
        get: (key) => {
          asked.push(key)
          return store.clients.get(key)
        },
        page: (query) => {
          asked.push('page')
          return store.clients.page(query)
        },
      },
    }
    await store.commit(['a', 'b', 'c'].map((id) => ({ kind: 'clients', create: aClient(id) })))
    const next = reader(watched)
    await next()
    expect(asked).toEqual(['page'])
    await store.clients.update('b', 1, { name: 'B' })
    await store.clientGrants.create(aGrant('1', 'c', 'urn:orders'))
    await next()
    expect(asked).toEqual(['page', 'b'])
  })
})
