import { createServer, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

/** A place where an action waits until the test lets it go on: it fetches `url`. */
export interface Gate {
  readonly url: string
  /** Resolves once an action waits. */
  readonly reached: Promise<void>
  /** Lets everyone go who waits. */
  open(): void
}

/** Opens a closed gate, gone when the test is. */
export async function openGate(): Promise<Gate> {
  const waiting: ServerResponse[] = []
  const server = createServer()
  const reached = new Promise<void>((resolve) => {
    server.on('request', (_request, response) => {
      waiting.push(response)
      resolve()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the gate listens on no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    reached,
    open: () => {
      for (const response of waiting.splice(0)) response.end()
    },
  }
}
