import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newCertificate, type TlsFolder, tlsFolder } from '../../support/certificates.ts'
import { askOverTls, authority, given, otherAuthority, own, serveTls, signed } from '../../support/certified-tenant.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience } from '../../support/tenant.ts'

/** A connection, and the newest session of it that another may resume. */
interface Connection {
  readonly socket: TLSSocket
  session(): Buffer | undefined
}

async function handshake(server: TestServer, options: Readonly<Record<string, unknown>>): Promise<Connection> {
  let newest: Buffer | undefined
  const port = server.tlsPort ?? 0
  const socket = connectTls({ host: '127.0.0.1', servername: 'localhost', port, ca: own.cert, ...options })
  socket.on('session', (session: Buffer) => {
    newest = session
  })
  await once(socket, 'secureConnect')
  return { socket, session: () => newest }
}

/** The status of a token request on a connection, which is ended unless it is to stay. */
async function askOn({ socket }: Connection, client_id: string, stays = false): Promise<number> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, audience }).toString()
  const head = [
    'POST /oauth/token HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  const [answer] = await once(socket, 'data')
  if (!stays) socket.destroy()
  return Number(String(answer).split(' ')[1])
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a connection that resumes another by %s', (version) => {
  const versions = { minVersion: version, maxVersion: version }
  let server: TestServer
  let folder: TlsFolder
  beforeAll(async () => {
    folder = await tlsFolder(own, authority)
    server = await openServer(given, folder.settings)
  })
  afterAll(async () => {
    await server.close()
    await folder.remove()
  })

  test.each([
    ['is the client that the other was', { key: signed.key, cert: signed.cert }, 200],
    ['is nobody when the other was nobody', {}, 401],
  ])('%s', async (_name, certificate, status) => {
    const first = await handshake(server, { ...versions, ...certificate })
    expect(await askOn(first, 'subject')).toBe(status)
    const again = await handshake(server, { ...versions, session: first.session() })
    expect(again.socket.isSessionReused()).toBe(true)
    expect(await askOn(again, 'subject')).toBe(status)
  })
})

test('a connection does not change its certificate', async () => {
  const { server } = await serveTls(authority)
  const { socket } = await handshake(server, { maxVersion: 'TLSv1.2', key: signed.key, cert: signed.cert })
  const ended = once(socket, 'close')
  socket.on('error', () => undefined)
  socket.renegotiate({ rejectUnauthorized: false }, () => undefined)
  await ended
})

describe('files of certificates that change', () => {
  const seen = async (server: TestServer) => {
    const socket = connectTls({ host: '127.0.0.1', port: server.tlsPort ?? 0, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const fingerprint = socket.getPeerX509Certificate()?.fingerprint256
    socket.destroy()
    return fingerprint
  }

  test('are served to the next connection, and those that do not fit together are not', async () => {
    const { server, folder } = await serveTls(authority)
    const before = await seen(server)
    const next = await newCertificate([['CN', 'localhost']])
    const stranger = await newCertificate([['CN', 'localhost']])
    // The key of another certificate: what is served stays.
    await folder.replace({ ...next, key: stranger.key })
    await expect.poll(() => server.operatorLines.join(), { timeout: 15_000 }).toContain('the last good one stays')
    expect(await seen(server)).toBe(before)
    await folder.replace(next)
    await expect.poll(() => seen(server), { timeout: 15_000 }).not.toBe(before)
  }, 40_000)

  test('take the trust in clients along: from open connections too, and from those that resume them', async () => {
    const { server, folder } = await serveTls(authority)
    const options = { key: signed.key, cert: signed.cert }
    const first = await handshake(server, options)
    expect(await askOn(first, 'subject', true)).toBe(200)
    expect(await askOn(first, 'subject', true)).toBe(200)
    await folder.replace(own, otherAuthority)
    await expect
      .poll(async () => (await askOverTls(server, { client_id: 'subject' }, signed)).status, { timeout: 15_000 })
      .toBe(401)
    expect(await askOn(first, 'subject')).toBe(401)
    const resumed = await handshake(server, { ...options, session: first.session() })
    expect(await askOn(resumed, 'subject')).toBe(401)
  }, 40_000)
})
