import { existsSync } from 'node:fs'
import { chmod, cp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newCertificate, postOverTls, tlsFolder } from '../support/certificates.ts'
import { askForToken, freshFolder, quickstartCopy, startDev, startServe, symbolon } from '../support/dev-process.ts'

const own = await newCertificate([['CN', 'localhost']])

test('dev with a certificate of its own answers with that one, and names no authority', async () => {
  const tls = await tlsFolder(own)
  const variables = { ...tls.settings, DOMAIN: 'auth.example.com' }
  const server = await startDev(await quickstartCopy(), { variables })
  const { http_url, https_url, ca_file, clients } = await server.devFile()
  expect([new URL(http_url).protocol, new URL(https_url ?? '').protocol, ca_file]).toEqual(['http:', 'https:', null])
  expect((await askForToken(http_url, clients[0])).status).toBe(200)
  const [{ client_id, client_secret, audiences } = { client_id: '', client_secret: '', audiences: [] }] = clients
  const parameters = { grant_type: 'client_credentials', client_id, client_secret, audience: audiences[0] ?? '' }
  const port = Number(new URL(https_url ?? '').port)
  expect((await postOverTls('/oauth/token', parameters, { port, ca: own.cert })).status).toBe(200)
  expect((await server.stop()).exitCode).toBe(0)
  await tls.remove()
})

test('serve may answer over HTTPS alone', async () => {
  const root = await freshFolder()
  // The user that actions run as passes through.
  await chmod(root, 0o711)
  const dataDir = join(root, 'data')
  await (await startDev(await quickstartCopy(), { dataDir })).stop()
  await cp(join(dataDir, 'sealing.key'), join(root, 'sealing.key'))
  await rm(join(dataDir, 'sealing.key'))
  const tls = await tlsFolder(own)
  const server = await startServe({
    ...tls.settings,
    PLAIN_HTTP: 'off',
    DATA_DIR: dataDir,
    DOMAIN: 'auth.example.com',
    TENANT: 'quickstart',
    SEALING_KEY_FILE: join(root, 'sealing.key'),
  })
  const port = Number(new URL(server.url).port)
  const answer = await postOverTls('/oauth/token', { grant_type: 'client_credentials' }, { port, ca: own.cert })
  expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  expect((await server.stop('SIGTERM')).exitCode).toBe(0)
  await tls.remove()
})

test('a certificate that is none, or another key than its own, ends the start with one line and leaves nothing behind', async () => {
  const other = await newCertificate([['CN', 'localhost']])
  const tls = await tlsFolder({ ...own, key: other.key })
  const DATA_DIR = join(await freshFolder(), 'data')
  const start = async (changes: Readonly<Record<string, string>>) => {
    const variables = { PORT: '0', DATA_DIR, DOMAIN: 'auth.example.com', ...tls.settings, ...changes }
    const { exitCode, stdout, stderr } = await symbolon(['dev', await quickstartCopy()], variables)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(existsSync(DATA_DIR)).toBe(false)
    return stderr
  }
  expect(await start({})).toContain('hold no certificate with its key')
  expect(await start({ TLS_CERT_FILE: join(tls.path, 'nowhere') })).toContain('ENOENT')
  const empty = join(tls.path, 'empty')
  await writeFile(empty, '')
  await writeFile(join(tls.path, 'server.key'), own.key)
  expect(await start({ TLS_CLIENT_CA_FILE: empty })).toContain('holds no certificate in PEM')
  await tls.remove()
})

test('a taken TLS port is named with its flag', async () => {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const tls = await tlsFolder(own)
  const { exitCode, stderr } = await symbolon(['dev', await quickstartCopy()], {
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: join(await freshFolder(), 'data'),
    ...tls.settings,
    TLS_PORT: port,
  })
  expect([exitCode, stderr]).toEqual([
    1,
    `symbolon: port ${port} is taken: stop what listens there, or give another one with --tls-port\n`,
  ])
  listener.close()
  await tls.remove()
})

test.each([
  ['without HTTP', { PLAIN_HTTP: 'off' }, 'PLAIN_HTTP is off: `dev` answers on PORT'],
  ['with any free TLS port as its issuer', {}, 'TLS_PORT is 0, and the issuer of `dev` names that port'],
])('dev does not start %s', async (_name, changes, sentence) => {
  const tls = await tlsFolder(own)
  const DATA_DIR = join(await freshFolder(), 'data')
  const { exitCode, stderr } = await symbolon(['dev', await quickstartCopy()], {
    PORT: '0',
    DATA_DIR,
    ...tls.settings,
    ...changes,
  })
  expect(exitCode).toBe(64)
  expect(stderr).toContain(sentence)
  await tls.remove()
})
