import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { generate } from 'selfsigned'

/** One request as it arrived. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A service on the loopback that answers JSON and remembers what it was asked. */
export interface Loopback {
  readonly port: number
  readonly received: readonly Received[]
  /** The certificate it is to be trusted by, when it speaks TLS. */
  readonly certificate: string
  close(): Promise<void>
}

/** Starts a service; the caller closes it. */
export async function openLoopback(
  answer: (received: Received) => unknown,
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<Loopback> {
  const received: Received[] = []
  const keys = tls
    ? await generate([{ name: 'commonName', value: '127.0.0.1' }], {
        extensions: [
          { name: 'basicConstraints', cA: true },
          { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
        ],
      })
    : undefined
  const server: Server = keys === undefined ? createServer() : createTlsServer({ key: keys.private, cert: keys.cert })
  server.on('request', (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      received.push(one)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer(one)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the service listens on no port')
  return {
    port: address.port,
    received,
    certificate: keys?.cert ?? '',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
