import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Outbound, openOutbound } from '../../src/authoring/outbound-stubs.ts'
import { isFull } from '../support/in-full.ts'
import { openPeers, type Peers } from '../support/peers.ts'
import { invocation, type OpenPool, openPool, processLimits } from '../support/runner.ts'
import { wayOf } from './world.ts'

const folder = join(import.meta.dirname, '../isolation')
const attacks = (await readdir(folder)).filter((name) => name.startsWith('egress-')).sort()
/** Those that come by the native handle, unless all are asked for. */
const slice = isFull ? attacks : attacks.filter((name) => /raw-handle\.|own-lookup/.test(name))

describe('an Action whose connections are led to stubs', () => {
  let peers: Peers
  let outbound: Outbound
  let opened: OpenPool
  beforeAll(async () => {
    ;[peers, outbound] = await Promise.all([openPeers(), openOutbound([])])
    const { port, certificates } = outbound
    opened = await openPool({ limits: processLimits({ outbound: { port, certificates } }) })
  })
  afterAll(async () => {
    await Promise.all([opened.close(), peers.close(), outbound.close()])
  })

  test('reaches none of the servers beside it, by whatever way out', async () => {
    const go = wayOf(opened)
    const { port, udpPort, socketPath } = peers
    const url = `http://127.0.0.1:${port}/`
    // Each ends at the stubs, which know nothing of it.
    for (const way of ['net', 'net, from a port of its own', 'socket', 'a handle of its own'])
      expect(await go(way, { host: '127.0.0.1', port }), way).toBe('reached')
    expect(await go('net, by a look-up of its own', { answers: ['::1', '127.0.0.1'], port })).toBe('reached')
    expect(await go('a handle of its own', { host: '::1', port })).toBe('reached')
    for (const way of ['http', 'fetch', 'http, by an agent'])
      expect(await go(way, { url, host: '127.0.0.1', port }), way).toMatch(/^(501|\{"error":"no_stub".*)$/)
    const tls = { url: `https://127.0.0.1:${port}/`, host: '127.0.0.1', port }
    for (const way of ['https', 'tls', 'tls over a socket', 'websocket', 'http2']) await go(way, tls)
    const denied = { code: 'ERR_ACCESS_DENIED' }
    for (const way of ['udp', 'udp, connected'])
      expect(await go(way, { host: '127.0.0.1', port: udpPort })).toMatchObject(denied)
    for (const way of ['a unix socket', 'http over a unix socket', 'listen on a unix socket'])
      expect(await go(way, { path: socketPath }), way).toMatchObject(denied)
    for (const way of ['listen', 'listen, http', 'udp bind', 'listen on an abstract socket'])
      expect(await go(way, { port }), way).toMatchObject(denied)
    for (const way of ['setServers', 'setServers of a resolver', 'setServers of a channel', 'lookupService'])
      expect(await go(way, { server: `127.0.0.1:${udpPort}`, name: '127.0.0.1' }), way).toMatchObject(denied)
    expect(peers.arrived).toBe(0)
  })

  test.each(slice)('reaches none of them by %s', async (name) => {
    const code = await readFile(join(folder, name), 'utf8')
    const { port, certificates } = outbound
    // What it has changed stays in its process.
    const own = await openPool({ limits: processLimits({ outbound: { port, certificates } }) })
    try {
      const versions = own.bind(code)
      const plain = invocation(versions, { deadlineMs: 2_000 })
      const body = { canary_port: peers.port, canary_udp_port: peers.udpPort, canary_socket: peers.socketPath }
      const request = { ...plain.varying.request, body }
      const before = peers.arrived
      const [outcome] = await own.pool.invoke({ ...plain, varying: { ...plain.varying, request } })
      expect(outcome?.kind).not.toBe('not-loadable')
      // The test's own knock comes after whatever the action sent.
      const headers = { connection: 'close' }
      expect(await (await fetch(`http://127.0.0.1:${peers.port}/`, { headers })).text()).toBe('reached')
      expect(peers.arrived - before).toBe(1)
    } finally {
      await own.close()
    }
  })
})
