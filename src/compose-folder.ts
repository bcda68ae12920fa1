import { randomBytes } from 'node:crypto'
import type { Environment } from './config.ts'
import { findParseFault } from './deployment/index.ts'
import { newId } from './domain/index.ts'
import { newClientSecret } from './keys/index.ts'
import type { Store } from './storage/index.ts'
import {
  type Existing,
  type Finding,
  type FolderReading,
  type Make,
  readTenantFolder,
  sortFindings,
} from './tenant-folder/index.ts'

/** What is stored that a folder's objects can be matched with. */
export async function readExisting(store: Store): Promise<Existing> {
  const [clients, resourceServers, clientGrants, organizations, actions, modules] = await Promise.all([
    store.clients.list(),
    store.resourceServers.list(),
    store.clientGrants.list(),
    store.organizations.list(),
    store.actions.list(),
    store.actionModules.list(),
  ])
  return { clients, resourceServers, clientGrants, organizations, actions, modules }
}

/** What a folder lacks and a running server needs. */
export const make: Make = {
  clientId: () => newId.client(randomBytes),
  clientSecret: newClientSecret,
  resourceServerId: () => newId.resourceServer(randomBytes),
  grantId: () => newId.clientGrant(randomBytes),
  organizationId: () => newId.organization(randomBytes),
  actionId: () => newId.action(randomBytes),
  moduleId: () => newId.actionModule(randomBytes),
  bindingId: () => newId.binding(randomBytes),
  now: () => new Date().toISOString(),
}

/** Reads a tenant folder and parses its actions and modules: what does not parse is one of the folder's mistakes. */
export async function readFolder(root: string, environment: Environment): Promise<FolderReading> {
  const reading = await readTenantFolder(root, { environment })
  const unparsed = [...reading.actions, ...reading.modules].flatMap(({ codeFile, code }): readonly Finding[] => {
    const fault = findParseFault(code)
    if (fault === undefined) return []
    const place = fault.line === undefined ? { file: codeFile } : { file: codeFile, line: fault.line }
    const excerpt = fault.excerpt === undefined ? '' : `\n${fault.excerpt}`
    return [{ place, message: `does not parse: ${fault.message}${excerpt}` }]
  })
  if (unparsed.length === 0) return reading
  const { tenant, ...rest } = reading
  return { ...rest, errors: sortFindings([...reading.errors, ...unparsed]) }
}
