import { connect, type Socket } from 'node:net'

/** What a run of load came to. */
export interface LoadResult {
  readonly exchanges: number
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[]
}

/** What is asked: a body and headers beside the usual ones, of the token endpoint unless a line says otherwise. */
export interface Asked {
  readonly body: string
  readonly headers?: string
  /** Method and path. */
  readonly line?: string
}

/** A kept-alive connection, for one request at a time. */
export interface Connection {
  /** Sends a request; resolves with the milliseconds until it was answered. Rejects on any answer but 200: a refusal costs nothing and would flatter a figure. */
  ask(asked: Asked): Promise<number>
  close(): void
}

/** Opens a connection to a server on this machine. */
export function openConnection(port: number): Connection {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const request = ({ body, headers = '', line }: Asked) =>
    `${line ?? 'POST /oauth/token'} HTTP/1.1\r\nHost: localhost:${port}\r\n` +
    (body === '' ? '' : `Content-Type: application/${line === undefined ? 'x-www-form-urlencoded' : 'json'}\r\n`) +
    `User-Agent: symbolon-bench\r\nAccept-Language: en\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  return {
    ask: async (asked) => {
      const text = request(asked)
      const start = performance.now()
      socket.write(text)
      await answer(socket)
      return performance.now() - start
    },
    close: () => socket.destroy(),
  }
}

/** Sends requests, each as `next` makes it, over so many connections, one at a time on each, until `count` are answered. */
export async function load(port: number, next: () => Asked, connections: number, count: number): Promise<LoadResult> {
  const latencies: number[] = []
  let left = count
  await Promise.all(Array.from({ length: connections }, () => runConnection()))
  return { exchanges: latencies.length, latencies: latencies.toSorted((a, b) => a - b) }

  async function runConnection(): Promise<void> {
    const connection = openConnection(port)
    try {
      while (left > 0) {
        left -= 1
        latencies.push(await connection.ask(next()))
      }
    } finally {
      connection.close()
    }
  }
}

function answer(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    const done = (error?: Error) => {
      socket.off('data', onData)
      socket.off('close', onClose)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onClose = () => done(new Error('the server closed the connection'))
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
      if (text.length < head + 4 + length) return
      if (text.startsWith('HTTP/1.1 200')) done()
      else done(new Error(`not an answer: ${text.slice(0, 400)}`))
    }
    socket.on('data', onData)
    socket.on('close', onClose)
  })
}
