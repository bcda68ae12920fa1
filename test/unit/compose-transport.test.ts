import { createSecretKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, expect, test, vi } from 'vitest'
import { openAuthority, openTransport } from '../../src/compose-transport.ts'
import { readConfig } from '../../src/config.ts'
import { defaultHttpLimits, httpServer } from '../../src/http/index.ts'
import { createObserver } from '../../src/observe.ts'
import { openMemoryEphemeral } from '../../src/storage/memory/ephemeral.ts'

const folder = await mkdtemp(join(tmpdir(), 'symbolon-transport-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** When the certificate ends that a new connection gets. */
async function endOf(port: number | undefined): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port: port ?? 0, servername: 'localhost', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const end = Date.parse(socket.getPeerX509Certificate()?.validTo ?? '')
  socket.destroy()
  return end
}

test('a server under the authority of its machine gets a new certificate while it runs, a month before the old one ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const dayMs = 86_400_000
  const start = Math.floor(Date.now() / 1_000) * 1_000
  let nowMs = start
  const clock = () => nowMs
  const config = readConfig({ HOST: '127.0.0.1', PORT: '0', TLS_PORT: '0' })
  const transport = openTransport(config, {
    domain: 'localhost:4443',
    isLocal: true,
    authority: await openAuthority(config, { folder: join(folder, 'tls'), domain: 'localhost:4443', clock }),
    digestKey: createSecretKey(randomBytes(32)),
    ephemeral: openMemoryEphemeral(clock),
    observer: createObserver({ level: 'silent' }),
  })
  const http = httpServer(defaultHttpLimits, () => undefined)
  const { tlsPort } = await transport.listen(http)
  expect(transport.caFile).toBe(join(folder, 'tls/ca.crt'))

  nowMs = start + 59 * dayMs
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(await endOf(tlsPort)).toBe(start + 90 * dayMs)

  nowMs = start + 61 * dayMs
  await vi.advanceTimersByTimeAsync(3_600_000)
  await vi.waitFor(async () => expect(await endOf(tlsPort)).toBe(nowMs + 90 * dayMs), { timeout: 10_000 })

  transport.close()
  await http.close()
  vi.useRealTimers()
})
