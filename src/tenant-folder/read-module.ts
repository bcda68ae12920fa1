import { findRequiredModule, limits } from '../domain/index.ts'
import type { FolderFiles } from './folder-files.ts'
import type { FolderModule } from './folder-tenant.ts'
import type { Item } from './item.ts'
import { overLimit, type Placed } from './objects.ts'
import { listPlaces, readCode, readDependencies, readSecrets } from './read-code-parts.ts'
import { readObject } from './read-object.ts'
import type { Variables } from './variables.ts'

/**
 * Reads an actions module and its code. Refuses code outside the folder or that requires another module, and what is over a limit. Its
 * secrets are read as an action's are.
 */
export async function readModule(
  item: Item,
  files: FolderFiles,
  variables: Variables,
): Promise<Placed<FolderModule> | undefined> {
  const { findings } = files
  const members = readObject(item, [], 'actionModule', findings)
  if (members === undefined) return undefined
  const name = String(members.name)
  if (members.id !== undefined) findings.warn(item.placeOf(['id']), 'id: ignored; the server gives its own')
  const source = await readCode(item, String(members.code), files)
  const { code, codeFile, sourceMap } = source
  if (code.length > limits.moduleCodeLength)
    findings.error({ file: codeFile }, overLimit('the code', code.length, 'characters', limits.moduleCodeLength))
  const nested = findRequiredModule(code)
  if (nested !== undefined)
    findings.error(
      { file: codeFile, ...(sourceMap === undefined && { line: nested.line }) },
      `requires ${JSON.stringify(`actions:${nested.name}`)}, and a module cannot use another one; copy what it needs into it`,
    )
  const dependencies = readDependencies(item, { noun: 'the module', limit: limits.moduleDependencies }, findings)
  const module: FolderModule = {
    place: item.placeOf([]),
    name,
    ...source,
    dependencies,
    ...listPlaces(item, { dependencies }),
    ...readSecrets(
      item,
      { noun: 'module', name, limit: limits.moduleSecrets, nameLength: limits.moduleSecretNameLength },
      findings,
      variables,
    ),
  }
  return { object: module, item }
}
