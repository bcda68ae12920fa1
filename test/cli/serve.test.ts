import { chmod, cp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import {
  askForToken,
  freshFolder,
  quickstartCopy,
  startDev,
  startServe,
  symbolon,
  type Variables,
} from '../support/dev-process.ts'

/** A data folder that `dev` has filled, and the settings that serve it. */
async function filled(changes: Readonly<Record<string, unknown>> = {}) {
  const root = await freshFolder()
  // The user that actions run as passes through.
  await chmod(root, 0o711)
  const dataDir = join(root, 'data')
  const server = await startDev(await quickstartCopy(changes), { dataDir })
  const { clients } = await server.devFile()
  await server.stop()
  const key = join(root, 'sealing.key')
  await cp(join(dataDir, 'sealing.key'), key)
  await rm(join(dataDir, 'sealing.key'))
  const variables: Variables = {
    DATA_DIR: dataDir,
    DOMAIN: 'auth.example.com',
    TENANT: 'quickstart',
    SEALING_KEY_FILE: key,
    PORT: '0',
  }
  return { variables, clients }
}

let quickstart: Awaited<ReturnType<typeof filled>>
beforeAll(async () => {
  quickstart = await filled()
})

test('serve names every setting that it lacks at once, and exits with 64', async () => {
  const { exitCode, stderr, stdout } = await symbolon(['serve'], { DATA_DIR: join(await freshFolder(), 'data') })
  expect(exitCode).toBe(64)
  expect(stdout).toBe('')
  expect(stderr).toMatch(
    /^symbolon: DOMAIN is missing.*\nsymbolon: TENANT is missing.*\nsymbolon: SEALING_KEY is missing/,
  )
})

test('serve issues tokens for what is stored, its issuer the one it was told', async () => {
  const { variables, clients } = quickstart
  const server = await startServe(variables)
  const answer = await askForToken(server.url, clients[0])
  expect(answer.status).toBe(200)
  const metadata = await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()
  expect(metadata).toMatchObject({ issuer: 'https://auth.example.com/' })
  expect((await server.stop('SIGTERM')).exitCode).toBe(0)
})

test('in serve an Action cannot reach this machine: its network is the public Internet alone', async () => {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  let connections = 0
  listener.on('connection', () => {
    connections += 1
  })
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  try {
    const { variables, clients } = await filled({
      'actions/enrich-token/code.js': `exports.onExecuteCredentialsExchange = async (event, api) => {
  const seen = await fetch('http://127.0.0.1:${address.port}/').then(() => 'reached', (error) => error.cause.code)
  api.accessToken.setCustomClaim('https://orders.example.com/seen', seen)
}`,
    })
    const before = connections
    const server = await startServe(variables)
    const { access_token }: { access_token?: unknown } = JSON.parse(
      await (await askForToken(server.url, clients[0])).text(),
    )
    const [, payload = ''] = String(access_token).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(claims['https://orders.example.com/seen']).toBe('ERR_ACCESS_DENIED')
    expect(connections).toBe(before)
    await server.stop('SIGTERM')
  } finally {
    listener.close()
  }
})

test('serve does not start where actions would run as root', async (context) => {
  context.skip(process.getuid?.() !== 0, 'only a server started as root could run them as root')
  const { variables } = quickstart
  const { exitCode, stderr } = await symbolon(['serve'], { ...variables, RUNNER_HARDENING: 'off' })
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^symbolon: actions would run as root .*give RUNNER_UID/m)
})
