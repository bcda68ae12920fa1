import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../support/server.ts'
import { aClient, aGrant, audience } from '../support/tenant.ts'

/** Every visible ASCII character and the space: what a client secret may hold. */
const everyCharacter = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)).join('')
const secrets = [everyCharacter, 'a+b%2Bc', '%41%', '100%', ':colon:', ' around ', 'ümlaut'] as const

let server: TestServer
beforeAll(async () => {
  server = await openServer({
    clients: secrets.map((client_secret, index) =>
      aClient({ name: `Client ${index}`, client_id: `client-${index}`, client_secret }),
    ),
    grants: secrets.map((_, index) => aGrant({ client: `Client ${index}` })),
  })
})
afterAll(() => server.close())

const hex = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
/** Percent-encodes each byte but the characters that are safe. */
const percentEncode = (text: string, safe: RegExp) =>
  Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte)
    return safe.test(character) ? character : hex(byte)
  }).join('')

/** How each language writes the two halves of a Basic header. */
const encodings = {
  // Go, net/url: QueryEscape, as golang.org/x/oauth2 calls it for both.
  'Go, url.QueryEscape': (text: string) => percentEncode(text, /[A-Za-z0-9\-_.~ ]/).replaceAll(' ', '+'),
  // Python, urllib.parse: quote leaves the slash.
  'Python, urllib.parse.quote': (text: string) => percentEncode(text, /[A-Za-z0-9_.\-~/]/),
  'Python, urllib.parse.quote_plus': (text: string) => percentEncode(text, /[A-Za-z0-9_.\-~ ]/).replaceAll(' ', '+'),
  'JavaScript, encodeURIComponent': encodeURIComponent,
  'JavaScript, URLSearchParams': (text: string) => new URLSearchParams({ '': text }).toString().slice(1),
  // Java, java.net.URLEncoder
  'Java, URLEncoder.encode': (text: string) => percentEncode(text, /[A-Za-z0-9.\-*_ ]/).replaceAll(' ', '+'),
  // curl -u, Python's requests with HTTPBasicAuth, and most SDKs.
  'nothing, as it stands': (text: string) => text,
} as const

test('the encodings are those of the languages, byte for byte', () => {
  expect(encodings['Go, url.QueryEscape'](everyCharacter)).toBe(
    '+%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~',
  )
  expect(encodings['Python, urllib.parse.quote'](everyCharacter)).toBe(
    '%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-./0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~',
  )
  expect(encodings['Java, URLEncoder.encode'](everyCharacter)).toBe(
    '+%21%22%23%24%25%26%27%28%29*%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D%7E',
  )
})

describe.each(Object.entries(encodings))('credentials encoded by %s', (_language, encode) => {
  test.each(secrets.map((secret, index) => [secret, index] as const))(
    'prove a client whose secret is %j',
    async (secret, index) => {
      const pair = `${encode(`client-${index}`)}:${encode(secret)}`
      const { status } = await server.post(
        new URLSearchParams({ grant_type: 'client_credentials', audience }).toString(),
        {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
        },
      )
      expect(status).toBe(200)
    },
  )

  test('do not prove a client whose secret is another', async () => {
    const pair = `${encode('client-0')}:${encode(`${everyCharacter}x`)}`
    const { status } = await server.post(
      new URLSearchParams({ grant_type: 'client_credentials', audience }).toString(),
      {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      },
    )
    expect(status).toBe(401)
  })
})

const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

/** Asks for a token with nothing but Python's standard library, once by each way of quoting. */
const pythonProgram = `
import base64, json, sys, urllib.parse, urllib.request
url, client_id, secret, audience = sys.argv[1:]
body = urllib.parse.urlencode({'grant_type': 'client_credentials', 'audience': audience}).encode()
answers = []
for quote in (urllib.parse.quote, urllib.parse.quote_plus, lambda text: urllib.parse.quote(text, safe=''), lambda text: text):
    pair = quote(client_id) + ':' + quote(secret)
    headers = {'Authorization': 'Basic ' + base64.b64encode(pair.encode()).decode()}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
        answers.append([quote(secret), json.load(response)['token_type']])
print(json.dumps(answers))
`
const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
)

describe('Python', () => {
  test.skipIf(!hasPython).each(secrets.map((secret, index) => [secret, index] as const))(
    'gets a token by urllib, its secret %j quoted in every way it has (skipped without python3)',
    async (secret, index) => {
      const values = [`${server.url}/oauth/token`, `client-${index}`, secret, audience]
      const { stdout } = await run('python3', ['-c', pythonProgram, ...values])
      const [quoted, plus, ...others] = JSON.parse(stdout)
      expect(quoted).toEqual([encodings['Python, urllib.parse.quote'](secret), 'Bearer'])
      expect(plus).toEqual([encodings['Python, urllib.parse.quote_plus'](secret), 'Bearer'])
      expect(others.map(([, type]: readonly string[]) => type)).toEqual(['Bearer', 'Bearer'])
    },
  )
})

describe('curl', () => {
  const curl = async (...options: readonly string[]) => {
    const { stdout } = await run('curl', ['-sS', ...options, `${server.url}/oauth/token`])
    return JSON.parse(stdout)
  }
  const form = ['-d', 'grant_type=client_credentials', '--data-urlencode', `audience=${audience}`] as const

  test.skipIf(!hasCurl).each(secrets.map((secret, index) => [secret, index] as const))(
    'gets a token by -u, its secret %j as it stands and percent-encoded, and by form and JSON (skipped without curl)',
    async (secret, index) => {
      const id = `client-${index}`
      const answers = [
        await curl('-u', `${id}:${secret}`, ...form),
        await curl('-u', `${id}:${encodings['Go, url.QueryEscape'](secret)}`, ...form),
        await curl('-u', `${id}:${encodings['Python, urllib.parse.quote'](secret)}`, ...form),
        await curl('--data-urlencode', `client_id=${id}`, '--data-urlencode', `client_secret=${secret}`, ...form),
        await curl(
          '-H',
          'content-type: application/json',
          '-d',
          JSON.stringify({ grant_type: 'client_credentials', client_id: id, client_secret: secret, audience }),
        ),
      ]
      for (const answer of answers) expect(answer).toMatchObject({ token_type: 'Bearer' })
    },
  )
})
