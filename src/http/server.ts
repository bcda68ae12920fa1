import { randomFillSync } from 'node:crypto'
import { createServer, type Server, type ServerOptions } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { createTlsServer, renewIdentity, type TlsIdentity } from './tls.ts'

/** What a request may weigh and take. Every member is a bound that ends the request or its connection. */
export interface HttpLimits {
  readonly bodyBytes: number
  readonly headerBytes: number
  /** From the connection's (or the previous answer's) end to the last header. */
  readonly headersTimeoutMs: number
  /** From the first byte to the last of one request. */
  readonly requestTimeoutMs: number
  /** How long an idle connection is kept. */
  readonly keepAliveTimeoutMs: number
  /** Open connections on one address, beyond which a new one is closed at once: what they take, the runner and the store must not lack. */
  readonly connections: number
  /** How long requests in flight may take to end once the server closes. */
  readonly drainMs: number
}

/** The bounds that hold unless a setting says otherwise. */
export const defaultHttpLimits: HttpLimits = {
  bodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 72_000,
  connections: 8_192,
  drainMs: 25_000,
}

/** Where a defect goes: one call a defect, with the request it broke. Nothing of it reaches the wire. */
export type ReportDefect = (
  defect: unknown,
  request: { readonly request_id: string; readonly method: string; readonly path: string },
) => void

/** One address to listen on: HTTPS where `tls` is given. Port 0 picks a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
  readonly tls?: TlsIdentity
}

/** Routes, and the sockets they are served on. */
export interface HttpServer {
  /** Where rooms register their routes, before the first {@link HttpServer.listen}. */
  readonly routes: FastifyInstance
  /** Listens on one more address; resolves with the port once connections are accepted, rejects when the address cannot be had. */
  listen(address: ListenAddress): Promise<number>
  /** Makes every HTTPS address prove itself with another identity, from the next connection on. Throws, and changes nothing, for one that is none. */
  renewTls(identity: TlsIdentity): void
  /**
   * Stops accepting, lets requests in flight end, and cuts what is left after `drainMs`. Requests that come meanwhile on open connections
   * are answered, each as its connection's last.
   */
  close(): Promise<void>
}

/** Headers of every answer, as Auth0's are seen to be. `Vary` is sent although no answer is compressed. */
const everyAnswer = {
  'strict-transport-security': 'max-age=31536000',
  vary: 'Accept-Encoding',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow, nosnippet, noarchive',
} as const

const drainPollMs = 20

/**
 * A server without routes or addresses. An answer it gives by itself is `{"error","error_description"}`: 404, the 4xx of a request that
 * cannot be read, and 500 with the request id for a defect, which goes to `reportDefect` and nowhere else.
 *
 * The client's address is the socket's: `Forwarded` and `X-Forwarded-*` are not read.
 */
export function httpServer(limits: HttpLimits, reportDefect: ReportDefect): HttpServer {
  const servers: Server[] = []
  let closing = false
  const routes = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestIdHeader: false,
    genReqId: requestIds(),
    routerOptions: { maxParamLength: 1_024 },
    // The router could not decode the path: no route, no hook and no error handler sees this request.
    frameworkErrors: (_error, request, reply) => {
      reply.raw.writeHead(400, { ...everyAnswer, 'x-auth0-requestid': request.id, 'content-type': jsonType })
      reply.raw.end(errorBody('invalid_request', 'The request path cannot be decoded'))
    },
  })

  routes.addHook('onRequest', (request, reply, done) => {
    reply.headers(everyAnswer).header('x-auth0-requestid', request.id)
    if (closing) reply.header('connection', 'close')
    done()
  })
  routes.setNotFoundHandler((_request, reply) => {
    reply.code(404).header('content-type', jsonType).send(errorBody('not_found', 'Not found'))
  })
  routes.setErrorHandler((error, request, reply) => {
    const refusal = unreadable(error, limits)
    if (refusal === undefined)
      reportDefect(error, { request_id: request.id, method: request.method, path: pathOf(request.url) })
    reply.code(refusal?.status ?? 500).header('content-type', jsonType)
    reply.send(
      refusal === undefined
        ? errorBody('server_error', `The request could not be answered. Request id: ${request.id}`)
        : errorBody('invalid_request', refusal.text),
    )
  })

  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  }
  return {
    routes,
    async listen({ host, port, tls }) {
      await routes.ready()
      const server =
        tls === undefined
          ? createServer(options, routes.routing)
          : createTlsServer({ ...options, handshakeTimeout: limits.headersTimeoutMs }, tls, routes.routing)
      server.on('clientError', answerClientError)
      server.maxConnections = limits.connections
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.removeListener('error', reject)
          resolve()
        })
      })
      servers.push(server)
      return portOf(server.address())
    },
    renewTls(identity) {
      for (const server of servers) if (server instanceof TlsServer) renewIdentity(server, identity)
    },
    async close() {
      closing = true
      await Promise.all(servers.map((server) => drain(server, limits.drainMs)))
      await routes.close()
    },
  }
}

const jsonType = 'application/json; charset=utf-8'

function errorBody(error: string, error_description: string): string {
  return JSON.stringify({ error, error_description })
}

/** What a request is refused with that Fastify could not read; `undefined` for anything else that was thrown. */
function unreadable(
  error: unknown,
  limits: HttpLimits,
): { readonly status: number; readonly text: string } | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  const status = error.statusCode
  if (status < 400 || status > 499) return undefined
  if (status === 413) return { status, text: `The request body is larger than ${limits.bodyBytes} bytes` }
  if (status === 415) return { status, text: 'The Content-Type header is not a media type' }
  return { status, text: 'The request cannot be read' }
}

/** A query may carry credentials by mistake; a log line must not. */
function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/**
 * Bytes that are no HTTP request: there is no request to route, so the answer is written by hand. Where TLS did not come about, there is nothing
 * to write it in.
 */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || /^(ERR_SSL|ERR_TLS)_/.test(error.code ?? '')) {
    socket.destroy()
    return
  }
  const [status, text] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The request headers are too large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request took too long to arrive']
        : ['400 Bad Request', 'The request is not HTTP']
  const body = errorBody('invalid_request', text)
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: ${jsonType}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

async function drain(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // A connection that was busy when the server closed stays open, idle, after its answer: Node closes those that were idle only once.
  const poll = setInterval(() => server.closeIdleConnections(), drainPollMs)
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearInterval(poll)
  clearTimeout(deadline)
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

/**
 * Rejects, as {@link HttpServer.listen} would, when an address cannot be had now. For a start that should change nothing when it must fail
 * anyway; another process may still be quicker than the real one.
 */
export async function probeAddress(address: { readonly host: string; readonly port: number }): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, resolve)
  })
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

/** Request ids: 20 hexadecimal digits, drawn from random bytes fetched for many at once. */
function requestIds(): () => string {
  const idBytes = 10
  const pool = Buffer.alloc(idBytes * 256)
  let next = pool.length
  return () => {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    next += idBytes
    return pool.toString('hex', next - idBytes, next)
  }
}
