import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, describe, expect, test } from 'vitest'
import { parseEgressRule } from '../../src/domain/index.ts'
import { openPool, processLimits } from '../support/runner.ts'
import { refused, under, wayOf } from './world.ts'

describe('under "open"', () => {
  const world = under('open')

  test.each(['net', 'socket', 'a handle of its own', 'net, from a port of its own'])(
    '%s reaches loopback',
    async (way) => {
      expect(await world.go(way, { host: '127.0.0.1', port: world.peers.port })).toBe('reached')
    },
  )
  test.each(['http', 'fetch'])('%s reaches loopback', async (way) => {
    expect(await world.go(way, { url: `http://127.0.0.1:${world.peers.port}/` })).toMatch(/^(reached|200)$/)
  })
  test('datagrams, unix sockets, listening and other DNS servers are open', async () => {
    const { peers, dns } = world
    for (const way of ['udp', 'udp, connected']) {
      expect(await world.go(way, { host: '127.0.0.1', port: peers.udpPort }), way).toBe('reached')
    }
    expect(await world.go('a unix socket', { path: peers.socketPath })).toBe('reached')
    expect(await world.go('listen', { port: 0 })).toBe('listening')
    expect(await world.go('listen, http', {})).toBe('listening')
    expect(await world.go('udp bind', { port: 0 })).toBe('listening')
    for (const way of ['setServers of a resolver', 'setServers of a channel']) {
      expect(await world.go(way, { server: dns.address, name: 'anything.example' }), way).toBe('["127.0.0.1"]')
    }
    expect(dns.asked).toContain('anything.example')
  })
})

describe('under "none"', () => {
  const world = under('none')
  afterAll(() => {
    expect(world.peers.arrived).toBe(0)
    expect(world.dns.asked).toEqual([])
  })

  test.each(['127.0.0.1', '::1', '8.8.8.8', '2606:4700:4700::1111'])('a connection to %s is refused', async (host) => {
    expect(await world.go('net', { host, port: 443 })).toEqual(refused(/connect to (.+):443/, /none/))
  })
  test.each([
    'lookup',
    'lookup, all',
    'lookup, a fourth argument',
    'lookup, promised',
    'lookup, imported',
    'resolve4',
    'resolve, promised',
    'resolver of its own',
  ])('no name is resolved: %s', async (way) => {
    expect(await world.go(way, { name: 'localhost' })).toEqual(refused('resolving localhost', /none/))
  })
  test.each(['reverse', 'lookupService'])('no address is resolved: %s', async (way) => {
    expect(await world.go(way, { name: '127.0.0.1' })).toEqual(refused('resolving 127.0.0.1', /none/))
  })
  test('a request to a name fails as a connection does', async () => {
    for (const way of ['http', 'fetch']) {
      expect(await world.go(way, { url: 'http://api.example/' }), way).toEqual(refused('resolving api.example', /none/))
    }
    expect(await world.go('udp', { host: 'api.example', port: 53 })).toEqual(refused('resolving api.example', /none/))
  })
  test('unix sockets, listening and datagrams are refused', async () => {
    expect(await world.go('a unix socket', { path: world.peers.socketPath })).toMatchObject({
      code: 'ERR_ACCESS_DENIED',
    })
    expect(await world.go('listen', { port: 0 })).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    expect(await world.go('udp', { host: '127.0.0.1', port: world.peers.udpPort })).toMatchObject({
      code: 'ERR_ACCESS_DENIED',
    })
  })
})

describe('under a list with an address', () => {
  const world = under('127.0.0.1:PORT,127.0.0.1:UDP,[::1]:1')

  test('what is listed is reached, by its address in any spelling of the same peer', async () => {
    const { port } = world.peers
    expect(await world.go('net', { host: '127.0.0.1', port })).toBe('reached')
    expect(await world.go('fetch', { url: `http://0x7f.1:${port}/` })).toBe('reached')
    expect(await world.go('http', { url: `http://127.0.0.1:${port}/` })).toBe('reached')
    expect(await world.go('http2', { url: `http://127.0.0.1:${port}/` })).toBe('reached')
    expect(await world.go('a handle of its own', { host: '127.0.0.1', port })).toBe('reached')
    expect(await world.go('net, by a look-up of its own', { answers: ['127.0.0.1'], port })).toBe('reached')
  })
  test('an attempt at several addresses reaches the one that is listed', async () => {
    const { port } = world.peers
    expect(await world.go('net, by a look-up of its own', { answers: ['10.0.0.1', '127.0.0.1'], port })).toBe('reached')
    expect(await world.go('net, by a look-up of its own', { answers: ['::1', '127.0.0.1'], port })).toBe('reached')
  })
  test('a name that leads elsewhere the second time is refused the second time', async () => {
    const { port } = world.peers
    for (const answer of ['127.0.0.2', '169.254.169.254', '10.0.0.1']) {
      expect(
        await world.go('net, by a look-up that changes its mind', { answers: ['127.0.0.1', answer], port }),
      ).toEqual(['reached', 'ERR_ACCESS_DENIED'])
    }
  })
  test('datagrams to it arrive, and its answers', async () => {
    expect(await world.go('udp', { host: '127.0.0.1', port: world.peers.udpPort })).toBe('reached')
    expect(await world.go('udp, connected', { host: '127.0.0.1', port: world.peers.udpPort })).toBe('reached')
  })
  test('another port, another address and a neighbour of it are refused', async () => {
    const { port, udpPort } = world.peers
    expect(await world.go('net', { host: '127.0.0.1', port: udpPort + 1 })).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    expect(await world.go('net', { host: '127.0.0.2', port })).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    expect(await world.go('net', { host: '0.0.0.0', port })).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    expect(await world.go('net', { host: '::1', port })).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    expect(await world.go('net', { host: '8.8.8.8', port: 443 })).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
  })
  test('a name is not resolved, whatever it leads to', async () => {
    const { port } = world.peers
    for (const host of ['localhost', '127.1', 'api.example']) {
      expect(await world.go('net', { host, port }), host).toEqual(refused(`resolving ${host}`))
    }
  })
  test('a redirect to what is not listed is refused', async () => {
    const { port } = world.peers
    for (const target of ['http://[::1]:PORT/', 'http://169.254.169.254/', 'http://localhost:PORT/']) {
      const to = target.replace('PORT', `${port}`)
      const url = `http://127.0.0.1:${port}/to?${encodeURIComponent(to)}`
      expect(await world.go('fetch, redirects followed', { url }), to).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    }
  })
  test('a redirect to what is listed is followed', async () => {
    const { port } = world.peers
    const url = `http://127.0.0.1:${port}/to?${encodeURIComponent(`http://127.0.0.1:${port}/`)}`
    expect(await world.go('fetch, redirects followed', { url })).toBe('reached')
  })
  test('unix sockets and listening are refused', async () => {
    expect(await world.go('a unix socket', { path: world.peers.socketPath })).toMatchObject({
      code: 'ERR_ACCESS_DENIED',
    })
    expect(await world.go('listen', { port: 0 })).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
  })
})

