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

/** Writes a tenant folder with so many bound actions, one API and one client of usual size. */
export async function writeTenant(folder: string, actions: number): Promise<void> {
  const put = async (path: string, content: object | string) => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  const scopes = ['read:orders', 'write:orders', 'delete:orders']
  await put('tenant.json', { friendly_name: 'Bench' })
  await put('resource-servers/orders.json', {
    name: 'Orders',
    identifier: audience,
    scopes: scopes.map((value) => ({ value, description: value })),
    token_lifetime: 3600,
  })
  await put('clients/billing.json', {
    name: 'billing',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_metadata: Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [i === 0 ? 'plan' : `key${i}`, 'x'.repeat(120)]),
    ),
  })
  await put('grants/billing.json', { client_id: 'billing', audience, scope: scopes })
  const names = Array.from({ length: actions }, (_, i) => `action-${i}`)
  for (const name of names) {
    await put(`actions/${name}.json`, {
      name,
      code: `./actions/${name}/code.js`,
      runtime: 'node22',
      status: 'built',
      dependencies: [],
      secrets: [{ name: 'TIER', value: 'gold' }],
      supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
      deployed: true,
    })
    await put(`actions/${name}/code.js`, action)
  }
  await put('triggers/triggers.json', {
    'credentials-exchange': names.map((name) => ({ action_name: name, display_name: name })),
  })
}
