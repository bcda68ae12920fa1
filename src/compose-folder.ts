import { randomBytes } from 'node:crypto'
import type { Environment } from './config.ts'
import { credentialFault, findParseFault } from './deployment/index.ts'
import { isForServedTrigger, newId } from './domain/index.ts'
import { encryptionFault, newClientSecret } from './keys/index.ts'
import type { Store } from './storage/index.ts'
import {
  type Existing,
  type Finding,
  type FolderReading,
  type Make,
  readTenantFolder,
  sortFindings,
} from './tenant-folder/index.ts'

/** What is stored that a folder's objects can be matched with. An action for another trigger was never built: none of a folder's takes its place. */
export async function readExisting(store: Store): Promise<Existing> {
  const [clients, resourceServers, clientGrants, organizations, clientCredentials, everyAction, modules] =
    await Promise.all([
      store.clients.list(),
      store.resourceServers.list(),
      store.clientGrants.list(),
      store.organizations.list(),
      store.clientCredentials.list(),
      store.actions.list(),
      store.actionModules.list(),
    ])
  const actions = everyAction.filter(isForServedTrigger)
  return { clients, resourceServers, clientGrants, organizations, clientCredentials, actions, modules }
}

/** What a folder lacks and a running server needs. */
export const make: Make = {
  clientId: () => newId.client(randomBytes),
  clientSecret: newClientSecret,
  credentialId: () => newId.clientCredential(randomBytes),
  signingSecret: newClientSecret,
  resourceServerId: () => newId.resourceServer(randomBytes),
  grantId: () => newId.clientGrant(randomBytes),
  organizationId: () => newId.organization(randomBytes),
  actionId: () => newId.action(randomBytes),
  moduleId: () => newId.actionModule(randomBytes),
  bindingId: () => newId.binding(randomBytes),
  now: () => new Date().toISOString(),
}

/** Reads a tenant folder, parses its actions and modules and tries its keys: what does not parse and is no key is one of the folder's mistakes. */
export async function readFolder(
  root: string,
  environment: Environment,
  options: { readonly joinsServer?: boolean } = {},
): Promise<FolderReading> {
  return checkFolder(await readTenantFolder(root, { environment, ...options }))
}

/** What a reading says, with what is wrong with its code and its keys among the mistakes. */
export function checkFolder(reading: FolderReading): FolderReading {
  const unparsed = [...reading.actions, ...reading.modules].flatMap(
    ({ codeFile, code, ...compiled }): readonly Finding[] => {
      const fault = compiled.fault ?? findParseFault(code)
      if (fault === undefined) return []
      const place = fault.line === undefined ? { file: codeFile } : { file: codeFile, line: fault.line }
      const excerpt = fault.excerpt === undefined ? '' : `\n${fault.excerpt}`
      return [{ place, message: `does not parse: ${fault.message}${excerpt}` }]
    },
  )
  const { tenant, ...rest } = reading
  const badKeys = (tenant?.resourceServers ?? []).flatMap(({ token_encryption, place }): readonly Finding[] => {
    const message = token_encryption == null ? undefined : encryptionFault(token_encryption)
    return message === undefined ? [] : [{ place, message }]
  })
  const badCredentials = (tenant?.clients ?? []).flatMap(({ place, client_authentication_methods: methods }) =>
    [methods?.private_key_jwt, methods?.tls_client_auth, methods?.self_signed_tls_client_auth]
      .flatMap((method) => method?.credentials ?? [])
      .flatMap((credential): readonly Finding[] => {
        const message = credentialFault(credential)
        return message === undefined ? [] : [{ place: credential.place ?? place, message }]
      }),
  )
  badKeys.push(...badCredentials)
  if (unparsed.length + badKeys.length === 0) return reading
  return { ...rest, errors: sortFindings([...reading.errors, ...unparsed, ...badKeys]) }
}
