import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bundle } from '../../src/domain/index.ts'
import type { OpenBundler } from '../support/bundler.ts'
import { inFull, isFull } from '../support/in-full.ts'
import { buildBundle, installed, openInstalledBundler } from './declared.ts'
import { type Loopback, openLoopback } from './loopback.ts'
import { action, claimsOf, openPackagePool, runActions } from './run-action.ts'

const names = ['axios', 'jose', 'jsonwebtoken', 'lodash', 'node-fetch', 'uuid']
if (isFull) names.push('moment', '@slack/web-api')

let opened: OpenBundler
let bundle: Bundle
let service: Loopback

beforeAll(async () => {
  service = await openLoopback(({ path }) => ({ ok: true, path, channel: 'C1', ts: '1.2' }))
  opened = await openInstalledBundler()
  bundle = await buildBundle(opened, "require('lodash/fp')", installed(...names))
}, 180_000)

afterAll(async () => {
  await opened?.close()
  await service?.close()
})

async function claims(
  head: string,
  body: string,
  secrets: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const pool = await openPackagePool(service.port)
  try {
    const [outcome] = await runActions(pool, opened, { code: action(head, body), secrets, bundle })
    return claimsOf(outcome)
  } finally {
    await pool.close()
  }
}

test('axios gets JSON over HTTP', async () => {
  const head = `const axios = require('axios')`
  const body = `
    const { status, data } = await axios.get('http://127.0.0.1:' + event.secrets.PORT + '/axios', { params: { a: 1 } })
    claim('answer', { status, data, isDefault: axios.default === axios, isError: typeof axios.isAxiosError })`
  expect((await claims(head, body, { PORT: String(service.port) })).answer).toEqual({
    status: 200,
    data: { ok: true, path: '/axios?a=1', channel: 'C1', ts: '1.2' },
    isDefault: true,
    isError: 'function',
  })
})

test('jsonwebtoken signs and verifies with HS256 and RS256', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const body = `
    const hs = jwt.sign({ a: 1 }, event.secrets.SHARED, { algorithm: 'HS256' })
    const rs = jwt.sign({ b: 2 }, event.secrets.PRIVATE, { algorithm: 'RS256' })
    let refused
    try { jwt.verify(hs, 'another') } catch (error) { refused = error.name + ' ' + (error instanceof jwt.JsonWebTokenError) }
    claim('verified', [jwt.verify(hs, event.secrets.SHARED).a, jwt.verify(rs, event.secrets.PUBLIC).b, refused])`
  const secrets = {
    SHARED: 'shared',
    PRIVATE: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    PUBLIC: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
  const { verified } = await claims(`const jwt = require('jsonwebtoken')`, body, secrets)
  expect(verified).toEqual([1, 2, 'JsonWebTokenError true'])
})

test('jose, which has ES modules alone, signs and verifies by require and by import', async () => {
  const body = `
    const key = new TextEncoder().encode('0123456789abcdef0123456789abcdef')
    const token = await new jose.SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(key)
    const { payload } = await jose.jwtVerify(token, key)
    const imported = await import('jose')
    claim('verified', [payload.a, (await imported.jwtVerify(token, key)).payload.a])`
  expect((await claims(`const jose = require('jose')`, body)).verified).toEqual([1, 1])
})

test('lodash works, and lodash/fp, which is a file of its own', async () => {
  const head = `const _ = require('lodash'); const fp = require('lodash/fp'); const get = require('lodash/get')`
  const body = `claim('made', [_.chunk([1, 2, 3], 2), fp.map((n) => n * 2)([1, 2]), get({ a: { b: 1 } }, 'a.b'), _.VERSION])`
  expect((await claims(head, body)).made).toEqual([[[1, 2], [3]], [2, 4], 1, '4.18.1'])
})

test('uuid and node-fetch, which have ES modules alone, are what Node 22 makes of them by require', async () => {
  const head = `const uuid = require('uuid'); const fetched = require('node-fetch')`
  const body = `
    const answer = await fetched.default('http://127.0.0.1:' + event.secrets.PORT + '/fetch')
    const { default: imported } = await import('node-fetch')
    const again = await imported('http://127.0.0.1:' + event.secrets.PORT + '/imported')
    claim('uuid', [uuid.validate(uuid.v4()), Object.keys(uuid), uuid.__esModule, 'default' in uuid, Object.getPrototypeOf(uuid), String(uuid)])
    claim('fetch', [(await answer.json()).path, (await again.json()).path, fetched.__esModule, Object.keys(fetched), fetched.Response.name])`
  const found = await claims(head, body.replaceAll(', String(uuid)', ', Object.prototype.toString.call(uuid)'), {
    PORT: String(service.port),
  })
  const node = { uuid: await nodesOwn('uuid'), fetch: await nodesOwn('node-fetch') }
  expect(found.uuid).toEqual([true, node.uuid.keys, node.uuid.esModule, false, null, '[object Module]'])
  expect(found.fetch).toEqual(['/fetch', '/imported', node.fetch.esModule, node.fetch.keys, 'Response'])
})

/** What `require` answers in this very Node. */
async function nodesOwn(name: string): Promise<{ readonly keys: readonly string[]; readonly esModule: unknown }> {
  const { createRequire } = await import('node:module')
  const exports: object = createRequire(import.meta.url)(name)
  return { keys: Object.keys(exports), esModule: Reflect.get(exports, '__esModule') ?? null }
}

inFull('moment parses and formats', async () => {
  const body = `claim('day', moment.utc('2026-02-03T04:05:06Z').add(1, 'month').format('YYYY-MM-DD HH:mm'))`
  expect((await claims(`const moment = require('moment')`, body)).day).toBe('2026-03-03 04:05')
})

inFull('@slack/web-api posts a message', async () => {
  const body = `
    const slack = new WebClient('xoxb-secret', { slackApiUrl: 'http://127.0.0.1:' + event.secrets.PORT + '/api/' })
    const { ok, ts } = await slack.chat.postMessage({ channel: 'C1', text: 'issued' })
    claim('posted', { ok, ts })`
  const { posted } = await claims(`const { WebClient } = require('@slack/web-api')`, body, {
    PORT: String(service.port),
  })
  expect(posted).toEqual({ ok: true, ts: '1.2' })
  const request = service.received.find(({ path }) => path === '/api/chat.postMessage')
  expect(request?.headers.authorization).toBe('Bearer xoxb-secret')
  expect(request?.body).toContain('text=issued')
})

test('two actions of a process share no state of a package', async () => {
  const pool = await openPackagePool()
  const head = `const axios = require('axios')`
  const first = { code: action(head, `axios.defaults.headers.common.authorization = 'mine'; claim('a', 1)`), bundle }
  const second = { code: action(head, `claim('seen', String(axios.defaults.headers.common.authorization))`), bundle }
  try {
    const outcomes = await runActions(pool, opened, first, second)
    expect(claimsOf(outcomes[1]).seen).toBe('undefined')
  } finally {
    await pool.close()
  }
})
