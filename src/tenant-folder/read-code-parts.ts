import type { ActionDependency } from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import type { FolderFiles } from './folder-files.ts'
import type { FolderAction } from './folder-tenant.ts'
import type { Item, Path } from './item.ts'
import { overLimit } from './objects.ts'
import { readObjects } from './read-object.ts'
import { compileTypeScript, isTypeScript } from './typescript.ts'
import type { Variables } from './variables.ts'

/** The code of an action or a module, compiled where it is TypeScript. Refuses a file outside of the folder; a source that cannot be compiled has a fault. */
export async function readCode(
  item: Item,
  path: string,
  files: FolderFiles,
): Promise<Pick<FolderAction, 'code' | 'codeFile' | 'sourceMap' | 'fault'>> {
  const source = await files.readNamed(path, item.placeOf(['code']), 'code')
  if (source === undefined) return { code: '', codeFile: '' }
  const { file, text } = source
  return { codeFile: file, ...(isTypeScript(file) ? await compileTypeScript(file, text) : { code: text }) }
}

/** The npm packages that an action or a module declares; one that names no version asks for the latest. Refuses those over the limit and doubles. */
export function readDependencies(
  item: Item,
  owner: { readonly noun: string; readonly limit: number },
  findings: FindingList,
): readonly ActionDependency[] {
  const path = ['dependencies']
  const dependencies = readObjects(item, path, 'dependency', findings)
  if (dependencies.length > owner.limit)
    findings.error(item.placeOf(path), overLimit(owner.noun, dependencies.length, 'dependencies', owner.limit))
  const seen = new Set<string>()
  return dependencies.map(({ path: at, value }) => {
    const name = String(value.name)
    if (seen.has(name)) findings.error(item.placeOf(at), `dependency ${JSON.stringify(name)} is named twice; keep one`)
    seen.add(name)
    // Auth0 echoes this member and asks its own registry all the same.
    if (typeof value.registry_url === 'string' && value.registry_url !== '')
      findings.error(
        item.placeOf([...at, 'registry_url']),
        'registry_url is not available: packages come from the registry of this server; take it out',
      )
    const { version } = value
    return { name, version: typeof version === 'string' && version.trim() !== '' ? version : 'latest' }
  })
}

/** Where the lists stand that a build may find fault with. */
export function listPlaces(
  item: Item,
  lists: { readonly dependencies: readonly unknown[]; readonly modules?: readonly unknown[] },
): Pick<FolderAction, 'listPlaces'> {
  const { dependencies, modules = [] } = lists
  if (dependencies.length + modules.length === 0) return {}
  return {
    listPlaces: {
      ...(dependencies.length > 0 && { dependencies: item.placeOf(['dependencies']) }),
      ...(modules.length > 0 && { modules: item.placeOf(['modules']) }),
    },
  }
}

/**
 * The secrets of an action or a module that have a value, in their file or in the variable of their name. One without is left out, with a
 * warning. Refuses those over a limit and doubles.
 */
export function readSecrets(
  item: Item,
  owner: { readonly noun: string; readonly name: string; readonly limit: number; readonly nameLength: number },
  findings: FindingList,
  variables: Variables,
): Pick<FolderAction, 'secrets' | 'unsetSecrets'> {
  const path = ['secrets']
  const secrets = readObjects(item, path, 'secret', findings)
  if (secrets.length > owner.limit)
    findings.error(item.placeOf(path), overLimit(`the ${owner.noun}`, secrets.length, 'secrets', owner.limit))
  const read = new Map<string, string>()
  const unset: string[] = []
  for (const { path: at, value: members } of secrets) {
    const name = String(members.name)
    if (name.length > owner.nameLength)
      findings.error(
        item.placeOf([...at, 'name']),
        overLimit('the name of the secret', name.length, 'characters', owner.nameLength),
      )
    if (read.has(name)) findings.error(item.placeOf(at), `secret ${JSON.stringify(name)} is named twice`)
    const value = typeof members.value === 'string' ? members.value : variables.get(name)
    if (value !== undefined) read.set(name, value)
    else {
      unset.push(name)
      if (!variables.joinsServer) warnOfAbsence(item, at, owner, name, findings)
    }
  }
  return {
    secrets: [...read].map(([name, value]) => ({ name, value })),
    ...(unset.length > 0 && { unsetSecrets: unset }),
  }
}

function warnOfAbsence(
  item: Item,
  path: Path,
  owner: { readonly noun: string; readonly name: string },
  name: string,
  findings: FindingList,
): void {
  findings.warn(
    item.placeOf(path),
    `secret ${JSON.stringify(name)} of ${owner.noun} ${JSON.stringify(owner.name)} has no value, so the ${owner.noun} does not see it; set ${name} in the environment or in .env`,
  )
}
