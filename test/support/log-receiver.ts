import { once } from 'node:events'
import { createServer as createHttp, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { TestCertificate } from './certificates.ts'

/** One request as a receiver of a log stream got it. */
export interface ReceivedBatch {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver of log streams on this machine, which can be told to fail. */
export interface LogReceiver {
  readonly url: string
  /** The requests that were answered with 200. */
  readonly batches: readonly ReceivedBatch[]
  /** How many requests were answered otherwise, or not at all. */
  readonly failures: number
  /** How the next requests are answered: with a status, cut off, or never. */
  failNext(...how: readonly (number | 'cut' | 'never')[]): void
  /** Answers every request so, until told otherwise. */
  failAlways(status: number | undefined): void
  /** Resolves once what was received, or failed, is as wanted. */
  until(isThere: () => boolean): Promise<void>
}

/** Opens a receiver; it is gone when the test is. With a certificate it speaks HTTPS. */
export async function openLogReceiver(certificate?: TestCertificate): Promise<LogReceiver> {
  const batches: ReceivedBatch[] = []
  const planned: (number | 'cut' | 'never')[] = []
  const waiting = new Set<() => void>()
  let always: number | undefined
  let failures = 0
  const listener: RequestListener = (request, response) => {
    void text(request).then((body) => {
      const how = planned.shift() ?? always ?? 200
      if (how === 200) batches.push({ headers: request.headers, body })
      else failures += 1
      if (how === 'cut') request.socket.destroy()
      else if (how !== 'never') response.writeHead(how, { location: '/elsewhere' }).end('noted')
      for (const look of waiting) look()
    })
  }
  const server = certificate === undefined ? createHttp(listener) : createHttps(certificate, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: certificate === undefined ? `http://127.0.0.1:${port}/logs` : `https://localhost:${port}/logs`,
    batches,
    get failures() {
      return failures
    },
    failNext: (...how) => {
      planned.push(...how)
    },
    failAlways: (status) => {
      always = status
    },
    until: (isThere) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isThere()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
