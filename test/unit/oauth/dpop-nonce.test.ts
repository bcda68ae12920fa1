import { expect, test } from 'vitest'
import { openDpopNonces } from '../../../src/oauth/dpop-nonce.ts'

const slotMs = 1_000
const nonces = openDpopNonces(Buffer.alloc(32, 1), slotMs)

test('a nonce is current in its slot and in the two beside it', () => {
  const nonce = nonces.issue(5_000)
  expect([3_999, 4_000, 5_000, 6_999, 7_000].map((at) => nonces.isCurrent(nonce, at))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
})

test('a nonce of another key, and what is no nonce, is not current', () => {
  const other = openDpopNonces(Buffer.alloc(32, 2), slotMs).issue(5_000)
  const own = nonces.issue(5_000)
  for (const nonce of [other, '', 'x', `${own}=`, own.slice(0, -1), 'ü'.repeat(own.length)])
    expect(nonces.isCurrent(nonce, 5_000)).toBe(false)
})
