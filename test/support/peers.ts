import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createPlainServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Real servers an action may try to reach, and what has reached them. */
export interface Peers {
  /** HTTP on 127.0.0.1 and, where the machine has it, on ::1. `/to?URL` redirects there, everything else answers `reached`. */
  readonly port: number
  /** UDP on 127.0.0.1; every datagram is answered with itself. */
  readonly udpPort: number
  /** A unix socket that accepts. */
  readonly socketPath: string
  readonly hasIpv6: boolean
  /** What arrived so far, over every way in: connections and datagrams. */
  readonly arrived: number
  close(): Promise<void>
}

/** Opens them; the caller closes them. */
export async function openPeers(): Promise<Peers> {
  let arrived = 0
  const answer: RequestListener = (request, response) => {
    const [path, query] = (request.url ?? '').split('?')
    if (path === '/to') response.writeHead(302, { location: decodeURIComponent(query ?? '') }).end()
    else response.end('reached')
  }
  const count = (server: Server): Server =>
    server.on('connection', () => {
      arrived += 1
    })
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-peers-'))
  const socketPath = join(folder, 'peer.sock')
  const ipv4 = count(createServer(answer))
  const port = await listen(ipv4, '127.0.0.1', 0)
  const ipv6 = count(createServer(answer))
  const hasIpv6 = await listen(ipv6, '::1', port).then(
    () => true,
    () => false,
  )
  const local = createPlainServer((socket) => {
    arrived += 1
    socket.on('error', () => undefined).end('reached')
  })
  local.listen(socketPath)
  await once(local, 'listening')
  const udp: DatagramSocket = createSocket('udp4')
  udp.on('message', (message, { port: from, address }) => {
    arrived += 1
    udp.send(message, from, address)
  })
  udp.bind(0, '127.0.0.1')
  await once(udp, 'listening')
  return {
    port,
    udpPort: udp.address().port,
    socketPath,
    hasIpv6,
    get arrived() {
      return arrived
    },
    close: async () => {
      for (const server of [ipv4, ipv6]) server.closeAllConnections()
      for (const server of [ipv4, ipv6, local]) server.close()
      udp.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return address.port
}
