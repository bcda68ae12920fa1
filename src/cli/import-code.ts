import {
  changedMembers,
  type Finding,
  type FolderAction,
  type FolderModule,
  type FolderTenant,
  isJsonObject,
  type Json,
  type JsonObject,
  objectsIn,
  type ServedBinding,
  type ServedTenant,
  textOf,
} from '../tenant-folder/index.ts'
import { change, firstBy, type ImportInput } from './import-objects.ts'
import { readPages } from './read-served-tenant.ts'

const credentialsExchange = 'credentials-exchange'

/** Secrets that neither the folder nor the server has a value for, each at its place: nothing can be deployed with them. */
export function missingSecrets(
  folder: Pick<FolderTenant, 'actions' | 'otherActions' | 'modules'>,
  served: ServedTenant,
): readonly Finding[] {
  const faults = (noun: string, owner: FolderModule, stored: JsonObject | undefined): readonly Finding[] => {
    const held = namesOf(stored, 'secrets')
    return (owner.unsetSecrets ?? [])
      .filter((name) => !held.includes(name))
      .map((name) => ({
        place: owner.place,
        message: `secret ${JSON.stringify(name)} of ${noun} ${JSON.stringify(owner.name)} has no value, here or on the server; set ${name} in the environment or in .env`,
      }))
  }
  const modules = firstBy(served.modules, 'name')
  const actions = firstBy(served.actions, 'name')
  return [
    ...(folder.modules ?? []).flatMap((each) => faults('module', each, modules.get(each.name))),
    ...[...folder.actions, ...(folder.otherActions ?? [])].flatMap((each) =>
      faults('action', each, actions.get(each.name)),
    ),
  ]
}

/** Actions modules, by their names: one that is changed is published. */
export async function importModules(input: ImportInput): Promise<void> {
  const { api, run, folder, served } = input
  const existing = firstBy(served.modules, 'name')
  for (const module of folder.modules ?? []) {
    const { name, code, dependencies } = module
    const title = { kind: 'actions module', name }
    const before = existing.get(name)
    const content = { code, dependencies: dependencies.map(({ name, version }) => ({ name, version })) }
    if (before === undefined) {
      const body = { name, ...content, secrets: module.secrets, publish: true }
      await run.step({ verb: 'create', ...title }, () => api.send('POST', '/actions/modules', body))
      continue
    }
    const path = `/actions/modules/${encodeURIComponent(textOf(before, 'id'))}`
    const changed = { ...changedMembers(content, before), ...changedSecrets(module, before, input) }
    await change(run, title, changed, () => api.send('PATCH', path, changed))
    if (Object.keys(changed).length > 0 || before.all_changes_published !== true)
      await run.step({ verb: 'publish', ...title }, () => api.send('POST', `${path}/versions`))
  }
}

/** Actions, by their names: one that is changed, or was not deployed, is deployed unless its file says that it is not to be. */
export async function importActions(input: ImportInput): Promise<void> {
  const { api, run, folder, served } = input
  const existing = firstBy(served.actions, 'name')
  for (const action of [...folder.actions, ...(folder.otherActions ?? [])]) {
    const { name, code, runtime } = action
    const title = { kind: 'action', name }
    const before = existing.get(name)
    const modules = await Promise.all((action.modules ?? []).map((pin) => pinned(pin, action, input)))
    const content = {
      code,
      runtime,
      dependencies: action.dependencies.map(({ name, version }) => ({ name, version })),
      supported_triggers: action.supported_triggers.map(({ id, version }) => ({ id, version })),
      ...((modules.length > 0 || objectsIn(before ?? {}, 'modules').length > 0) && { modules }),
    }
    if (before === undefined) {
      const body = { name, ...content, secrets: action.secrets, deploy: action.deployed }
      await run.step({ verb: 'create', ...title }, () => api.send('POST', '/actions/actions', body))
      continue
    }
    const path = `/actions/actions/${encodeURIComponent(textOf(before, 'id'))}`
    const changed = { ...changedMembers(content, before), ...changedSecrets(action, before, input) }
    await change(run, title, changed, () => api.send('PATCH', path, changed))
    if (action.deployed && (Object.keys(changed).length > 0 || before.all_changes_deployed !== true))
      await run.step({ verb: 'deploy', ...title }, () => api.send('POST', `${path}/deploy`))
  }
}

