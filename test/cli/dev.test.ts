import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  askForToken,
  type DevProcess,
  freshFolder,
  quickstartCopy,
  save,
  startDev,
  symbolon,
  until,
} from '../support/dev-process.ts'

const run = promisify(execFile)
const audience = 'https://orders.example.com'

/** Runs the curl line of a welcome as whoever pasted it would. */
async function pasted(output: string): Promise<{ readonly access_token: string }> {
  const line = output.split('\n').find((text) => text.startsWith('  curl '))
  if (line === undefined) throw new Error(`no curl line in: ${output}`)
  const { stdout } = await run('sh', ['-c', line.trim()], { timeout: 10_000 })
  return JSON.parse(stdout)
}

/** An action's source that sets one claim to a text, after a while. */
function claiming(value: string, afterMs = 0): string {
  return `exports.onExecuteCredentialsExchange = async (event, api) => {
  await new Promise((resolve) => setTimeout(resolve, ${afterMs}))
  api.accessToken.setCustomClaim('${audience}/said', ${JSON.stringify(value)})
}
`
}

describe('a start of symbolon dev on the quickstart', () => {
  let root: string
  let server: DevProcess
  beforeAll(async () => {
    root = await quickstartCopy()
    server = await startDev(root)
  })

  test('prints a curl line that works when it is pasted, and the token carries the claim of an Action', async () => {
    const { access_token } = await pasted(await server.printed('Ctrl-C stops'))
    const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`))
    const { domain } = await server.devFile()
    const { payload } = await jwtVerify(access_token, keys, { issuer: `https://${domain}/`, audience })
    expect(payload).toMatchObject({ [`${audience}/team`]: 'billing', gty: 'client-credentials' })
  })

  test('writes dev.json for its owner alone, as scripts rely on it', async () => {
    const file = join(server.dataDir, 'dev.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const client = (name: string) => ({
      name,
      client_id: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      client_secret: expect.stringMatching(/^[\w-]{64}$/),
      audiences: [audience],
    })
    const written = JSON.parse(await readFile(file, 'utf8'))
    expect(written).toStrictEqual({
      http_url: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      https_url: expect.stringMatching(/^https:\/\/localhost:\d+$/),
      domain: new URL(written.https_url).host,
      ca_file: join(server.dataDir, 'tls/ca.crt'),
      management: {
        client_id: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
        client_secret: expect.stringMatching(/^[\w-]{64}$/),
        audience: `${written.https_url}/api/v2/`,
      },
      clients: [client('billing-service'), client('partner-portal')],
    })
  })

  test("says how Auth0's own clients come to trust and to manage it, without the secret", async () => {
    const { ca_file, domain, management } = await server.devFile()
    const output = await server.printed('under "management"')
    expect(output).toContain(`export NODE_EXTRA_CA_CERTS=${ca_file}`)
    expect(output).toContain(`export SSL_CERT_FILE=${ca_file}`)
    expect(output).toContain(
      `domain ${domain}, client id ${management?.client_id}, secret in ${server.dataDir}/dev.json`,
    )
    expect(output).not.toContain(management?.client_secret)
  })

  test('answers on 127.0.0.1 and on ::1', async () => {
    const { port } = new URL(server.url)
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200)
    }
  })

  test('shows each exchange as it ends', async () => {
    const { clients } = await server.devFile()
    expect((await askForToken(server.url, clients[1], { region: 'mars' })).status).toBe(400)
    await server.printed('denied by partner-gate: Partner northwind does not trade in this region.')
  })

  test('stays as it is when a second one finds the port taken, which is told in one line', async () => {
    const { port } = new URL(server.url)
    const second = await symbolon(['dev', root], { PORT: port, DATA_DIR: join(await freshFolder(), 'data') })
    expect(second).toMatchObject({ exitCode: 1, stdout: '' })
    expect(second.stderr).toBe(
      `symbolon: port ${port} is taken: stop what listens there, or give another one with --port\n`,
    )
    expect((await pasted(server.output())).access_token).toBeDefined()
  })

  test('stays as it is when a second one wants its DATA_DIR, which is told in one line', async () => {
    const second = await symbolon(['dev', root], { PORT: '0', DATA_DIR: server.dataDir })
    expect(second).toMatchObject({ exitCode: 1, stdout: '' })
    expect(second.stderr).toBe(
      `symbolon: DATA_DIR ${server.dataDir} is in use by another server: stop that one, or give this one a DATA_DIR of its own\n`,
    )
    expect((await pasted(server.output())).access_token).toBeDefined()
  })
})

