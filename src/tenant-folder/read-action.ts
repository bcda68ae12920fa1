import { credentialsExchange, type JsonObject, limits } from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import type { FolderFiles } from './folder-files.ts'
import type { FolderAction } from './folder-tenant.ts'
import type { Item, Path } from './item.ts'
import { overLimit, type Placed } from './objects.ts'
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
 * folder, npm packages and modules, and what is over a limit. A secret without a value takes it from the variable of its
 * name; one that has none either is left out, with a warning.
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
  refuseUnavailable(item, members, findings)
  const source = await files.readNamed(String(members.code), item.placeOf(['code']), 'code')
  const bytes = Buffer.byteLength(source?.text ?? '')
  if (source !== undefined && bytes > limits.actionCodeBytes)
    findings.error({ file: source.file }, overLimit('the code', bytes, 'bytes', limits.actionCodeBytes))
  const action: FolderAction = {
    place: item.placeOf([]),
    name,
    code: source?.text ?? '',
    codeFile: source?.file ?? '',
    runtime: typeof members.runtime === 'string' ? members.runtime : 'node22',
    dependencies: [],
    secrets: readSecrets(item, name, findings, variables),
    supported_triggers: readSupportedTriggers(item, findings),
    // A file written by hand seldom says so; the Deploy CLI's exports always do.
    deployed: members.deployed !== false,
  }
  return { object: action, item }
}

function refuseUnavailable(item: Item, members: JsonObject, findings: FindingList): void {
  const dependencies = readObjects(item, ['dependencies'], 'dependency', findings)
  if (dependencies.length > 0) {
    const named = dependencies.map(({ value }) => value.name).join(', ')
    const wayOut = 'use what Node brings, or copy the few lines you need'
    findings.error(
      item.placeOf(['dependencies']),
      `npm dependencies are not available in this version (${named}); ${wayOut}`,
    )
  }
  if (Array.isArray(members.modules) && members.modules.length > 0)
    findings.error(
      item.placeOf(['modules']),
      'modules are not available in this version; copy their code into the action',
    )
}

function readSecrets(item: Item, action: string, findings: FindingList, variables: Variables): FolderAction['secrets'] {
  const secrets = readObjects(item, ['secrets'], 'secret', findings)
  if (secrets.length > limits.actionSecrets)
    findings.error(item.placeOf(['secrets']), overLimit('the action', secrets.length, 'secrets', limits.actionSecrets))
  const read = new Map<string, string>()
  for (const { path, value: members } of secrets) {
    const name = String(members.name)
    if (read.has(name)) findings.error(item.placeOf(path), `secret ${JSON.stringify(name)} is named twice`)
    const value = typeof members.value === 'string' ? members.value : variables.get(name)
    if (value !== undefined) read.set(name, value)
    else warnOfAbsence(item, path, action, name, findings)
  }
  return [...read].map(([name, value]) => ({ name, value }))
}

function warnOfAbsence(item: Item, path: Path, action: string, name: string, findings: FindingList): void {
  findings.warn(
    item.placeOf(path),
    `secret ${JSON.stringify(name)} of action ${JSON.stringify(action)} has no value, so the action does not see it; set ${name} in the environment or in .env`,
  )
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
