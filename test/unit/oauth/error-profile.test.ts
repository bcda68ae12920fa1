import { describe, expect, test } from 'vitest'
import { refusalAnswer } from '../../../src/oauth/error-profile.ts'
import { type RefusalReason, refusals, TokenRefusal } from '../../../src/oauth/refusals.ts'

/** Codes and statuses an answer may have by the RFCs, and by HTTP where they say nothing. */
const registered: Readonly<Record<string, readonly number[]>> = {
  // RFC 6749 §5.2
  invalid_request: [400],
  invalid_client: [401],
  invalid_grant: [400],
  unauthorized_client: [400],
  unsupported_grant_type: [400],
  invalid_scope: [400],
  // RFC 8707 §2
  invalid_target: [400],
  // RFC 7009 §2.2.1
  unsupported_token_type: [400],
  // RFC 9449 §5, §8
  invalid_dpop_proof: [400],
  use_dpop_nonce: [400],
  // RFC 6585 §4
  too_many_requests: [429],
  server_error: [500],
  temporarily_unavailable: [503],
}
const reasons = Object.keys(refusals) as RefusalReason[]
const anyValues = {
  parameter: 'p',
  grant_type: 'g',
  audience: 'a "b" \\ ü',
  client_id: 'c',
  organization: 'o',
  scopes: ['s'],
  reason: 'r "quoted" \\ ümlaut \n',
  request_id: 'i',
  fault: 'f',
  nonce: 'n',
}
const refusal = (reason: RefusalReason) => new TokenRefusal(reason, anyValues)

describe('in the strict profile every refusal', () => {
  test.each(reasons)('has a code and a status that the RFCs know: %s', (reason) => {
    const { status, body } = refusalAnswer(refusal(reason), 'strict', false)
    expect(registered[JSON.parse(body).error]).toContain(status)
  })

  test.each(reasons)('has a description of the characters that RFC 6749 §5.2 allows: %s', (reason) => {
    const { body } = refusalAnswer(refusal(reason), 'strict', false)
    expect(JSON.parse(body).error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  test.each(reasons)('has a challenge if and only if it is a 401: %s', (reason) => {
    const { status, headers } = refusalAnswer(refusal(reason), 'strict', false)
    expect(Object.keys(headers)).toEqual(status === 401 ? ['www-authenticate'] : [])
  })
})

describe('in Auth0’s profile every refusal', () => {
  test.each(reasons)('is its row as it stands: %s', (reason) => {
    const { status, body, headers } = refusalAnswer(refusal(reason), 'auth0', false)
    const { error, error_uri } = refusals[reason]
    expect(status).toBe(refusals[reason].status)
    expect(JSON.parse(body)).toEqual({
      error,
      error_description: refusal(reason).message,
      ...(error_uri !== undefined && { error_uri }),
    })
    expect(headers).toEqual({})
  })

  test('has a challenge for a client that used Basic, on a 401 alone', () => {
    expect(refusalAnswer(refusal('unauthenticated'), 'auth0', true).headers).toHaveProperty('www-authenticate')
    expect(refusalAnswer(refusal('audience-missing'), 'auth0', true).headers).toEqual({})
  })
})
