import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readTenantFolder } from '../../../src/tenant-folder/index.ts'

const quickstart = fileURLToPath(new URL('../../../examples/quickstart', import.meta.url))

describe('the quickstart', () => {
  test('is a tenant folder without an error or a warning, and needs nothing of the environment', async () => {
    const { tenant, errors, warnings } = await readTenantFolder(quickstart, { environment: {} })
    expect([...errors, ...warnings]).toEqual([])
    expect(tenant?.clients.map(({ name }) => name)).toEqual(['billing-service', 'partner-portal'])
    expect(tenant?.bindings.map(({ action_name }) => action_name)).toEqual(['partner-gate', 'enrich-token'])
    for (const client of tenant?.clients ?? []) {
      expect(tenant?.clientGrants.some((grant) => grant.client === client.name)).toBe(true)
    }
  })
})
