import { expect, test } from 'vitest'
import type { Client, Organization, TenantSnapshot } from '../../../src/domain/index.ts'
import { resolveOrganization } from '../../../src/oauth/organization.ts'
import { client, grant, refusalOf, snapshotOf } from './given.ts'

function snapshotWith(organizations: readonly Organization[]): TenantSnapshot {
  return {
    ...snapshotOf({ settings: { allow_organization_name_in_authentication_api: true } }),
    organizations: new Map(organizations.map((organization) => [organization.id, organization])),
    organizationsByName: new Map(organizations.map((organization) => [organization.name, organization])),
  }
}

const requiring = { ...grant, organization_usage: 'require', allow_any_organization: true } as const

test('a default organization that is gone is refused, not left out', () => {
  const lost: Client = { ...client, default_organization: { organization_id: 'org_1', flows: ['client_credentials'] } }
  expect(refusalOf(() => resolveOrganization(undefined, lost, requiring, snapshotWith([])))).toMatchObject({
    reason: 'organization-invalid',
    message: 'parameter organization is invalid: org_1',
  })
})

test('an id is never taken for the name of another organization', () => {
  const snapshot = snapshotWith([
    { id: 'org_1', name: 'acme' },
    { id: 'org_2', name: 'org_1' },
  ])
  expect(resolveOrganization('org_1', client, requiring, snapshot)?.id).toBe('org_1')
  expect(resolveOrganization('acme', client, requiring, snapshot)?.id).toBe('org_1')
  expect(resolveOrganization('org_2', client, requiring, snapshot)?.id).toBe('org_2')
})

test('a client grant without organization_usage takes no organization', () => {
  expect(resolveOrganization(undefined, client, grant, snapshotWith([]))).toBeUndefined()
  const named = () => resolveOrganization('org_1', client, grant, snapshotWith([{ id: 'org_1', name: 'acme' }]))
  expect(refusalOf(named).reason).toBe('organization-not-allowed')
})
