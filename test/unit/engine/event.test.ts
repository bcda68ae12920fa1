import { expect, test } from 'vitest'
import type { Exchange } from '../../../src/domain/index.ts'
import { fixedEvent } from '../../../src/engine/event.ts'

const exchange: Exchange = {
  request_id: 'r',
  received_at: 0,
  issuer: 'https://auth.example.com/',
  tenant: { id: 'tenant1' },
  client: { client_id: 'c', name: 'C', grant_types: ['client_credentials'] },
  resource_server: { id: 'rs1', identifier: 'https://api.example.com/' },
  client_grant: { id: 'cgr_1', client_id: 'c', audience: 'https://api.example.com/', scope: [] },
  requested_scopes: [],
  scope_ceiling: [],
  initial_scopes: [],
  request: { body: {}, geoip: {}, ip: '192.0.2.1', method: 'POST' },
  bound: [],
}
const other: Exchange = { ...exchange, resource_server: { id: 'rs2', identifier: 'https://other.example.com/' } }

test('the fixed part of an event is one object for the same facts, however a client moves between its APIs', () => {
  const first = fixedEvent(exchange)
  const second = fixedEvent(other)
  expect(second.resource_server.identifier).toBe('https://other.example.com/')
  expect([fixedEvent(exchange), fixedEvent({ ...exchange }), fixedEvent(other)]).toEqual([first, first, second])
  expect(fixedEvent(exchange)).toBe(first)
  expect(fixedEvent(other)).toBe(second)
})

test.each([
  ['API', { resource_server: { ...exchange.resource_server } }],
  ['organization', { organization: { id: 'org_1', name: 'acme' } }],
  ['custom domain', { custom_domain: { domain: 'login.example.com', domain_metadata: {} } }],
  ['tenant', { tenant: { id: 'tenant2' } }],
])('another %s, of the same name or not, brings another', (_what, changed) => {
  const first = fixedEvent(exchange)
  const changedEvent = fixedEvent({ ...exchange, ...changed })
  expect(changedEvent).not.toBe(first)
  expect(fixedEvent({ ...exchange, ...changed })).toBe(changedEvent)
})
