import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { type DevProcess, freshFolder, quickstartCopy, startDev, symbolon } from '../support/dev-process.ts'
import { freePort } from '../support/free-port.ts'

const run = promisify(execFile)

/** What a program of its own gets from `fetch`, who trusts the authorities that Node is started with. */
async function fetched(url: string, caFile: string | null): Promise<string> {
  const code = `fetch(process.argv[1]).then((answer) => console.log(answer.status), (error) => console.log(error.cause.code))`
  const { PATH = '' } = process.env
  const env = { PATH, ...(caFile !== null && { NODE_EXTRA_CA_CERTS: caFile }) }
  return (await run(process.execPath, ['-e', code, url], { env })).stdout.trim()
}

async function getOver(address: string, port: string, ca: string): Promise<number | undefined> {
  // Asked by the name throughout: this version of Node verifies no certificate for an IPv6 address.
  const sent = request({ host: address, servername: 'localhost', port, path: '/healthz', ca, agent: false })
  sent.end()
  const [response] = await once(sent, 'response')
  await text(response)
  return response.statusCode
}

/** Asks as Python does from 3.13 on: certificates by the letter of RFC 5280. */
const pythonProgram = `
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
context.verify_flags |= ssl.VERIFY_X509_STRICT
for host in ('localhost', '127.0.0.1'):
    print(urllib.request.urlopen(sys.argv[1].replace('localhost', host), context=context).status)
`
const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
)

describe('symbolon dev over HTTPS', () => {
  let root: string
  let server: DevProcess
  let authority: string
  beforeAll(async () => {
    root = await quickstartCopy()
    server = await startDev(root)
    authority = await readFile((await server.devFile()).ca_file ?? '', 'utf8')
  })

  test('is trusted by who trusts its authority and by nobody else, on both addresses', async () => {
    const { https_url, ca_file } = await server.devFile()
    expect(await fetched(`${https_url}/readyz`, ca_file)).toBe('200')
    expect(await fetched(`${https_url}/readyz`, null)).toMatch(
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/,
    )
    const { port } = new URL(https_url ?? '')
    for (const address of ['127.0.0.1', '::1']) expect(await getOver(address, port, authority)).toBe(200)
  })

  test.skipIf(!hasPython)('is trusted by a strict client, as Python is (skipped without python3)', async () => {
    const { https_url, ca_file } = await server.devFile()
    const { stdout } = await run('python3', ['-c', pythonProgram, `${https_url}/healthz`, ca_file ?? ''])
    expect(stdout).toBe('200\n200\n')
  })

  test('issues tokens and takes management calls under its domain', async () => {
    const { https_url, domain, ca_file, management } = await server.devFile()
    expect(https_url).toBe(`https://${domain}`)
    const code = `
      const { client_id, client_secret, audience } = JSON.parse(process.argv[1])
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, audience })
      const body = await (await fetch(new URL('/oauth/token', audience), { method: 'POST', body: form })).json()
      const headers = { authorization: 'Bearer ' + body.access_token }
      console.log((await (await fetch(audience + 'clients?fields=name', { headers })).text()))`
    const { PATH = '' } = process.env
    const env = { PATH, NODE_EXTRA_CA_CERTS: ca_file ?? '' }
    const given = JSON.stringify(management)
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code, given], { env })
    expect(JSON.parse(stdout).map(({ name }: { readonly name: string }) => name)).toContain('billing-service')
  })

  test('has the same authority after a restart; a custom domain tells by its test that it leads here', async () => {
    const { ca_file } = await server.devFile()
    expect((await server.stop('SIGTERM')).exitCode).toBe(0)
    const again = await startDev(root, { dataDir: server.dataDir, variables: { NODE_EXTRA_CA_CERTS: ca_file ?? '' } })
    expect(await readFile((await again.devFile()).ca_file ?? '', 'utf8')).toBe(authority)

    const { http_url, management } = await again.devFile()
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...management })
    const answered = await fetch(`${http_url}/oauth/token`, { method: 'POST', body: form })
    const { access_token }: { readonly access_token: string } = JSON.parse(await answered.text())
    const call = async (path: string, body?: object): Promise<Readonly<Record<string, unknown>>> => {
      const answer = await fetch(`${http_url}/api/v2${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${access_token}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return JSON.parse(await answer.text())
    }
    // An address of this machine: the one other name that leads here on every machine.
    const made = await call('/custom-domains', { domain: '127.0.0.1', type: 'self_managed_certs' })
    await call(`/custom-domains/${made.custom_domain_id}/verify`)
    expect(await call(`/custom-domains/${made.custom_domain_id}/test`)).toEqual({ success: true })
  }, 60_000)
})

describe('what keeps symbolon dev from HTTPS is one line with the way out', () => {
  const start = async (DATA_DIR: string, TLS_PORT: number | string) =>
    symbolon(['dev', await quickstartCopy()], { PORT: '0', HOST: '127.0.0.1', DATA_DIR, TLS_PORT: String(TLS_PORT) })

  test('a taken TLS_PORT', async () => {
    const listener = createServer()
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const address = listener.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { exitCode, stdout, stderr } = await start(join(await freshFolder(), 'data'), port ?? '')
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `symbolon: port ${port} is taken: stop what listens there, or give another one with --tls-port\n`,
    })
    listener.close()
  })

  test.each([
    [
      'an authority that is none',
      async (folder: string) => {
        await mkdir(folder)
        await writeFile(join(folder, 'ca.crt'), 'broken')
      },
      (folder: string) =>
        new RegExp(`${folder}/ca.crt and .* hold no certificate authority: .*; remove ${folder} to have`),
    ],
    [
      'a folder that is none',
      (folder: string) => writeFile(folder, ''),
      (folder: string) =>
        new RegExp(`${folder} cannot be used \\(EEXIST\\): give a DATA_DIR whose files this user may write`),
    ],
  ])('%s', async (_what, spoil, said) => {
    const dataDir = await freshFolder()
    const folder = join(dataDir, 'tls')
    await spoil(folder)
    const { exitCode, stdout, stderr } = await start(dataDir, await freePort())
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(said(folder))
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})
