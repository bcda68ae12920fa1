import { afterAll, describe, expect, test } from 'vitest'
import { refused, under } from './world.ts'

/** Spellings of this machine in a URL or as a host. */
const loopbacks = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '0x7f.1',
  '0x7f000001',
  '2130706433',
  '0177.0.0.1',
  '017700000001',
  '127.8.8.8',
  '0.0.0.0',
  '0',
  'localhost',
  'LocalHost',
]
const loopbacks6 = ['::1', '0:0:0:0:0:0:0:1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:0:0', '::1%lo']
/** Spellings of the metadata service of most clouds; nothing answers there in a test, so the error tells. */
const metadata = ['169.254.169.254', '169.254.43518', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376']
const metadata6 = ['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '64:ff9b::169.254.169.254', 'fd00:ec2::254']

describe('under "public"', () => {
  const world = under('public')
  // Whatever the test, nothing of it may have arrived anywhere.
  afterAll(() => {
    expect(world.peers.arrived).toBe(0)
    expect(world.dns.asked).toEqual([])
  })

  test.each([...loopbacks, ...loopbacks6])('a connection to %s is refused', async (host) => {
    for (const way of ['net', 'net, one address at a time', 'socket']) {
      expect(await world.go(way, { host, port: world.peers.port }), way).toEqual(
        refused(new RegExp(`connect to (.+):${world.peers.port}`), /public/),
      )
    }
  })

  test.each([...metadata, ...metadata6])('a connection to the metadata service as %s is refused', async (host) => {
    expect(await world.go('net', { host, port: 80 })).toEqual(refused(/connect to (.+):80/, /public/))
  })

  test.each(['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', 'fd00::1', 'fe80::1'])(
    'a connection to the private address %s is refused',
    async (host) => {
      expect(await world.go('net', { host, port: 80 })).toEqual(refused(/connect to (.+):80/, /public/))
    },
  )

  test('the error comes once whoever connects listens, as that of a network does', async () => {
    const { port, socketPath: path } = world.peers
    expect(await world.go('net, listened to a while later', { host: '127.0.0.1', port })).toEqual(
      refused(`connect to 127.0.0.1:${port}`, /public/),
    )
    expect(await world.go('a unix socket, listened to a while later', { path })).toEqual(
      refused(`connect to ${path}`, /public/),
    )
  })

  test('the error names the address, the rule and the way out', async () => {
    const { port } = world.peers
    expect(await world.go('net', { host: '127.0.0.1', port })).toEqual({
      code: 'ERR_ACCESS_DENIED',
      message: `connect to 127.0.0.1:${port} is outside the egress rule "public"; an operator can allow it with RUNNER_EGRESS`,
    })
    expect(await world.go('net', { host: '::1', port })).toEqual(refused(`connect to [::1]:${port}`, /public/))
  })

  test.each([
    ...loopbacks.map((host) => `${host}`),
    ...loopbacks6.filter((host) => !host.includes('%')).map((host) => `[${host}]`),
    '127.0.0.1.',
    '127.0.0.1%2e',
    '１２７.0.0.1',
    '127。0。0。1',
    'ⓛocalhost',
  ])('a URL with the host %s is refused by every client', async (host) => {
    const { port } = world.peers
    for (const way of ['http', 'fetch', 'https', 'http2']) {
      const scheme = way === 'https' ? 'https' : 'http'
      expect(await world.go(way, { url: `${scheme}://${host}:${port}/` }), way).toEqual(
        refused(new RegExp(`connect to (.+):${port}`), /public/),
      )
    }
  })

  test('a web socket is refused', async () => {
    const result = await world.go('websocket', { url: `ws://127.0.0.1:${world.peers.port}/` })
    expect(result).not.toBe('reached')
  })

  test.each(['tls', 'tls over a socket', 'http, by an agent', 'net, from a port of its own'])(
    '%s is refused',
    async (way) => {
      expect(await world.go(way, { host: '127.0.0.1', port: world.peers.port })).toMatchObject({
        code: 'ERR_ACCESS_DENIED',
      })
    },
  )

  test.each([
    ['one address', ['127.0.0.1']],
    ['an IPv6 address', ['::1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
    ['several, all of them forbidden', ['::1', '127.0.0.1', '10.0.0.1', '::ffff:127.0.0.1']],
    ['this machine', ['0.0.0.0']],
  ])('a look-up of its own that answers %s opens nothing', async (_what, answers) => {
    const { port } = world.peers
    for (const way of ['net, by a look-up of its own', 'net, by a look-up of its own, one answer']) {
      expect(await world.go(way, { answers, port }), way).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    }
  })

  test.each(['a handle of its own'])('%s is refused, whatever the spelling', async (way) => {
    for (const host of [
      '127.0.0.1',
      '0.0.0.0',
      '::1',
      '::ffff:127.0.0.1',
      '127.1',
      '127.0.0.1\0.8.8.8.8',
      '8.8.8.8\0',
    ]) {
      expect(Number(await world.go(way, { host, port: world.peers.port })), host).toBeLessThan(0)
    }
  })

  test('an address that reads differently the second time is refused', async () => {
    expect(Number(await world.go('a text that changes', { port: world.peers.port }))).toBeLessThan(0)
  })

  test.each(['udp', 'udp, nobody waiting for it'])('%s is refused', async (way) => {
    const { udpPort: port } = world.peers
    expect(await world.go(way, { host: '127.0.0.1', port })).toEqual(refused(`sending to 127.0.0.1:${port}`, /public/))
    expect(await world.go(way, { host: 'localhost', port })).toEqual(refused(/sending to (.+)/, /public/))
  })

  test('a datagram over IPv6 to a mapped address is refused', async () => {
    const { udpPort: port } = world.peers
    expect(await world.go('udp', { host: '::ffff:127.0.0.1', port })).toEqual(
      refused(`sending to [::ffff:127.0.0.1]:${port}`, /public/),
    )
  })

  test('a connected datagram socket, and one with a look-up of its own, are refused', async () => {
    const { udpPort: port } = world.peers
    expect(await world.go('udp, connected', { host: '127.0.0.1', port })).toEqual(
      refused(`connect to 127.0.0.1:${port}`, /public/),
    )
    expect(await world.go('udp, by a look-up of its own', { answers: ['127.0.0.1'], port })).toEqual(
      refused(`sending to 127.0.0.1:${port}`, /public/),
    )
  })

  test('listening is refused: ports, unix sockets, abstract ones, datagrams, multicast', async () => {
    const path = world.peers.socketPath
    expect(await world.go('listen', { port: 0 })).toEqual(refused('listening on 127.0.0.1:0', /public/))
    expect(await world.go('listen, http', {})).toEqual(refused('listening on port 0', /public/))
    expect(await world.go('listen on a unix socket', { path })).toEqual(refused(`listening on ${path}.new`, /public/))
    expect(await world.go('listen on an abstract socket', {})).toMatchObject({ code: 'ERR_ACCESS_DENIED' })
    expect(await world.go('udp bind', { port: 5_353 })).toEqual(refused('listening on port 5353', /public/))
    expect(await world.go('udp multicast', {})).toMatchObject({ code: 'EACCES' })
  })

  test('unix sockets are refused', async () => {
    const path = world.peers.socketPath
    expect(await world.go('a unix socket', { path })).toEqual(refused(`connect to ${path}`, /public/))
    expect(await world.go('http over a unix socket', { path })).toEqual(refused(`connect to ${path}`, /public/))
  })

  test.each(['setServers', 'setServers of a resolver', 'setServers of a channel'])('%s is refused', async (way) => {
    expect(await world.go(way, { server: world.dns.address, name: 'secret.attacker.example' })).toEqual(
      refused('another DNS server', /public/),
    )
  })

  test('names are still resolved', async () => {
    expect(await world.go('lookup, promised', { name: 'localhost' })).toMatch(/127\.0\.0\.1|::1/)
    expect(await world.go('lookup', { name: 'localhost' })).toContain('"family"')
  })
})