describe('a save while symbolon dev serves the folder', () => {
  let root: string
  let server: DevProcess
  const code = 'actions/enrich-token/code.js'
  beforeAll(async () => {
    root = await quickstartCopy({ [code]: claiming('first') })
    server = await startDev(root)
  })
  const said = async () => {
    const { clients } = await server.devFile()
    const answer = await askForToken(server.url, clients[0])
    if (answer.status !== 200) return answer.status
    const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
    return decodeJwt(access_token)[`${audience}/said`]
  }

  test('is live within two seconds', async () => {
    const began = performance.now()
    await save(root, code, claiming('second'))
    await until(
      async () => (await said()) === 'second',
      () => server.output(),
    )
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('that does not parse is named by file and line with a caret, all of it at once, and the last good one serves on', async () => {
    const before = await said()
    const from = server.output().length
    const client = 'clients/billing-service.json'
    const good = await readFile(join(root, client), 'utf8')
    await save(root, client, '{\n  "name": "billing-service"\n  "app_type": "spa"\n}\n')
    await save(root, code, 'exports.onExecuteCredentialsExchange = async (event, api) => {\n  let = 1 +\n}\n')
    await server.printed(
      new RegExp(
        [
          'error: actions/enrich-token/code\\.js:3: does not parse: .+\n\\}\n\\^',
          'error: clients/billing-service\\.json:3: not JSON: expected .+\n  "app_type": "spa"\n  \\^',
          'the last good configuration keeps serving',
        ].join('\n'),
      ),
      from,
    )
    expect(await said()).toBe(before)
    await save(root, client, good)
  })

  test('that grants an unknown scope is named by file and line, and the last good configuration serves on', async () => {
    await save(root, code, claiming('third'))
    await until(
      async () => (await said()) === 'third',
      () => server.output(),
    )
    const from = server.output().length
    const grant = join(root, 'grants/billing-service.json')
    const good = await readFile(grant, 'utf8')
    await save(root, 'grants/billing-service.json', good.replace('delete:orders', 'burn:orders'))
    expect(await server.printed('the last good configuration keeps serving', from)).toMatch(
      /error: grants\/billing-service\.json:\d+: .*burn:orders/,
    )
    expect(await said()).toBe('third')
    await save(root, 'grants/billing-service.json', good)
    await server.printed('is live', from)
  })

  test('with a key nobody knows is a warning, and is live', async () => {
    const from = server.output().length
    await save(root, 'clients/billing-service.json', { name: 'billing-service', collor: 'blue' })
    expect(await server.printed('is live', from)).toMatch(/warning: clients\/billing-service\.json(:\d+)?: .*collor/)
    expect(await said()).toBe('third')
  })

  test('that removes a client makes its credentials worthless and takes it out of dev.json', async () => {
    const { clients } = await server.devFile()
    const from = server.output().length
    await rm(join(root, 'grants/partner-portal.json'))
    await rm(join(root, 'clients/partner-portal.json'))
    await until(
      async () => (await server.devFile()).clients.length === 1,
      () => server.output().slice(from),
    )
    expect((await askForToken(server.url, clients[1])).status).toBe(401)
    expect((await askForToken(server.url, clients[0])).status).toBe(200)
  })
})

test('a save while symbolon dev still starts is not missed', async () => {
  const root = await quickstartCopy()
  const dataDir = join(await freshFolder(), 'data')
  const starting = startDev(root, { dataDir })
  // From here on the folder has been read; it is not yet watched.
  const deadline = performance.now() + 10_000
  while (!existsSync(join(dataDir, 'dev.json')) && performance.now() < deadline) await nextTurn()
  await rm(join(root, 'grants/partner-portal.json'))
  const server = await starting
  await until(
    async () => (await server.devFile()).clients[1]?.audiences.length === 0,
    () => server.output(),
  )
})

describe('a restart of symbolon dev', () => {
  test('keeps client ids, client secrets and the signing key, so that an old token still verifies', async () => {
    const root = await quickstartCopy()
    const first = await startDev(root)
    const { clients } = await first.devFile()
    const { access_token } = await pasted(await first.printed('Ctrl-C stops'))
    expect((await first.stop('SIGTERM')).exitCode).toBe(0)

    const second = await startDev(root, { dataDir: first.dataDir })
    expect((await second.devFile()).clients).toEqual(clients)
    const keys = createRemoteJWKSet(new URL(`${second.url}/.well-known/jwks.json`))
    await jwtVerify(access_token, keys, { audience })
    expect((await askForToken(second.url, clients[0])).status).toBe(200)
    expect((await second.stop()).exitCode).toBe(0)
  })
})

describe('Ctrl-C', () => {
  test('lets an exchange in flight end, also when npm passes it on a second time, and ends with 0', async () => {
    const server = await startDev(await quickstartCopy({ 'actions/enrich-token/code.js': claiming('late', 500) }))
    const [client] = (await server.devFile()).clients
    const asking = request(`${server.url}/oauth/token`, {
      method: 'POST',
      headers: { expect: '100-continue', 'content-type': 'application/x-www-form-urlencoded' },
    })
    asking.flushHeaders()
    // RFC 9110 §10.1.1: from its 100 on, the request is the server's.
    await once(asking, 'continue')
    server.kill('SIGINT')
    server.kill('SIGINT')
    asking.end(
      `grant_type=client_credentials&client_id=${client?.client_id}&client_secret=${client?.client_secret}&audience=${audience}`,
    )
    const answer = (await once(asking, 'response')).at(0)
    expect(answer).toMatchObject({ statusCode: 200 })
    answer.resume()
    expect(await server.ended).toMatchObject({ exitCode: 0, stderr: '' })
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  })
})

test('the curl line works for what a shell would read as its own', async () => {
  const odd = `https://orders.example.com/?a=1&b='$(id)';#`
  const root = await quickstartCopy({
    'tenant.json': {},
    'resource-servers/Orders API.json': { name: 'Orders API', identifier: odd, scopes: [{ value: 'read:orders' }] },
    // The first client of the folder may hold no client grant.
    'clients/a-client.json': { name: 'a-client' },
    'clients/billing-service.json': {
      name: 'billing-service',
      client_id: `bill&'er`,
      client_secret: 's3cret & long enough, $HOME; it is `odd` all right',
    },
    'grants/billing-service.json': { client_id: 'billing-service', audience: odd, scope: ['read:orders'] },
    'grants/partner-portal.json': { client_id: 'partner-portal', audience: odd, scope: ['read:orders'] },
  })
  const server = await startDev(root)
  const { access_token } = await pasted(await server.printed('Ctrl-C stops'))
  expect(decodeJwt(access_token)).toMatchObject({ aud: odd, azp: `bill&'er` })
})
