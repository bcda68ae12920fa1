import { expect, test } from 'vitest'
import { withFraction } from '../../../src/management/action-views.ts'

test.each([
  ['2026-01-31T10:20:30.123Z', 9, '2026-01-31T10:20:30.123000000Z'],
  ['2026-01-31T10:20:30.123Z', 6, '2026-01-31T10:20:30.123000Z'],
  ['2026-01-31T10:20:30Z', 6, '2026-01-31T10:20:30.000000Z'],
  ['2026-01-31T10:20:30.123456789Z', 9, '2026-01-31T10:20:30.123456789Z'],
])('the time %s is written with %i fractional digits', (time, digits, written) => {
  expect(withFraction(time, digits)).toBe(written)
})
