import { describe, expect, test } from 'vitest'
import type { Client, KnownClient, PublicKeyCredential, TenantSnapshot } from '../../../src/domain/index.ts'
import { authenticateClient, type ClientAuthentication } from '../../../src/oauth/client-authentication.ts'
import { TokenRefusal } from '../../../src/oauth/refusals.ts'
import { openMemoryEphemeral } from '../../../src/storage/memory/ephemeral.ts'
import { client_assertion_type, type Members, newKey, signed } from '../../support/assertions.ts'
import { authentication, form, snapshotOf } from './given.ts'

const key = newKey('ES256')
const start = Date.UTC(2026, 5, 1)
const second = start / 1_000

const credential: PublicKeyCredential = {
  id: 'cred_1',
  client_id: 'client1',
  credential_type: 'public_key',
  pem: key.pem,
  kid: 'a-key-of-client1',
  alg: 'ES256',
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
}

function keyed(changes: Partial<PublicKeyCredential> = {}): TenantSnapshot {
  const client: Client = {
    client_id: 'client1',
    name: 'First',
    grant_types: ['client_credentials'],
    client_authentication_methods: { private_key_jwt: { credentials: [{ id: 'cred_1' }] } },
  }
  const known: KnownClient = { client, secret_digests: [], credentials: [{ ...credential, ...changes }] }
  return { ...snapshotOf(), clients: new Map([['client1', known]]) }
}

const claims = (changes: Members = {}): Members => ({
  iss: 'client1',
  sub: 'client1',
  aud: 'https://auth.example.com/',
  iat: second,
  exp: second + 60,
  jti: 'j1',
  ...changes,
})

/** The client's id when an assertion proves it, the reason for the log when it does not. */
async function outcome(
  assertion: string,
  nowMs: number,
  given: { readonly snapshot?: TenantSnapshot; readonly by?: Partial<ClientAuthentication> } = {},
): Promise<string> {
  const request = form({ client_assertion: assertion, client_assertion_type })
  try {
    const by = authentication({ clock: () => nowMs, ...given.by })
    return (await authenticateClient(request, given.snapshot ?? keyed(), by)).client_id
  } catch (error) {
    if (!(error instanceof TokenRefusal)) throw error
    expect(error).toMatchObject({ reason: 'assertion-rejected', status: 401, error: 'invalid_client' })
    return error.detail ?? ''
  }
}

describe('the clocks may differ by ten seconds and not by a moment more', () => {
  test.each<[string, Members, number, string]>([
    ['at the last moment after its end', { exp: second + 60 }, start + 69_999, 'client1'],
    [
      'ten seconds after its end',
      { exp: second + 60 },
      start + 70_000,
      "'exp' claim is in the past: the client assertion has expired",
    ],
    ['ten seconds before it was made', {}, start - 10_000, 'client1'],
    ['more than that before it was made', {}, start - 10_001, "'iat' claim is in the future"],
    ['ten seconds before it begins', { nbf: second + 10 }, start, 'client1'],
    ['more than that before it begins', { nbf: second + 10 }, start - 1, "'nbf' claim is in the future"],
    ['for five minutes', { exp: second + 300 }, start, 'client1'],
    [
      'for five minutes and a fraction',
      { exp: second + 300.001 },
      start,
      "'exp' claim must specify a time that is no more than 5 minutes after 'iat'",
    ],
    ['for five minutes and ten seconds, without iat', { iat: undefined, exp: second + 310 }, start, 'client1'],
    [
      'for longer, without iat',
      { iat: undefined, exp: second + 310 },
      start - 1,
      "'exp' claim must specify a time that is no more than 5 minutes from now",
    ],
  ])('an assertion %s', async (_when, changes, nowMs, expected) => {
    expect(await outcome(signed(key, claims(changes)), nowMs)).toBe(expected)
  })
})

describe('a jti is used once', () => {
  test('for as long as the assertion could be accepted, to the very end', async () => {
    let nowMs = start
    const clock = () => nowMs
    const by = { clock, ephemeral: openMemoryEphemeral(clock) }
    const assertion = signed(key, claims())
    expect(await outcome(assertion, start, { by })).toBe('client1')
    for (nowMs of [start, start + 1, start + 60_000, start + 69_999]) {
      expect(await outcome(assertion, nowMs, { by })).toBe("'jti' claim was used before")
    }
    nowMs = start + 70_000
    expect(await outcome(assertion, nowMs, { by })).toMatch(/has expired$/)
  })

  test('also when the clock goes back', async () => {
    let nowMs = start + 30_000
    const clock = () => nowMs
    const by = { clock, ephemeral: openMemoryEphemeral(clock) }
    const assertion = signed(key, claims())
    expect(await outcome(assertion, nowMs, { by })).toBe('client1')
    nowMs = start
    expect(await outcome(assertion, nowMs, { by })).toBe("'jti' claim was used before")
  })

  test('and a store that fails, or does not say yes, lets nobody in', async () => {
    const lost = async (): Promise<boolean> => {
      throw new Error('connection lost')
    }
    await expect(outcome(signed(key, claims()), start, { by: { ephemeral: { claim: lost } } })).rejects.toThrow('lost')
    const closed = openMemoryEphemeral(() => start)
    await closed.claim('x', start + 1)
    const no = async () => closed.claim('x', start + 1)
    expect(await outcome(signed(key, claims()), start, { by: { ephemeral: { claim: no } } })).toMatch(/used before$/)
  })
})

describe('a credential', () => {
  test.each([
    ['before its end', new Date(start + 1).toISOString(), 'client1'],
    ['at its end', new Date(start).toISOString(), 'the credential cred_1 has expired'],
    ['whose end cannot be read', 'some day', 'the credential cred_1 has expired'],
  ])('%s', async (_when, expires_at, expected) => {
    expect(await outcome(signed(key, claims()), start, { snapshot: keyed({ expires_at }) })).toBe(expected)
  })

  test('that cannot be read is a defect and lets nobody in', async () => {
    await expect(outcome(signed(key, claims()), start, { snapshot: keyed({ pem: 'none' }) })).rejects.toThrow()
  })

  test('is told to whoever notes its use, once it has proven its client', async () => {
    const noted: unknown[] = []
    const by = { noteUse: (proof: unknown, client_id: string) => noted.push([proof, client_id]) }
    expect(await outcome(signed(key, claims()), start, { by })).toBe('client1')
    await outcome(signed(newKey('ES256'), claims()), start, { by })
    expect(noted).toEqual([[credential, 'client1']])
  })
})
