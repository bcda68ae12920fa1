import { describe, expect, test } from 'vitest'
import type { Client } from '../../../src/domain/index.ts'
import { authenticateClient } from '../../../src/oauth/client-authentication.ts'
import { authentication, findSecret, form, refusalOf, snapshotOf } from './given.ts'

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

function outcome(parameters: Record<string, string>, client: Partial<Client> = {}, authorization?: string) {
  return refusalOf(() => authenticateClient(form(parameters, authorization), snapshotOf({ client }), authentication()))
}

describe('a client proves itself with its secret', () => {
  test.each(['client_secret_post', 'client_secret_basic', null] as const)(
    'by header and by body alike when its method is %s',
    (token_endpoint_auth_method) => {
      const snapshot = snapshotOf({ client: { token_endpoint_auth_method } })
      for (const request of [
        form({ client_id: 'client1', client_secret: 'secret1' }),
        form({}, basic('client1:secret1')),
        form({ client_id: 'client1', client_secret: 'secret1' }, basic('client1:secret1')),
      ]) {
        expect(authenticateClient(request, snapshot, authentication())).toMatchObject({ client_id: 'client1' })
      }
    },
  )
})

describe('a client is refused', () => {
  const unauthorized = { reason: 'unauthenticated', status: 401, error: 'access_denied', message: 'Unauthorized' }
  const keyed = { client_authentication_methods: { private_key_jwt: { credentials: [{ id: 'cred_1' }] } } }

  test.each<[string, Record<string, string>, Partial<Client>]>([
    ['nobody knows it', { client_id: 'nobody', client_secret: 'secret1' }, {}],
    ['its id holds a NUL', { client_id: 'client1\0', client_secret: 'secret1' }, {}],
    ['its id is absurdly long', { client_id: 'c'.repeat(60_000), client_secret: 'secret1' }, {}],
    ['its id is a name every object has', { client_id: 'constructor', client_secret: 'secret1' }, {}],
    ['its secret is wrong', { client_id: 'client1', client_secret: 'secret2' }, {}],
    ['it sends no secret', { client_id: 'client1' }, {}],
    ['it sends an empty secret', { client_id: 'client1', client_secret: '' }, {}],
    ['it is to use a key and sends a secret', { client_id: 'client1', client_secret: 'secret1' }, keyed],
    [
      'it is public by one setting and keyed by the other',
      { client_id: 'client1', client_secret: 'secret1' },
      {
        ...keyed,
        token_endpoint_auth_method: 'none',
      },
    ],
  ])('with the same answer when %s', (_name, parameters, client) => {
    expect(outcome(parameters, client)).toEqual(unauthorized)
  })

  test('when it names no client', () => {
    expect(outcome({ client_secret: 'secret1' })).toMatchObject({
      status: 401,
      error: 'invalid_client',
      message: 'Missing client_id',
    })
  })

  test('as one without the grant type when it is public, whatever it sends', () => {
    for (const parameters of [{}, { client_secret: 'secret1' }, { client_secret: 'wrong' }]) {
      expect(outcome({ client_id: 'client1', ...parameters }, { token_endpoint_auth_method: 'none' })).toMatchObject({
        reason: 'grant-type-not-allowed',
        status: 403,
        error: 'unauthorized_client',
      })
    }
  })
})

test('an unknown client costs the same comparisons as a wrong secret', () => {
  const countFor = (client_id: string) => {
    let comparisons = 0
    const findClientSecret = (presented: string, digests: readonly Uint8Array[]) => {
      comparisons++
      return findSecret(presented, digests)
    }
    const request = form({}, basic(`${client_id}:a%2Bb`))
    refusalOf(() => authenticateClient(request, snapshotOf(), authentication({ findClientSecret })))
    return comparisons
  }
  expect(countFor('nobody')).toBe(2)
  expect(countFor('client1')).toBe(2)
})

describe('of two client secrets', () => {
  const end = Date.UTC(2026, 0, 2)
  const ask = (secret: string, nowMs: number) => {
    const snapshot = snapshotOf()
    const client = { ...snapshot.clients.get('client1')?.client, client_id: 'client1', name: 'First', grant_types: [] }
    const known = {
      client,
      secret_digests: [Buffer.from('new'), Buffer.from('old')],
      secret_ends: [Number.POSITIVE_INFINITY, end],
    }
    const noted: unknown[] = []
    const clients = new Map([['client1', known]])
    const request = form({ client_id: 'client1', client_secret: secret })
    const noteUse = (proof: unknown) => noted.push(proof)
    const result = authenticateClient(
      request,
      { ...snapshot, clients },
      authentication({ clock: () => nowMs, noteUse }),
    )
    return { result, noted }
  }

  test('both prove the client until the one before ends, and which one did is noted', () => {
    expect(ask('old', end - 1).noted).toEqual([Buffer.from('old')])
    expect(ask('new', end - 1).noted).toEqual([Buffer.from('new')])
    expect(ask('new', end + 1e12).result).toMatchObject({ client_id: 'client1' })
  })

  test('the one before proves nothing from its end on, and is refused like any wrong one', () => {
    expect(refusalOf(() => ask('old', end))).toMatchObject({ reason: 'unauthenticated', message: 'Unauthorized' })
  })
})
