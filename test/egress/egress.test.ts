import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseEgressRule } from '../../src/domain/index.ts'
import { type DnsServer, openDnsServer } from '../support/dns.ts'
import { openPeers, type Peers } from '../support/peers.ts'
import { invocation, type OpenPool, openPool, processLimits } from '../support/runner.ts'

const source = await readFile(join(import.meta.dirname, 'ways.js'), 'utf8')

/** One process under a rule, with servers of the test around it. */
interface World {
  readonly peers: Peers
  readonly dns: DnsServer
  /** What came back by one way out, or `{code, message}` of its error. */
  go(way: string, given: Record<string, unknown>): Promise<unknown>
}

/** Opens a world for a block of tests; `PORT` in the rule stands for the port of its HTTP server, `UDP` for that of the other. */
function under(rule: string): World {
  let world: World | undefined
  let opened: OpenPool | undefined
  beforeAll(async () => {
    const peers = await openPeers()
    const dns = await openDnsServer('127.0.0.1')
    const egress = parseEgressRule(rule.replaceAll('PORT', `${peers.port}`).replaceAll('UDP', `${peers.udpPort}`))
    if (egress === undefined) throw new Error(`no rule: ${rule}`)
    const pool = await openPool({ limits: processLimits({ egress }) })
    opened = pool
    world = {
      peers,
      dns,
      go: wayOf(pool),
    }
  })
  afterAll(async () => {
    await opened?.close()
    await world?.peers.close()
    world?.dns.close()
  })
  const present = (): World => {
    if (world === undefined) throw new Error('not open')
    return world
  }
  return {
    get peers() {
      return present().peers
    },
    get dns() {
      return present().dns
    },
    go: (way, given) => present().go(way, given),
  }
}

/** Runs the action once, by one way out, and reads how that ended. */
function wayOf({ pool, bind }: OpenPool): World['go'] {
  const versions = bind(source)
  return async (way, given) => {
    const plain = invocation(versions)
    const request = { ...plain.varying.request, body: { way, given } }
    const [outcome] = await pool.invoke({ ...plain, varying: { ...plain.varying, request } })
    if (outcome?.kind !== 'completed') throw new Error(`not completed: ${JSON.stringify(outcome)}`)
    const [command] = outcome.commands
    if (command?.type !== 'set-claim') throw new Error(`no claim: ${JSON.stringify(outcome)}`)
    return command.value
  }
}

/** An error that names what was tried, the rule and the way out. */
function refused(attempt: string | RegExp, rule: RegExp = /.+/): object {
  const tried = typeof attempt === 'string' ? attempt.replaceAll(/[.[\]]/g, '\\$&') : attempt.source
  return {
    code: 'ERR_ACCESS_DENIED',
    message: expect.stringMatching(
      new RegExp(`^${tried} is outside the egress rule "${rule.source}"; an operator can allow it with RUNNER_EGRESS$`),
    ),
  }
}

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
