import { connect, type Socket } from 'node:net'

/** What a run of load came to. */
export interface LoadResult {
  readonly exchanges: number
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[]
}

/**
 * Sends the same token request over `connections` kept-alive connections, one at a time on each, until `count` are answered. Rejects on any
 * answer but 200: a refused token costs nothing and would flatter the figure.
 */
export async function load(port: number, body: string, connections: number, count: number): Promise<LoadResult> {
  const request = [
    'POST /oauth/token HTTP/1.1',
    `Host: localhost:${port}`,
    'Content-Type: application/x-www-form-urlencoded',
    'User-Agent: symbolon-bench',
    'Accept-Language: en',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
  const latencies: number[] = []
  let left = count
  await Promise.all(Array.from({ length: connections }, () => runConnection()))
  return { exchanges: latencies.length, latencies: latencies.toSorted((a, b) => a - b) }

  async function runConnection(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    try {
      while (left > 0) {
        left -= 1
        const start = performance.now()
        socket.write(request)
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
