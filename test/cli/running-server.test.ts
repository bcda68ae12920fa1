import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { listKeys, rotateKeys } from '../../src/cli/keys.ts'
import { logs } from '../../src/cli/logs.ts'
import { token } from '../../src/cli/token.ts'
import type { RemoteFlags } from '../../src/config.ts'
import {
  askForToken,
  type DevProcess,
  freshFolder,
  quickstartCopy,
  startCommand,
  startDev,
  symbolon,
  until,
} from '../support/dev-process.ts'
import { freePort } from '../support/free-port.ts'

let folder: string
let dev: DevProcess
beforeAll(async () => {
  folder = await quickstartCopy({
    'actions/enrich-token/code.js': `exports.onExecuteCredentialsExchange = async (event, api) => {
      console.log('asked by ' + event.client.name)
      api.accessToken.setCustomClaim('iss', 'mine')
      api.accessToken.setCustomClaim('https://orders.example.com/team', event.client.metadata.team ?? 'none')
    }`,
  })
  dev = await startDev(folder)
})

type Command<O> = (
  options: O,
  environment: Readonly<Record<string, string>>,
  flags: RemoteFlags,
  print: (line: string) => void,
) => Promise<number>

/** What a command prints, called in this process on the shared server; rejects as it does. */
async function printed<O>(
  command: Command<O>,
  options: O,
  environment: Readonly<Record<string, string>> = {},
  flags: RemoteFlags = {},
): Promise<readonly string[]> {
  const lines: string[] = []
  await command(options, { DATA_DIR: dev.dataDir, ...environment }, flags, (line) => lines.push(line))
  return lines
}

