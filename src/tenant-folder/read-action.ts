import { credentialsExchange, defaultRuntime, limits } from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import type { FolderFiles } from './folder-files.ts'
import type { FolderAction } from './folder-tenant.ts'
import type { Item } from './item.ts'
import { overLimit, type Placed } from './objects.ts'
import { listPlaces, readCode, readDependencies, readSecrets } from './read-code-parts.ts'
import { readObject, readObjects } from './read-object.ts'
import type { Variables } from './variables.ts'

/** Whether an action belongs to other triggers alone: it is kept then, neither checked nor run. */
export function isOfOtherTrigger(item: Item): boolean {
  const triggers = item.at(['supported_triggers'])
  if (!Array.isArray(triggers) || triggers.length === 0) return false
  return triggers.every((_, index) => {
    const id = item.at(['supported_triggers', index, 'id'])
    return typeof id === 'string' && id !== credentialsExchange
  })
}

/**
 * Reads an action of the credentials-exchange trigger and its code. Refuses version 1 of the trigger, code outside the
 * folder, and what is over a limit. A secret without a value takes it from the variable of its name; one that has none
 * either is left out, with a warning.
 */
export async function readAction(
  item: Item,
  files: FolderFiles,
  variables: Variables,
): Promise<Placed<FolderAction> | undefined> {
  const { findings } = files
  const members = readObject(item, [], 'action', findings)
  if (members === undefined) return undefined
  const name = String(members.name)
  if (members.id !== undefined) findings.warn(item.placeOf(['id']), 'id: ignored; the server gives its own')
  const source = await readCode(item, String(members.code), files)
  const bytes = Buffer.byteLength(source.code)
  if (bytes > limits.actionCodeBytes)
    findings.error({ file: source.codeFile }, overLimit('the code', bytes, 'bytes', limits.actionCodeBytes))
  const dependencies = readDependencies(item, { noun: 'the action', limit: limits.actionDependencies }, findings)
  const modules = readPins(item, findings)
  const action: FolderAction = {
    place: item.placeOf([]),
    name,
    ...source,
    runtime: typeof members.runtime === 'string' ? members.runtime : defaultRuntime,
    dependencies,
    ...(modules.length > 0 && { modules }),
    ...listPlaces(item, { dependencies, modules }),
    ...readSecrets(
      item,
      { noun: 'action', name, limit: limits.actionSecrets, nameLength: limits.actionSecretNameLength },
      findings,
      variables,
    ),
    supported_triggers: readSupportedTriggers(item, findings),
    // A file written by hand seldom says so; the Deploy CLI's exports always do.
    deployed: members.deployed !== false,
  }
  return { object: action, item }
}

function readPins(item: Item, findings: FindingList): NonNullable<FolderAction['modules']> {
  const path = ['modules']
  const pins = readObjects(item, path, 'pinnedModule', findings)
  if (pins.length > limits.actionModules)
    findings.error(item.placeOf(path), overLimit('the action', pins.length, 'modules', limits.actionModules))
  const seen = new Set<string>()
  return pins.map(({ path: at, value }) => {
    const module_name = String(value.module_name)
    if (seen.has(module_name))
      findings.error(
        item.placeOf(at),
        `module ${JSON.stringify(module_name)} is pinned twice; keep one of its versions`,
      )
    seen.add(module_name)
    const number = value.module_version_number
    return { module_name, ...(typeof number === 'number' && { module_version_number: number }) }
  })
}

function readSupportedTriggers(item: Item, findings: FindingList): FolderAction['supported_triggers'] {
  const path = ['supported_triggers']
  const triggers = readObjects(item, path, 'supportedTrigger', findings)
  const list = item.at(path)
  // Auth0 Docs, Management API "Create an action": one trigger an action.
  if (Array.isArray(list) && list.length !== 1)
    findings.error(item.placeOf(path), `supported_triggers must name exactly one trigger; found ${list.length}`)
  return triggers.map(({ path: at, value }) => {
    const version = typeof value.version === 'string' ? value.version : 'v2'
    const place = item.placeOf([...at, 'version'])
    if (value.id === credentialsExchange && version === 'v1')
      findings.error(
        place,
        `version "v1" of ${credentialsExchange} is not served; rewrite the action as exports.onExecuteCredentialsExchange = async (event, api) => {…} and set "v2"`,
      )
    else if (value.id === credentialsExchange && version !== 'v2')
      findings.error(place, `version ${JSON.stringify(version)} of ${credentialsExchange} is unknown; set "v2"`)
    return { id: String(value.id), version }
  })
}
