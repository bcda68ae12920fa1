import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const audience = 'https://orders.example.com'

/** An action of the usual kind: three claims, one cache read, one write, two scope calls. */
export const action = `exports.onExecuteCredentialsExchange = async (event, api) => {
  const known = api.cache.get('plan:' + event.client.client_id)
  if (known === undefined) api.cache.set('plan:' + event.client.client_id, event.client.metadata.plan ?? 'free')
  else api.cache.set('seen', known.value)
  api.accessToken.setCustomClaim('https://example.com/plan', event.client.metadata.plan)
  api.accessToken.setCustomClaim('https://example.com/tenant', event.tenant.id)
  api.accessToken.setCustomClaim('tier', event.secrets.TIER)
  api.transaction.removeTargetScope('delete:orders')
  if (event.request.body.full !== 'no') api.transaction.addTargetScope('delete:orders')
}
`

/** What a tenant has beside one API. */
export interface BenchTenant {
  readonly actions: number
  readonly clients: number
  readonly signing_alg?: string
  /** Every token is of an organization. */
  readonly organization?: boolean
  /** Every client has a quota, far off. */
  readonly quota?: boolean
  /** The API asks for DPoP. */
  readonly dpop?: boolean
}

/** Writes a tenant folder: clients of usual size, one API, bound actions. As YAML: a folder of so many files would take long to write. */
export async function writeTenant(folder: string, tenant: BenchTenant): Promise<void> {
  const { actions, clients, organization, quota, dpop, signing_alg } = tenant
  const put = async (path: string, content: object | string) => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  const scopes = ['read:orders', 'write:orders', 'delete:orders']
  const names = Array.from({ length: actions }, (_, i) => `action-${i}`)
  for (const name of names) await put(`actions/${name}/code.js`, action)
  const clientNames = Array.from({ length: clients }, (_, i) => `client-${i}`)
  const content = {
    tenant: { friendly_name: 'Bench' },
    resourceServers: [
      {
        name: 'Orders',
        identifier: audience,
        scopes: scopes.map((value) => ({ value, description: value })),
        token_lifetime: 3600,
        ...(signing_alg === undefined ? {} : { signing_alg }),
        ...(dpop === true && { proof_of_possession: { mechanism: 'dpop', required: true } }),
      },
    ],
    clients: clientNames.map((name) => ({
      name,
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
      client_metadata: Object.fromEntries(
        Array.from({ length: 8 }, (_, i) => [i === 0 ? 'plan' : `key${i}`, 'x'.repeat(120)]),
      ),
      ...(quota === true && { token_quota: { client_credentials: { per_hour: 2_000_000_000 } } }),
    })),
    clientGrants: clientNames.map((client_id) => ({
      client_id,
      audience,
      scope: scopes,
      ...(organization === true && { organization_usage: 'require', allow_any_organization: true }),
    })),
    organizations: organization === true ? [{ name: 'acme', display_name: 'Acme' }] : [],
    actions: names.map((name) => ({
      name,
      code: `./actions/${name}/code.js`,
      runtime: 'node22',
      status: 'built',
      dependencies: [],
      secrets: [{ name: 'TIER', value: 'gold' }],
      supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
      deployed: true,
    })),
    triggers: { 'credentials-exchange': names.map((name) => ({ action_name: name, display_name: name })) },
  }
  // JSON is YAML.
  await put('tenant.yaml', content)
}
