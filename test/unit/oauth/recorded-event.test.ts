import { describe, expect, test } from 'vitest'
import { resolveExchange } from '../../../src/oauth/client-credentials.ts'
import { recordedEvent } from '../../../src/oauth/recorded-event.ts'
import { audience, client, json, origin, settings, snapshotOf } from './given.ts'

/** What is kept of the event of a request with these further parameters. */
function recorded(parameters: object, client_metadata: Readonly<Record<string, string>> = {}) {
  const request = json({ grant_type: 'client_credentials', audience, client_id: 'client1', ...parameters })
  return recordedEvent(
    resolveExchange(request, { ...client, client_metadata }, snapshotOf(), { ...origin, user_agent: 'it/1' }, settings),
  )
}

test('the event is kept as the first action began with it, and with it what the client grant holds', () => {
  expect(recorded({ scope: 'read:a', correlation_id: 'c-1', region: 'eu' }, { tier: 'gold' })).toEqual({
    event: {
      accessToken: { scope: ['write:a', 'read:a'] },
      client: { client_id: 'client1', metadata: { tier: 'gold' }, name: 'First' },
      request: {
        body: {
          ...{ grant_type: 'client_credentials', audience, client_id: 'client1' },
          ...{ scope: 'read:a', correlation_id: 'c-1', region: 'eu' },
        },
        geoip: {},
        hostname: 'auth.example.com',
        ip: '192.0.2.1',
        method: 'POST',
        user_agent: 'it/1',
      },
      resource_server: { identifier: audience },
      tenant: { id: 'tenant1' },
      transaction: {
        correlation_id: 'c-1',
        requested_scopes: ['read:a'],
        target_scopes: ['write:a', 'read:a'],
      },
    },
  })
})

const someToken = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'

describe('what may be a credential is not kept, and told by its place alone:', () => {
  test.each<[string, object, string]>([
    ['a secret beside the one that actions do not see', { clientSecret: 'hidden1' }, 'clientSecret'],
    ['an assertion deep inside', { of: [{ it: { client_assertion: 'hidden1' } }] }, 'of.0.it.client_assertion'],
    ['a password', { user_password: 'hidden1' }, 'user_password'],
    ['a token by its name', { subject_token: { is: 'hidden1' } }, 'subject_token'],
    ['a token by its form', { context: someToken }, 'context'],
    ['a header', { context: `Basic ${Buffer.from('hidden1:hidden1').toString('base64')}` }, 'context'],
    ['a private key', { context: '-----BEGIN EC PRIVATE KEY-----\nhidden1' }, 'context'],
    ['a token in a list', { contexts: ['plain', someToken] }, 'contexts.1'],
    ['a key of an API', { 'X-Api-Key': 'hidden1' }, 'X-Api-Key'],
    ['a cookie', { cookies: ['hidden1'] }, 'cookies'],
    ['a secret of a list that a form spells', { 'client_secret[0]': 'hidden1' }, 'client_secret[0]'],
    ['a second password', { password2: 'hidden1' }, 'password2'],
    ['a secret behind a NUL', { 'client_secret\0': 'hidden1' }, 'client_secret\uFFFD'],
    ['a token within a text', { context: `sent ${someToken} on` }, 'context'],
    ['a header with its name', { context: 'authorization: bearer hidden1hidden1hidden1' }, 'context'],
    ['a query with a secret', { context: 'https://a.example/?client_secret=hidden1' }, 'context'],
    ['a query as it is sent in another', { context: 'next=%3Fclient_secret%3Dhidden1' }, 'context'],
    ['an object as text', { context: JSON.stringify({ password: 'hidden1' }) }, 'context'],
    ['an object as text within one', { context: JSON.stringify({ a: JSON.stringify({ otp: 'hidden1' }) }) }, 'context'],
    ['a user’s part of an address', { context: 'postgres://it:hidden1@db.example/' }, 'context'],
    ['a token in the place of a name', { [someToken]: '' }, '*'],
  ])('%s', (_what, parameters, place) => {
    const kept = recorded({ region: 'eu', ...parameters })
    expect(kept).toMatchObject({
      event: { request: { body: { region: 'eu' } } },
      event_withheld: [`request.body.${place}`],
    })
    expect(JSON.stringify(kept)).not.toMatch(/hidden1|eyJ/)
  })

  test('a secret in the metadata of the client', () => {
    expect(recorded({}, { webhook_secret: 'hidden1', tier: 'gold' })).toMatchObject({
      event: { client: { metadata: { tier: 'gold' } } },
      event_withheld: ['client.metadata.webhook_secret'],
    })
  })

  test('but what only speaks of one is', () => {
    const said = {
      client_assertion_type: 'urn:x',
      token_format: 'opaque',
      secretary: 'Ada',
      monkey: 'see',
      plan: 'Basic plan',
      wished: 'token:read secrets:write',
      callback: 'https://a.example:8443/@me?next=/',
    }
    expect(recorded(said)).toMatchObject({ event: { request: { body: said } } })
    expect(recorded(said)).not.toHaveProperty('event_withheld')
  })
})

test('an event of more than 16 KiB is not kept, whatever makes it so large, and it is said why', () => {
  const omitted = { event_omitted: 'the event is larger than 16384 bytes' }
  expect(recorded({ note: 'x'.repeat(15_000) })).toHaveProperty('event')
  expect(recorded({ note: 'ü'.repeat(9_000) })).toEqual(omitted)
  expect(recorded(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`n${n}_token`, n])))).toEqual(omitted)
})

test('what no log store holds is replaced, in names too', () => {
  const body = { 'a\0b': ['\uD800', { c: '\0' }], n: null, t: true }
  expect(recorded(body)).toMatchObject({
    event: { request: { body: { 'a\uFFFDb': ['\uFFFD', { c: '\uFFFD' }], n: null, t: true } } },
  })
})

test('a long text that nearly is one is read in no time', () => {
  for (const part of ['eyJ', 'eyJ-', 'token ', 'token"', '://a', '-----BEGIN ', 'bearer ', 'secret1'])
    expect(recorded({ note: part.repeat(10_000 / part.length) })).toHaveProperty('event')
}, 500)
