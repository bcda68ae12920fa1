import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Files by path; a value that is not a text is written as JSON, two spaces deep. */
export type Files = Readonly<Record<string, unknown>>

/** Writes files into a fresh folder of their own, gone when the test is. */
export async function folderOnDisk(files: Files): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'tenant-folder-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const root = join(parent, 'tenant')
  await mkdir(root)
  await write(root, files)
  return root
}

/** Writes files into a folder that is there. */
export async function write(root: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
}

/** A small tenant without a fault. */
export const soundFolder = {
  'tenant.json': { friendly_name: 'Sound', default_audience: 'https://orders.example.com' },
  'resource-servers/Orders.json': {
    name: 'Orders',
    identifier: 'https://orders.example.com',
    scopes: [{ value: 'read:orders' }, { value: 'write:orders' }],
  },
  'clients/billing.json': { name: 'billing', client_metadata: { team: 'billing' } },
  'grants/billing.json': {
    client_id: 'billing',
    audience: 'https://orders.example.com',
    scope: ['read:orders'],
  },
  'organizations/acme.json': { name: 'acme', display_name: 'Acme', client_grants: [{ client_id: 'billing' }] },
  'actions/enrich.json': {
    name: 'enrich',
    code: './actions/enrich/code.js',
    runtime: 'node22',
    secrets: [{ name: 'SALT', value: 'pepper' }],
    supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
    deployed: true,
  },
  'actions/enrich/code.js': 'exports.onExecuteCredentialsExchange = async (event, api) => {}\n',
  'triggers/triggers.json': { 'credentials-exchange': [{ action_name: 'enrich', display_name: 'Enrich' }] },
} as const satisfies Files
