import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { actionOfHook, FormFault } from '../../src/authoring/index.ts'
import { openTries, type Tried, type Tries } from '../../src/compose-try.ts'
import { readConfig } from '../../src/config.ts'
import { createObserver } from '../../src/observe.ts'
import { inFull } from '../support/in-full.ts'
import { openRegistry } from '../support/registry.ts'

let tries: Tries
beforeAll(async () => {
  const config = readConfig({ EXECUTION_DEADLINE_MS: '500' })
  tries = await openTries({ config, observer: createObserver({ level: 'silent' }) })
})
afterAll(() => tries.close())

const granted = ['read:orders', 'write:orders']
const event = {
  client: { client_id: 'c1', name: 'Billing', metadata: { team: 'billing' } },
  request: { body: { region: 'eu' } },
  resource_server: { identifier: 'https://orders.example.com' },
  accessToken: { scope: granted },
  transaction: { target_scopes: granted },
}

/** Runs a Hook as the Action that is made of it. */
async function runHook(source: string, given = event): Promise<Tried> {
  const { code } = await actionOfHook(source, 'hook.js')
  const action = { name: 'hook', code, secrets: { API_KEY: 'k' }, dependencies: [], runtime: 'node22', modules: [] }
  const end = await tries.run({ tenant: 'acme', actions: [action], event: given })
  if (end.kind !== 'ran') throw new Error(`nothing ran: ${JSON.stringify(end)}`)
  return end.tried
}

function answering(body: string): string {
  return `module.exports = function (client, scope, audience, context, cb) {\n${body}\n}`
}

describe('a Hook as an Action', () => {
  test('is called with the five arguments it knows, and its text stays as it was', async () => {
    const source = `'use strict'\r\nconst { createHash } = require('crypto') // ünchanged\r\n${answering(`
  const digest = createHash('sha256').update(context.webtask.secrets.API_KEY).digest('hex').slice(0, 4)
  const claim = { client, scope, audience, region: context.body.region, digest, that: this === undefined }
  setTimeout(() => cb(null, { scope, 'https://a.example/seen': claim }), 1)`)}\n// no line break at its end`
    const { code } = await actionOfHook(source, 'hook.js')
    expect(code).toContain(source)
    const { result } = await runHook(source)
    expect(result).toMatchObject({
      kind: 'granted',
      scopes: granted,
      dropped: [],
      claims: {
        'https://a.example/seen': {
          client: { id: 'c1', name: 'Billing', tenant: 'acme', metadata: { team: 'billing' } },
          scope: granted,
          audience: 'https://orders.example.com',
          region: 'eu',
          digest: '8254',
          that: true,
        },
      },
    })
  })

  test('adds no scope to the client grant, and only claims whose name is a URL', async () => {
    const { result, logs } = await runHook(
      answering(`const token = { scope: [scope[0]], plain: 1, 'https://a.example/tier': 'gold' }
  token.scope.push('admin')
  cb(null, token)
  cb(new Error('too late'))`),
    )
    expect(result).toMatchObject({
      kind: 'granted',
      scopes: ['read:orders'],
      claims: { 'https://a.example/tier': 'gold' },
      dropped: [{ kind: 'scope', name: 'admin', rule: 'outside-grant' }],
    })
    expect(logs).toEqual([
      'The Hook called back once more; only the first call counts.',
      `The Hook's claim "plain" is ignored, as it was of a Hook: its name is no URL.`,
    ])
  })

  test('that answers no scope empties the scopes of the token', async () => {
    const { result } = await runHook(answering(`cb(null, { 'https://a.example/a': 1 })`))
    expect(result).toMatchObject({ kind: 'granted', scopes: [], claims: { 'https://a.example/a': 1 } })
  })

  const refusals: readonly (readonly [error: string, code: string, reason: string])[] = [
    [`new InvalidScopeError('no such scope')`, 'invalid_scope', 'no such scope'],
    [`new InvalidRequestError('no')`, 'invalid_request', 'no'],
    [`new ServerError('busy')`, 'server_error', 'busy'],
    [`new Error('plain')`, 'server_error', 'plain'],
    [`'a text'`, 'server_error', 'a text'],
  ]
  const [first, ...others] = refusals
  for (const [error, code, reason] of first === undefined ? [] : [first]) {
    test(`that calls back with ${error} denies by ${code}`, async () => {
      const { result } = await runHook(answering(`cb(${error})`))
      expect(result).toMatchObject({ kind: 'denied', error: code, reason })
    })
  }
  for (const [error, code, reason] of others) {
    inFull(`that calls back with ${error} denies by ${code}`, async () => {
      const { result } = await runHook(answering(`cb(${error})`))
      expect(result).toMatchObject({ kind: 'denied', error: code, reason })
    })
  }

  test('that throws, at once or in a promise, fails the exchange', async () => {
    const [thrown, rejected] = await Promise.all([
      runHook(answering(`throw new InvalidScopeError('not by cb')`)),
      runHook(`module.exports = async () => { await null; throw new TypeError('later') }`),
    ])
    expect(thrown).toMatchObject({ failure: 'threw', error: { name: 'InvalidScopeError', message: 'not by cb' } })
    expect(rejected).toMatchObject({ failure: 'threw', error: { name: 'TypeError', message: 'later' } })
  })

  test('that never calls back is ended at the deadline', async () => {
    expect(await runHook(answering(''))).toMatchObject({ failure: 'timed-out', result: { kind: 'failed' } })
  })

  inFull('of a token without scopes is given none, not an empty list', async () => {
    const given = { ...event, accessToken: { scope: [] }, transaction: { target_scopes: [] } }
    const { result } = await runHook(
      answering(`cb(null, { scope, 'https://a.example/none': scope === undefined })`),
      given,
    )
    expect(result).toMatchObject({ kind: 'granted', scopes: [], claims: { 'https://a.example/none': true } })
  })

  inFull('that answers scopes of another kind fails the exchange', async () => {
    expect(await runHook(answering(`cb(null, { scope: 'read:orders' })`))).toMatchObject({ failure: 'threw' })
  })
})

