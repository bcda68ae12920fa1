import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../../src/storage/index.ts'
import { openSqliteStore } from '../../../src/storage/sqlite/store.ts'
import { aClient, aGrant } from '../../contract/records.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience, billing } from '../../support/tenant.ts'

const many = 3_000
let server: TestServer
/** The same store, as another server would have it open. */
let other: Store

beforeAll(async () => {
  server = await openServer()
  other = await openSqliteStore(join(server.dataDir, 'config.db'))
  const ids = Array.from({ length: many }, (_, index) => `seeded-${index}`)
  await other.commit(
    ids.flatMap((id) => [
      { kind: 'clients' as const, create: aClient(id) },
      { kind: 'clientGrants' as const, create: aGrant(`cgr-${id}`, id, audience) },
    ]),
  )
})
afterAll(async () => {
  await other.close()
  await server.close()
})

interface Page {
  readonly clients: readonly { readonly client_id: string }[]
  readonly next?: string
  readonly total?: number
}

async function page(query: string): Promise<Page> {
  const { status, text } = await server.manage('GET', `/clients?${query}`)
  expect(status).toBe(200)
  return JSON.parse(text)
}

async function create(name: string): Promise<string> {
  const { status, body } = await server.manage('POST', '/clients', { name, app_type: 'non_interactive' })
  expect(status).toBe(201)
  return String(body.client_id)
}

describe('a tenant of thousands of clients', () => {
  test('is read to its end by checkpoint, each client once, while clients come and go', async () => {
    const before = new Set((await other.clients.list()).map(({ client_id }) => client_id))
    const seen: string[] = []
    const made: string[] = []
    let lost = 0
    for (let from: string | undefined; ; ) {
      const { clients, next } = await page(`take=100${from === undefined ? '' : `&from=${from}`}`)
      seen.push(...clients.map(({ client_id }) => client_id))
      if (next === undefined) break
      from = next
      if (made.length < 5) {
        // The last one shown, which the next page goes on after, and one that was not shown yet.
        for (const gone of [seen.at(-1) ?? '', `seeded-${many - 1 - made.length}`]) {
          expect((await server.manage('DELETE', `/clients/${gone}`)).status).toBe(204)
        }
        lost += 1
        made.push(await create(`made while reading ${made.length}`))
      }
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBe(before.size - lost + made.length)
    for (const client_id of made) expect(seen).toContain(client_id)
  })

  test('is counted right after a client came, and after one went', async () => {
    const total = async () => (await page('include_totals=true&per_page=1')).total
    const before = await total()
    expect(before).toBe(await other.clients.count())
    const client_id = await create('counted')
    expect(await total()).toBe((before ?? 0) + 1)
    expect((await page('include_totals=true&is_global=false&per_page=1')).total).toBe(before)
    expect((await page('include_totals=true&is_global=true')).total).toBe(1)
    await server.manage('DELETE', `/clients/${client_id}`)
    expect(await total()).toBe(before)
  })

  test('is read by page numbers as far as they reach', async () => {
    const [first, last] = [
      await page('include_totals=true&page=0&per_page=100'),
      await page('include_totals=true&page=9&per_page=100'),
    ]
    expect([first.clients.length, last.clients.length]).toEqual([100, 100])
    expect((await server.manage('GET', '/clients?page=10&per_page=100')).status).toBe(400)
  })

  test('is served as it was stored by another server, from the next change on', async () => {
    const [grant] = await other.clientGrants.list({ where: { field: 'client_id', value: billing.client_id } })
    if (grant === undefined) throw new Error('the default client has its grant')
    expect((await server.token()).status).toBe(200)
    await other.clientGrants.update(grant.id, grant.revision, { scope: ['read:orders'] })
    await create('a change')
    expect((await server.token()).body.scope).toBe('read:orders')
  })
})
