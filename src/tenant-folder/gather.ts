import { isJsonObject, type Json } from '../domain/index.ts'
import type { FolderFiles } from './folder-files.ts'
import { type Item, itemOf } from './item.ts'
import { readJson } from './read-json.ts'
import type { Selection } from './variables.ts'

/** The kinds that are served, by the Deploy CLI's names: in the directory form a file or a folder, in the YAML form a key. */
const servedKinds = {
  tenant: { path: 'tenant.json', many: false },
  clients: { path: 'clients', many: true },
  resourceServers: { path: 'resource-servers', many: true },
  clientGrants: { path: 'grants', many: true },
  organizations: { path: 'organizations', many: true },
  actionModules: { path: 'action-modules', many: true },
  actions: { path: 'actions', many: true },
  triggers: { path: 'triggers/triggers.json', many: false },
} as const

export type ServedKind = keyof typeof servedKinds

/** The objects of a folder before any of them is understood. */
export interface Gathered {
  readonly items: Readonly<Record<ServedKind, readonly Item[]>>
  /** What is kept without being served, by folder or key. */
  readonly unserved: ReadonlyMap<string, Json>
  /** Kinds of which a file could not be parsed: nothing can be said to be missing from them. */
  readonly incomplete: ReadonlySet<ServedKind>
  /** Kinds that are there, be it without an object. */
  readonly present: ReadonlySet<ServedKind>
}

const kinds = Object.keys(servedKinds).filter((kind): kind is ServedKind => kind in servedKinds)
const noItems = (): Record<ServedKind, Item[]> => ({
  tenant: [],
  clients: [],
  resourceServers: [],
  clientGrants: [],
  organizations: [],
  actionModules: [],
  actions: [],
  triggers: [],
})

/** Gathers the directory form: one object a JSON file, in file-name order. */
export async function gatherDirectory(files: FolderFiles, selection: Selection): Promise<Gathered> {
  const items = noItems()
  const incomplete = new Set<ServedKind>()
  const held = new Set<ServedKind>()
  const listed = await files.list('.')
  const entries = listed ?? []
  const present = new Set(entries.map((entry) => entry.name))

  async function gatherFile(kind: ServedKind, file: string): Promise<void> {
    const source = await files.read(file)
    const parsed = source && readJson(source, files.findings)
    if (parsed === undefined) incomplete.add(kind)
    else items[kind].push(itemOf(parsed))
  }

  for (const kind of kinds) {
    const { path, many } = servedKinds[kind]
    const top = path.split('/', 1)[0] ?? path
    if (!selection.includes(kind) || !present.has(top)) continue
    if (many) {
      held.add(kind)
      for (const entry of (await files.list(path)) ?? []) {
        if (!entry.isFolder && entry.name.endsWith('.json')) await gatherFile(kind, `${path}/${entry.name}`)
      }
    } else if (top === path || (await files.list(top))?.some((entry) => `${top}/${entry.name}` === path)) {
      held.add(kind)
      await gatherFile(kind, path)
    }
  }

  const served = new Set(kinds.map((kind) => servedKinds[kind].path.split('/', 1)[0]))
  const others = entries.filter(({ name, isFolder }) => isFolder && name !== 'node_modules' && !served.has(name))
  // One that cannot be read was named as that.
  if (listed !== undefined && !entries.some(({ name }) => served.has(name)))
    files.findings.error(
      { file: '.' },
      'is not a tenant folder: it has no tenant.json, no tenant.yaml and none of clients/, resource-servers/, grants/, actions/',
    )
  for (const name of ['tenant.yaml', 'tenant.yml']) {
    if (present.has(name))
      files.findings.warn({ file: name }, 'ignored: tenant.json makes this folder the directory form')
  }
  const unserved = new Map<string, Json>()
  for (const { name } of others) {
    files.findings.warn({ file: name }, 'not served: nothing in this folder has an effect')
    const objects = await gatherUnserved(files, name)
    if (objects.length > 0) unserved.set(name, objects)
  }
  return { items, unserved, incomplete, present: held }
}

async function gatherUnserved(files: FolderFiles, folder: string): Promise<readonly Json[]> {
  const objects: Json[] = []
  for (const { name, isFolder } of (await files.list(folder)) ?? []) {
    if (isFolder || !name.endsWith('.json')) continue
    try {
      objects.push(JSON.parse((await files.readRaw(`${folder}/${name}`)) ?? ''))
    } catch {
      // What is not served may be anything.
    }
  }
  return objects
}

/** Gathers the YAML form: one file, a list of objects a key. */
export async function gatherYaml(files: FolderFiles, file: string, selection: Selection): Promise<Gathered> {
  const items = noItems()
  const held = new Set<ServedKind>()
  const unserved = new Map<string, Json>()
  // Loaded for those who use it: the directory form needs no YAML parser.
  const { readYaml } = await import('./read-yaml.ts')
  const source = await files.read(file)
  const parsed = source && readYaml(source, files.findings)
  // An empty file holds an empty tenant.
  const value = parsed?.value ?? {}
  if (parsed === undefined || !isJsonObject(value)) {
    if (parsed !== undefined)
      files.findings.error({ file, line: 1 }, 'must hold keys such as "clients" and "actions" at its top')
    return { items, unserved, incomplete: new Set(kinds), present: new Set() }
  }
  const whole = itemOf(parsed)
  for (const [key, part] of Object.entries(value)) {
    const kind = kinds.find((candidate) => candidate === key)
    if (kind === undefined) {
      files.findings.warn(whole.placeOf([key]), `${key}: not served; nothing under this key has an effect`)
      unserved.set(key, part)
    } else if (selection.includes(kind) && part !== null) {
      held.add(kind)
      if (!servedKinds[kind].many) items[kind].push(itemOf(parsed, [key]))
      else if (Array.isArray(part)) items[kind].push(...part.map((_: Json, index) => itemOf(parsed, [key, index])))
      else files.findings.error(whole.placeOf([key]), `${key} must be a list of objects`)
    }
  }
  return { items, unserved, incomplete: new Set(), present: held }
}
