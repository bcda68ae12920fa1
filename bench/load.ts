import { connect, type Socket } from 'node:net'

/** What a run of load came to. */
export interface LoadResult {
  readonly exchanges: number
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[]
}

/** What is asked: a body, and headers beside the usual ones. */
export interface Asked {
  readonly body: string
  readonly headers?: string
}

/**
 * Sends token requests, each as `next` makes it, over `connections` kept-alive connections, one at a time on each, until `count` are
 * answered. Rejects on any answer but 200: a refused token costs nothing and would flatter the figure.
 */
export async function load(port: number, next: () => Asked, connections: number, count: number): Promise<LoadResult> {
  const request = ({ body, headers = '' }: Asked) =>
    `POST /oauth/token HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `User-Agent: symbolon-bench\r\nAccept-Language: en\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const latencies: number[] = []
  let left = count
  await Promise.all(Array.from({ length: connections }, () => runConnection()))
  return { exchanges: latencies.length, latencies: latencies.toSorted((a, b) => a - b) }

  async function runConnection(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    try {
      while (left > 0) {
        left -= 1
        const text = request(next())
        const start = performance.now()
        socket.write(text)
        await answer(socket)
        latencies.push(performance.now() - start)
      }
    } finally {
      socket.destroy()
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
      else done(new Error(`not a token: ${text.slice(0, 400)}`))
    }
    socket.on('data', onData)
    socket.on('close', onClose)
  })
}
