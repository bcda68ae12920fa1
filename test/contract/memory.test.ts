import { expect, test } from 'vitest'
import { openMemoryEphemeral } from '../../src/storage/memory/ephemeral.ts'
import { openMemoryStore } from '../../src/storage/memory/store.ts'
import { ephemeralContract } from './ephemeral.ts'
import { storeContract } from './store.ts'

storeContract('the store in memory', async () => openMemoryStore())
ephemeralContract('ephemeral values in memory', async (clock) => openMemoryEphemeral(clock))

test('ephemeral values in memory do not pile up: expired ones are swept as others come', async () => {
  let nowMs = 0
  const ephemeral = openMemoryEphemeral(() => nowMs)
  await ephemeral.set('kept', 'value', Number.MAX_SAFE_INTEGER)
  for (; nowMs < 20_000; nowMs += 1) await ephemeral.claim(`jti-${nowMs}`, nowMs + 100)
  expect(ephemeral.size).toBeLessThanOrEqual(1_025)
  expect(await ephemeral.get('kept')).toBe('value')
})
