import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that nobody listens on: for a server whose issuer names it before the server listens. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  if (address === null || typeof address === 'string') throw new Error('no port was found')
  probe.close()
  await once(probe, 'close')
  return address.port
}
