import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, isIP, type Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { PassingAuthority } from '../http/index.ts'

/** What comes in at an {@link AnyHostServer}. The scheme is `https` where it came over TLS. */
export interface AnyHostListener {
  onRequest(scheme: 'http' | 'https', request: IncomingMessage, response: ServerResponse): void
  /** A tunnel was asked for, or something came that is no HTTP/1.1; the connection was ended. `where` is as near to a URL as can be told. */
  onOther(what: 'CONNECT' | 'NOT-HTTP', where: string): void
}

/** One port of this machine's loopback that speaks HTTP/1.1, over TLS and without, in the name of every host. */
export interface AnyHostServer {
  readonly port: number
  /** Ends the connection of a request with a reset, as a network does. */
  reset(request: IncomingMessage): void
  /** Ends every connection. Nothing is open once it resolves. */
  close(): Promise<void>
}

/** RFC 8446 §5.1: the first byte of a TLS connection. No method of HTTP begins with it. */
const handshakeByte = 0x16

/**
 * Opens one that proves itself by `pairOf`. `hosts`: names and addresses that it will be asked for over TLS. To clients that go to an address it is
 * known by those alone: they do not say which one they went to (RFC 6066 §3).
 */
export async function openAnyHostServer(
  hosts: readonly string[],
  pairOf: PassingAuthority['pairOf'],
  listener: AnyHostListener,
): Promise<AnyHostServer> {
  const addresses = ['127.0.0.1', ...hosts.filter((host) => isIP(host) !== 0)]
  // Made before they are asked for: that is no part of an action's time.
  if (hosts.length > 0) await Promise.all([addresses, ...hosts.map((host) => [host])].map(pairOf))
  const sockets = new Map<number | undefined, Socket>()
  const plain = listening(createHttpServer(), 'http', listener)
  const contextOf = async (name: string): Promise<SecureContext> => createSecureContext(await pairOf([name]))
  const openSecure = async (): Promise<Server> => {
    const options = {
      ...(await pairOf(addresses)),
      SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
        contextOf(name.toLowerCase()).then((context) => done(null, context), done)
      },
    }
    return listening(createHttpsServer(options), 'https', listener)
  }
  let secure: Promise<Server> | undefined
  const serverOf = (first: number | undefined): Server | Promise<Server> => {
    if (first !== handshakeByte) return plain
    // Few cases come to need it.
    secure ??= openSecure()
    return secure
  }
  const hand = async (socket: Socket, first: Buffer): Promise<void> => {
    socket.pause()
    socket.unshift(first)
    const server = await serverOf(first[0])
    server.emit('connection', socket)
    socket.resume()
  }
  const server = createServer((socket) => {
    const { remotePort } = socket
    sockets.set(remotePort, socket)
    socket.on('close', () => sockets.delete(remotePort))
    socket.on('error', () => undefined)
    socket.once('data', (first) => {
      hand(socket, first).catch(() => socket.destroy())
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stubs listen on no port')
  return {
    port: address.port,
    reset: ({ socket }) => sockets.get(socket.remotePort)?.resetAndDestroy(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets.values()) socket.destroy()
      }),
  }
}

function listening<S extends Server>(server: S, scheme: 'http' | 'https', { onRequest, onOther }: AnyHostListener): S {
  server.on('request', (request, response) => onRequest(scheme, request, response))
  server.on('connect', ({ url = '' }, socket) => {
    onOther('CONNECT', url)
    socket.destroy()
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_') === true) onOther('NOT-HTTP', whereOf(scheme, socket))
    socket.destroy()
  })
  return server
}

function whereOf(scheme: 'http' | 'https', socket: object): string {
  const name = 'servername' in socket && typeof socket.servername === 'string' ? socket.servername : 'unknown'
  return scheme === 'https' ? `tls://${name}` : `tcp://${name}`
}