/** The one line that a command fails with. */
async function failure(work: Promise<unknown>): Promise<string> {
  const message = await work.then(
    () => 'it did not fail',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  expect(message).not.toContain('\n')
  return message
}

describe('symbolon token', () => {
  test('shows the token of the first client with an audience, and in words what is in it and how long it lasts', async () => {
    const { exitCode, stdout, stderr } = await symbolon(['token'], { DATA_DIR: dev.dataDir })
    expect(exitCode, stderr).toBe(0)
    const [first = '', ...lines] = stdout.split('\n')
    const jwks = createRemoteJWKSet(new URL(`${dev.url}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(first, jwks)
    expect(lines).toContain(`  sub                              ${payload.sub}`)
    expect(lines).toContain('  https://orders.example.com/team  billing')
    expect(lines.join('\n')).toMatch(/\n {2}alg {2}RS256\n/)
    expect(lines.at(-2)).toMatch(/^Bearer token for billing-service; expires in 1 hour, at \d{4}-\d\d-\d\dT[\d:]{8}Z$/)
  })

  test('prints the token alone where a shell is to use it, as another client and with parameters of its own', async () => {
    const options = { raw: true, client: 'partner-portal', param: ['region=eu'], scope: 'read:orders' }
    const [only = '', ...more] = await printed(token, options)
    expect(more).toEqual([])
    expect(decodeJwt(only)['https://orders.example.com/region']).toBe('eu')
  })

  test('fails with status, error and description when the server refuses, and prints no token', async () => {
    const asked = ['token', '--json', '--client', 'partner-portal', '--param', 'region=mars']
    const { exitCode, stdout, stderr } = await symbolon(asked, { DATA_DIR: dev.dataDir })
    const error_description = 'Partner northwind does not trade in this region.'
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toEqual({ status: 400, error: 'invalid_request', error_description })
    expect(stderr).toContain(`symbolon: no token for partner-portal: 400 invalid_request: ${error_description}\n`)
  })

  test('names the clients there are when one is not', async () => {
    expect(await failure(printed(token, { client: 'nobody' }))).toBe(
      'dev.json has no client "nobody": give one of "billing-service", "partner-portal", "management"',
    )
  })

  test('trusts the authority of dev over HTTPS, and takes the client that is given', async () => {
    const { https_url, clients } = await dev.devFile()
    const { client_id = '', client_secret = '' } = clients[1] ?? {}
    const given = { SYMBOLON_CLIENT_ID: client_id, SYMBOLON_CLIENT_SECRET: client_secret }
    const [line = ''] = await printed(token, { json: true }, given, { url: https_url ?? '' })
    expect(JSON.parse(line)).toMatchObject({ claims: { azp: client_id }, client: { client_id } })
  })

  test('sends no secret of dev.json to another server, and none in the clear', async () => {
    const { domain } = await dev.devFile()
    const elsewhere = failure(printed(token, {}, {}, { url: `https://127.0.0.1:${domain.split(':')[1]}` }))
    expect(await elsewhere).toMatch(/^no client is named to call https:\/\/127\.0\.0\.1:\d+ as: set SYMBOLON_CLIENT_ID/)
    expect(await failure(printed(token, {}, {}, { url: 'http://auth.example.com' }))).toMatch(
      /^--url is "http:\/\/auth\.example\.com"; it must be an https address/,
    )
  })
})

test('a server that takes its time is waited for, and it is said what for', async () => {
  const answers: (() => void)[] = []
  const slow = createServer((_request, response) => {
    answers.push(() => response.end('{"access_token":"not.a.token","token_type":"Bearer","expires_in":60}'))
  })
  await new Promise<void>((resolve) => slow.listen({ port: 0, host: '127.0.0.1' }, resolve))
  const address = slow.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const given = { SYMBOLON_URL: url, SYMBOLON_CLIENT_ID: 'someone', SYMBOLON_CLIENT_SECRET: 'a-secret-of-someone' }
  const asking = startCommand(['token', '--raw'], { DATA_DIR: dev.dataDir, ...given })
  await asking.printed(`symbolon: waiting for a token of ${url}\n`)
  for (const answer of answers) answer()
  await asking.printed('not.a.token\n')
  await asking.stop()
  await new Promise((resolve) => slow.close(resolve))
})

describe('symbolon logs', () => {
  test('tells what happened, oldest first, with what the actions printed and what was dropped by which rule', async () => {
    const { clients, http_url } = await dev.devFile()
    expect((await askForToken(http_url, clients[0])).status).toBe(200)
    expect((await askForToken(http_url, clients[1], { audience: 'https://nowhere.example' })).status).toBe(403)
    const lines = await printed(logs, { limit: '2' })
    expect(lines).toEqual([
      expect.stringMatching(/Z {2}token {10}billing-service → https:\/\/orders\.example\.com {2}read:orders write/),
      expect.stringMatching(/^ {2}its event: symbolon try FILE --from-log 900\d{30}$/),
      '  enrich-token │ asked by billing-service',
      '  dropped claim "iss" of enrich-token: Auth0 reserves this claim name; choose another, or a namespaced one (restricted-name)',
      expect.stringMatching(
        /Z {2}no token {7}partner-portal → https:\/\/nowhere\.example {2}Service not enabled within domain/,
      ),
    ])
  })

  test('leaves out the tokens it asks for itself unless all are wanted, and takes a condition', async () => {
    const query = 'client_name:"Symbolon management" AND type:seccft'
    expect(await printed(logs, { query, json: true })).toEqual([])
    const [line = ''] = await printed(logs, { query, json: true, all: true, limit: '1' })
    expect(JSON.parse(line)).toMatchObject({ type: 'seccft', client_name: 'Symbolon management' })
    expect(await failure(printed(logs, { query: 'type:[' }))).toMatch(
      /^GET \/api\/v2\/logs was refused \(400: The search cannot be read at character 7/,
    )
  })

  test('goes on with what comes, over a restart of the server, until it is told to stop', async () => {
    const { dataDir } = dev
    const ask = async () => expect((await askForToken(dev.url, (await dev.devFile()).clients[0])).status).toBe(200)
    await ask()
    const options = ['--follow', '--json', '--limit', '1', '--query', 'type:seccft']
    const following = startCommand(['logs', ...options], { DATA_DIR: dataDir })
    const hasPrinted = (count: number) =>
      until(
        async () => (following.output().match(/"log_id":"\d+"/g) ?? []).length === count,
        () => `${count} entries were not printed: ${following.output()}`,
      )
    await hasPrinted(1)
    await ask()
    await hasPrinted(2)
    await dev.stop()
    await following.printed('waiting for it')
    dev = await startDev(folder, { dataDir })
    await following.printed('answers again')
    await ask()
    await hasPrinted(3)
    const { exitCode, stdout } = await following.stop()
    expect(exitCode).toBe(0)
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => String(JSON.parse(line).log_id))
    expect(ids).toEqual([...new Set(ids)].toSorted())
    expect(ids).toHaveLength(3)
  })
})

describe('symbolon keys', () => {
  test('rotates only when it is told to, and says what each key is for', async () => {
    const unasked = await symbolon(['keys', 'rotate'], { DATA_DIR: dev.dataDir })
    expect(unasked).toMatchObject({ exitCode: 64, stdout: '' })
    expect(unasked.stderr).toMatch(/^symbolon: `keys rotate` changes which key signs.*: add --yes\n$/)

    const before = await printed(listKeys, {})
    const kids = before.map((line) => line.split('  ')[1])
    expect(before[0]).toMatch(/^RS256 {2}\S+ {2}signs now, since \d{4}-/)
    expect(before[1]).toMatch(/^RS256 {2}\S+ {2}comes next; already published$/)
    const rotated = await printed(rotateKeys, { yes: true })
    expect(rotated[0]).toBe(`RS256: ${kids[1]} signs now, in the place of ${kids[0]}`)
    expect(rotated.slice(2)).toEqual(await printed(listKeys, {}))
    expect(rotated.find((line) => line.includes(`${kids[0]}  `))).toMatch(/signs no more since \S+; still published$/)
  })
})

describe('what keeps a command from its server is told in one line, with the way out:', () => {
  test('no server is named', async () => {
    const DATA_DIR = await freshFolder()
    expect(await failure(printed(token, {}, { DATA_DIR }))).toBe(
      `no server is named, and ${DATA_DIR}/dev.json is not there: start \`symbolon dev DIR\` with the same DATA_DIR, or give --url`,
    )
  })

  test('half of the credentials is given', async () => {
    expect(await failure(printed(logs, {}, { SYMBOLON_CLIENT_ID: 'someone' }))).toBe(
      'SYMBOLON_CLIENT_ID and SYMBOLON_CLIENT_SECRET belong together; give both or none',
    )
  })

  test('dev.json is of a server that is gone, or of an earlier one', async () => {
    const DATA_DIR = await freshFolder()
    const file = join(DATA_DIR, 'dev.json')
    const devFile = await dev.devFile()
    const gone = `http://localhost:${await freePort()}`
    await writeFile(file, JSON.stringify({ ...devFile, http_url: gone }))
    const line = `nothing answers on ${gone} (ECONNREFUSED), which ${file} names: start \`symbolon dev\` again, or give --url`
    expect(await failure(printed(token, {}, { DATA_DIR }))).toBe(line)
    expect(await failure(printed(logs, { follow: false }, { DATA_DIR }))).toBe(line)
    const strangers = JSON.parse(
      (await readFile(join(dev.dataDir, 'dev.json'), 'utf8')).replaceAll(/"client_id": "./g, '"client_id": "!'),
    )
    await writeFile(file, JSON.stringify(strangers))
    expect(await failure(printed(listKeys, {}, { DATA_DIR }))).toMatch(
      /no token for its Management API \(401 access_denied: Unauthorized\): dev\.json may be of an earlier `symbolon dev`; start it again$/,
    )
    await writeFile(file, '{"clients"')
    expect(await failure(printed(token, {}, { DATA_DIR }))).toBe(
      `${file} is no file of \`symbolon dev\`: remove it, and start \`symbolon dev\` again`,
    )
  })

  test('the credentials are wrong, or the client has no grant for the API', async () => {
    const [client] = (await dev.devFile()).clients
    const { client_id = '', client_secret = '' } = client ?? {}
    const as = (secret: string) => ({ SYMBOLON_CLIENT_ID: client_id, SYMBOLON_CLIENT_SECRET: secret })
    expect(await failure(printed(logs, {}, as('not-the-secret-of-it')))).toMatch(
      /401 access_denied: Unauthorized\): check SYMBOLON_CLIENT_ID and SYMBOLON_CLIENT_SECRET$/,
    )
    expect(await failure(printed(logs, {}, as(client_secret)))).toMatch(
      /403 access_denied: Client .* is not authorized .*\): give it a client grant for that audience, or call as another client$/,
    )
  })

  test('the client lacks the scope', async () => {
    const { management } = await dev.devFile()
    if (management === null) throw new Error('dev.json names no management client')
    const [access_token = ''] = await printed(token, { client: 'management', raw: true })
    const create = async (path: string, body: unknown): Promise<Record<string, string>> => {
      const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
      const answer = await fetch(`${dev.url}/api/v2${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      expect(answer.status).toBe(201)
      return JSON.parse(await answer.text())
    }
    const { client_id = '', client_secret = '' } = await create('/clients', {
      name: 'reader',
      app_type: 'non_interactive',
    })
    await create('/client-grants', { client_id, audience: management.audience, scope: ['read:clients'] })
    const given = { SYMBOLON_CLIENT_ID: client_id, SYMBOLON_CLIENT_SECRET: client_secret }
    expect(await failure(printed(logs, {}, given))).toBe(
      `GET /api/v2/logs was refused (403: Insufficient scope, expected any of: read:logs,read:logs_users): add it to the client grant of ${client_id} for the Management API`,
    )
  })

  test('what answers is no Symbolon server', async () => {
    const server = createServer((_request, response) => response.end('<html>'))
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const given = { SYMBOLON_CLIENT_ID: 'someone', SYMBOLON_CLIENT_SECRET: 'a-secret-of-someone' }
    const line = `${url} answered 200, and no JSON: it is no Symbolon server; check --url`
    expect(await failure(printed(token, {}, given, { url }))).toBe(line)
    expect(await failure(printed(logs, {}, given, { url }))).toBe(line)
    await new Promise((resolve) => server.close(resolve))
  })
})