inFull('a Hook that requires a package by its version, as only Hooks may, gets that one', async () => {
  const files = { 'index.js': "module.exports = (name) => 'hello ' + name" }
  const registry = await openRegistry([{ name: 'greet', version: '1.2.0', files }])
  onTestFinished(() => registry.close())
  const config = readConfig({ ACTIONS_REGISTRY: registry.url })
  const withPackages = await openTries({ config, observer: createObserver({ level: 'silent' }) })
  onTestFinished(() => withPackages.close())
  const { code, dependencies } = await actionOfHook(
    `const greet = require('greet@1.2.0')\n${answering(`cb(null, { scope, 'https://a.example/said': greet(client.name) })`)}`,
    'hook.js',
  )
  const action = { name: 'hook', code, secrets: {}, dependencies, runtime: 'node22', modules: [] }
  const end = await withPackages.run({ tenant: 'acme', actions: [action], event })
  expect(end).toMatchObject({
    tried: { result: { kind: 'granted', claims: { 'https://a.example/said': 'hello Billing' } } },
  })
})

describe('what a Hook needs', () => {
  test('is read from it: packages at the versions it names, secrets by every spelling, and what is gone', async () => {
    const { dependencies, secrets, warnings } = await actionOfHook(
      `const fs = require('fs'), axios = require('axios@0.22.0'), get = require('lodash/get'), s = require('@acme/sdk@2/x')
module.exports = (client, scope, audience, context, cb) => {
  const { API_KEY, URL: url } = context.webtask.secrets
  context.webtask.storage.get(() => cb(null, [API_KEY, url, context.webtask.secrets.THIRD, context.webtask.secrets['FOURTH']]))
}`,
      'hook.js',
    )
    expect(dependencies).toEqual([
      { name: '@acme/sdk', version: '2' },
      { name: 'axios', version: '0.22.0' },
      { name: 'lodash', version: 'latest' },
    ])
    expect(secrets).toEqual(['API_KEY', 'FOURTH', 'THIRD', 'URL'])
    expect(warnings).toEqual([
      "hook.js: requires lodash of no version; pin what you use today in the Action's JSON file",
      'hook.js: uses context.webtask.storage, which an Action does not have; keep such values in api.cache',
    ])
  })

  test('is nothing that stands in its comments alone', async () => {
    const hook = `/*! secrets.OLD, exports.onExecutePostLogin */ ${answering('// context.webtask.storage, secrets.OLDER\n  cb(null, { scope })')}`
    expect(await actionOfHook(hook, 'hook.js')).toMatchObject({ dependencies: [], secrets: [], warnings: [] })
  })

  test('is a Hook: whatever else is refused with the way out', async () => {
    const refused: readonly (readonly [source: string, message: string])[] = [
      ['module.exports = function (', 'hook.js:1: does not parse'],
      ['} { module.exports = 1', 'hook.js:1: does not parse'],
      ['exports.onExecuteCredentialsExchange = async () => {}', 'hook.js is an Action already'],
      ['console.log(1)', 'hook.js is no Hook: give a file with module.exports = function'],
      [`module.exports = require('./other')`, 'hook.js: requires ./other, and an Action is one file'],
    ]
    for (const [source, message] of refused) {
      const made = actionOfHook(source, 'hook.js')
      await expect(made).rejects.toThrow(FormFault)
      await expect(made).rejects.toThrow(message)
    }
  })
})