/**
 * The order of each trigger: replaced as a whole. One that the folder does not name has its bindings taken away only where the folder may
 * delete.
 */
export async function importBindings(
  { api, run, folder, coverage, served }: ImportInput,
  allowsDeletion: boolean,
): Promise<void> {
  const wanted = new Map<string, readonly ServedBinding[]>(
    allowsDeletion ? [...served.bindings.keys()].map((id) => [id, []]) : [],
  )
  const { triggers } = folder.unserved
  for (const [id, list] of isJsonObject(triggers) ? Object.entries(triggers) : [])
    wanted.set(id, bindingsIn(Array.isArray(list) ? list : []))
  wanted.set(credentialsExchange, folder.bindings)
  if (!coverage.kinds.has('triggers')) return
  for (const [id, bindings] of wanted) {
    if (bindings.length === 0 && !allowsDeletion) continue
    const plain = (list: readonly ServedBinding[]) =>
      list.map(({ action_name, display_name }) => ({ action_name, display_name }))
    const changed = changedMembers({ bindings: plain(bindings) }, { bindings: plain(served.bindings.get(id) ?? []) })
    await change(run, { kind: 'trigger', name: id }, changed, () =>
      api.send('PATCH', `/actions/triggers/${encodeURIComponent(id)}/bindings`, {
        bindings: bindings.map(({ action_name, display_name }) => ({
          ref: { type: 'action_name', value: action_name },
          display_name,
        })),
      }),
    )
  }
}

function bindingsIn(list: readonly Json[]): readonly ServedBinding[] {
  return list.filter(isJsonObject).map((binding) => {
    const action_name = textOf(binding, 'action_name')
    return { action_name, display_name: textOf(binding, 'display_name') || action_name }
  })
}

/**
 * The secrets of a draft, where the list of them differs, or they are all to be sent: the server tells their names alone. One without a value
 * keeps what the server has.
 */
function changedSecrets(
  { name, secrets, unsetSecrets = [] }: FolderModule,
  before: JsonObject,
  { updatesSecrets, note }: ImportInput,
): JsonObject {
  const held = namesOf(before, 'secrets')
  const wanted = [...secrets.map((secret) => secret.name), ...unsetSecrets]
  const isSame = wanted.length === held.length && wanted.every((each) => held.includes(each))
  if (isSame && !(updatesSecrets && secrets.length > 0)) {
    if (secrets.length > 0)
      note(
        `the secrets of ${JSON.stringify(name)} keep the values that the server has; --update-secrets sends the folder's`,
      )
    return {}
  }
  return { secrets: [...secrets.map((each) => ({ ...each })), ...unsetSecrets.map((each) => ({ name: each }))] }
}

/** A module's version as it is sent: the one that is named, else the newest, as the server has it after the modules were imported. */
async function pinned(
  { module_name, module_version_number: wanted }: NonNullable<FolderAction['modules']>[number],
  action: FolderAction,
  { api, served, note }: ImportInput,
): Promise<JsonObject> {
  const existing = firstBy(served.modules, 'name').get(module_name)
  const id =
    existing === undefined
      ? (await readPages(api, '/actions/modules', 'modules')).find((each) => each.name === module_name)?.id
      : existing.id
  const versions =
    typeof id === 'string'
      ? await readPages(api, `/actions/modules/${encodeURIComponent(id)}/versions`, 'versions')
      : []
  const numbers = versions.flatMap(({ version_number: number }) => (typeof number === 'number' ? [number] : []))
  const newest = Math.max(1, ...numbers)
  if (wanted !== undefined && numbers.includes(wanted)) return { module_name, module_version_number: wanted }
  if (wanted !== undefined && wanted !== newest)
    note(
      `${action.place.file}: version ${wanted} of module ${JSON.stringify(module_name)} is not on this server: version ${newest} is pinned`,
    )
  return { module_name, module_version_number: newest }
}

function namesOf(object: JsonObject | undefined, member: string): readonly string[] {
  return object === undefined ? [] : objectsIn(object, member).map((each) => textOf(each, 'name'))
}