describe('under a list with a name', () => {
  const world = under('localhost:PORT,db.internal.example:5432')

  test('the name is reached in any case, by every client', async () => {
    const { port } = world.peers
    for (const host of ['localhost', 'LocalHost']) {
      expect(await world.go('net', { host, port }), host).toBe('reached')
      expect(await world.go('net, one address at a time', { host, port }), host).toBe('reached')
      expect(await world.go('fetch', { url: `http://${host}:${port}/` }), host).toBe('reached')
    }
  })
  test('the name is asked for with the dot of the root too; whether it exists is for the system to say', async () => {
    expect(await world.go('lookup', { name: 'localhost.' })).not.toMatchObject({ code: 'ERR_ACCESS_DENIED' })
  })
  test('its addresses are reached too, at its port alone', async () => {
    const { port, udpPort } = world.peers
    expect(await world.go('net', { host: '127.0.0.1', port })).toBe('reached')
    expect(await world.go('net', { host: 'localhost', port: udpPort })).toEqual(refused(/connect to (.+)/))
  })
  test('it is resolved in every shape, and nothing else is', async () => {
    expect(await world.go('lookup', { name: 'localhost' })).toMatch(/^\{"address":.+"family":[46]\}$/)
    expect(await world.go('lookup, promised', { name: 'localhost' })).toMatch(/^\{"address":.+"family":[46]\}$/)
    expect(await world.go('lookup, all', { name: 'LOCALHOST' })).toMatch(/^\[\{"address"/)
    for (const way of ['lookup', 'lookup, all', 'lookup, a fourth argument', 'lookup, promised', 'resolve4']) {
      for (const name of ['evil.example', 'localhost.evil.example', 'xlocalhost', '127.1']) {
        expect(await world.go(way, { name }), `${way} ${name}`).toEqual(refused(`resolving ${name}`))
      }
    }
  })
  test.each([
    'teaching by a setter',
    'teaching by the request',
    'teaching by the next tick',
    'teaching by a resolver',
    'a name with other servers of this process',
  ])('an address that the system did not give for the name is refused: %s', async (way) => {
    const given = { name: 'db.internal.example', answers: ['10.1.2.3'], port: 5_432 }
    expect(await world.go(way, given)).toEqual(refused('connect to 10.1.2.3:5432'))
  })
  test('a look-up of its own teaches nothing', async () => {
    const { port } = world.peers
    for (const answers of [['10.1.2.3'], ['169.254.169.254'], ['127.0.0.2']]) {
      const name = 'net, by a look-up of its own'
      expect(await world.go(name, { answers, port }), String(answers)).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    }
  })
})

test.skipIf(process.platform !== 'linux').for([
  ['open', ['outside', 'inside']],
  ['127.0.0.1', ['inside']],
] as const)('under "%s" a datagram socket hears %j', async ([rule, heard], { expect }) => {
  const inside = createSocket('udp4')
  const outside = createSocket('udp4')
  inside.on('message', (_message, { port, address }) => {
    outside.send('outside', port, address, () => inside.send('inside', port, address))
  })
  inside.bind(0, '127.0.0.1')
  outside.bind(0, '127.0.0.2')
  await Promise.all([once(inside, 'listening'), once(outside, 'listening')])
  const egress = parseEgressRule(rule)
  if (egress === undefined) throw new Error(`no rule: ${rule}`)
  const opened = await openPool({ limits: processLimits({ egress }) })
  try {
    const go = wayOf(opened)
    expect(await go('udp, all it hears', { host: '127.0.0.1', port: inside.address().port })).toEqual(heard)
  } finally {
    await opened.close()
    inside.close()
    outside.close()
  }
})
