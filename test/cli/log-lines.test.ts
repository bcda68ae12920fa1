import { expect, test } from 'vitest'
import { logLines } from '../../src/cli/log-lines.ts'

const entry = {
  log_id: '900202611262137580000000000000006',
  date: '2026-11-26T21:37:58.585Z',
  type: 'seccft',
  description: 'Client Credentials for Access Token',
  client_id: 'BillingClientId',
  client_name: 'billing',
  audience: 'https://orders.example.com',
  scope: 'read:orders write:orders',
}
const ruleOf = (rule: string) => (rule === 'no-name' ? 'a claim name is a non-empty string' : undefined)

test('a token is one line: when, what, who, for which audience and with which scopes', () => {
  expect(logLines(entry, ruleOf)).toEqual([
    '2026-11-26T21:37:58.585Z  token          billing → https://orders.example.com  read:orders write:orders',
  ])
})

test('where its event is kept, a line says how to run it again', () => {
  expect(logLines({ ...entry, details: { symbolon: { event: {} } } }, ruleOf)[1]).toBe(
    '  its event: symbolon try FILE --from-log 900202611262137580000000000000006',
  )
})

test('of many scopes the first are named, and the others counted', () => {
  const scope = Array.from({ length: 20 }, (_, index) => `s${index}`).join(' ')
  expect(logLines({ ...entry, scope }, ruleOf)[0]).toMatch(/ {2}s0 s1 s2 s3 s4 s5 s6 s7 and 12 more scopes$/)
})

test('a refusal says why, and below it what only the log tells', () => {
  const details = { client_authentication_error: 'no secret was sent', symbolon: { reason: 'client-unauthenticated' } }
  const refused = { ...entry, type: 'feccft', description: 'Unauthorized', client_name: null, client_id: null, details }
  expect(logLines(refused, ruleOf)).toEqual([
    '2026-11-26T21:37:58.585Z  no token       unknown client → https://orders.example.com  Unauthorized',
    '  client-unauthenticated: no secret was sent',
  ])
})

test('what was printed and what was dropped stands below, each drop with its rule', () => {
  const symbolon = {
    console: [{ action: 'enrich', text: 'one\ntwo' }],
    dropped: [
      { kind: 'claim', action: 'enrich', name: '', rule: 'no-name' },
      { kind: 'scope', action: 'gate', name: 'x', rule: 'of-a-later-version' },
    ],
    dropped_beyond: 3,
  }
  expect(logLines({ ...entry, details: { symbolon } }, ruleOf).slice(1)).toEqual([
    '  enrich │ one',
    '  enrich │ two',
    '  dropped claim "" of enrich: a claim name is a non-empty string (no-name)',
    '  dropped scope "x" of gate: of-a-later-version',
    '  dropped 3 more',
  ])
})

test('a type that is not ours is shown by its code, and nothing moves the cursor', () => {
  expect(logLines({ ...entry, type: 'xyz', description: 'up\u001b[1A\nand on' }, ruleOf)[0]).toBe(
    '2026-11-26T21:37:58.585Z  xyz            billing → https://orders.example.com  up\\u001b[1A\\nand on',
  )
})
