import type { AuthoredCode } from '../compose-try.ts'
import type { FolderModule, FolderTenant } from '../tenant-folder/index.ts'
import type { FoundAction } from './find-action.ts'
import { exampleApi, exampleClient, exampleScopes } from './given-event.ts'

/** A tenant around one action, as if a folder said it: an API, a client that is granted all of it, and the action alone bound to the trigger. */
export function exampleTenantOf({ action, files }: FoundAction): FolderTenant {
  const [file = '', ...moduleFiles] = files
  const place = { file }
  const { name, runtime, modules } = action
  const client = exampleClient.client_id
  return {
    settings: {},
    clients: [{ place, name: client, app_type: 'non_interactive', grant_types: ['client_credentials'] }],
    resourceServers: [
      {
        ...{ place, name: 'Example API', identifier: exampleApi.identifier },
        scopes: exampleScopes.map((value) => ({ value })),
      },
    ],
    clientGrants: [{ place, client, audience: exampleApi.identifier, scope: exampleScopes }],
    organizations: [],
    modules: modules.map((module, index) => folderCode(module, moduleFiles[index] ?? file)),
    actions: [
      {
        ...folderCode(action, file),
        runtime,
        ...(modules.length > 0 && { modules: modules.map((module) => ({ module_name: module.name })) }),
        supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
        deployed: true,
      },
    ],
    bindings: [{ action_name: name, display_name: name }],
    unserved: {},
  }
}

function folderCode({ secrets, ...code }: AuthoredCode, codeFile: string): FolderModule {
  return {
    ...{ name: code.name, code: code.code, dependencies: code.dependencies },
    ...(code.sourceMap !== undefined && { sourceMap: code.sourceMap }),
    ...(code.fault !== undefined && { fault: code.fault }),
    place: { file: codeFile },
    codeFile,
    secrets: Object.entries(secrets).map(([name, value]) => ({ name, value })),
  }
}
