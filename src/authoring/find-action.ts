import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { AuthoredAction, AuthoredCode } from '../compose-try.ts'
import type { Environment } from '../config.ts'
import type { FolderAction, FolderModule } from '../tenant-folder/index.ts'
import { AuthoringFault, FormFault } from './fault.ts'

/** An action as it was found on disk. */
export interface FoundAction {
  readonly action: AuthoredAction
  /** Where its code lies, and that of its modules in their order, as their author would name the files. */
  readonly files: readonly string[]
  /** The name of the tenant whose folder it is in, where it is in one. */
  readonly tenant?: string
  /** What its author should know. */
  readonly warnings: readonly string[]
}

/**
 * Finds the action of a file, or of its folder: one of a tenant folder with its secrets, packages and modules, or a file that stands alone, with
 * the secrets that a `.env` beside it names. Given secrets come first. Throws, with one sentence a fault, for what is no action or is wrong with it.
 */
export async function findAction(
  path: string,
  secrets: Readonly<Record<string, string>>,
  environment: Environment,
): Promise<FoundAction> {
  const file = await codeFileOf(path)
  const root = tenantRootOf(file)
  const found = root === undefined ? undefined : await findInTenant(file, root, secrets, environment)
  return found ?? findAlone(file, secrets)
}

async function codeFileOf(path: string): Promise<string> {
  const given = resolve(path)
  const kind = await kindOf(given)
  if (kind === undefined) throw new FormFault(`${path} is not there: give the file of an Action, or its folder`)
  const file = kind === 'folder' ? join(given, 'code.js') : given
  if ((await kindOf(file)) !== 'file')
    throw new FormFault(`${path} holds no code.js: give the file of an Action, or its folder`)
  if (!['.js', '.cjs'].includes(extname(file)))
    throw new FormFault(`${path} is no JavaScript file: give the file of an Action, or its folder`)
  return file
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  )
}

/** The folder above the `actions` that a file is in. */
function tenantRootOf(file: string): string | undefined {
  const folder = dirname(file)
  if (folder === file) return undefined
  return basename(folder) === 'actions' ? dirname(folder) : tenantRootOf(folder)
}

async function findInTenant(
  file: string,
  root: string,
  given: Readonly<Record<string, string>>,
  environment: Environment,
): Promise<FoundAction | undefined> {
  // A file that stands alone need not wait for it.
  const { formatFinding, readTenantFolder } = await import('../tenant-folder/index.ts')
  const only = ['actions', 'actionModules']
  const reading = await readTenantFolder(root, { environment: { ...environment, ...given }, only })
  const place = basename(file) === 'code.js' ? `actions/${basename(dirname(file))}.json` : undefined
  const action = reading.actions.find(({ codeFile }) => codeFile !== '' && resolve(root, codeFile) === file)
  // Without a file of its own that names it, it is not the tenant's.
  if (action === undefined && (place === undefined || !reading.files.includes(join(root, place)))) return undefined
  const pins = (action?.modules ?? []).map(({ module_name }) => module_name)
  const modules = pins.flatMap((pin) => reading.modules.find(({ name }) => name === pin) ?? [])
  const concerned = new Set([place, ...[action, ...modules].flatMap((each) => [each?.place.file, each?.codeFile])])
  const faults = reading.errors.filter((error) => concerned.has(error.place.file))
  if (faults.length > 0) throw new AuthoringFault(faults.map(formatFinding).join('\n'))
  if (action === undefined) return undefined
  const missing = pins.filter((pin) => !modules.some(({ name }) => name === pin))
  if (missing.length > 0)
    throw new AuthoringFault(
      formatFinding({
        place: action.place,
        message: `pins ${missing.join(', ')}, which the folder has no module for; add it to action-modules`,
      }),
    )
  const warnings = reading.warnings.filter((warning) => concerned.has(warning.place.file)).map(formatFinding)
  // What is given was there to take a value from: a secret that has none was not declared.
  const declared = new Set(action.secrets.map(({ name }) => name))
  for (const name of Object.keys(given))
    if (!declared.has(name))
      warnings.push(`${action.place.file}: declares no secret ${JSON.stringify(name)}; add it there`)
  const own = authored(action)
  return {
    action: {
      ...own,
      secrets: { ...own.secrets, ...given },
      runtime: action.runtime,
      modules: modules.map(authored),
    },
    files: [action, ...modules].map(({ codeFile }) => shown(join(root, codeFile))),
    tenant: basename(root),
    warnings,
  }
}

function authored({ name, code, secrets, dependencies }: FolderAction | FolderModule): AuthoredCode {
  return { name, code, dependencies, secrets: Object.fromEntries(secrets.map((secret) => [secret.name, secret.value])) }
}

async function findAlone(file: string, given: Readonly<Record<string, string>>): Promise<FoundAction> {
  const code = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '')
  const variables = await readFile(join(dirname(file), '.env'), 'utf8').then(parseEnv, () => ({}))
  const kept = Object.fromEntries(Object.entries(variables).map(([name, value = '']) => [name, value]))
  const name = basename(file) === 'code.js' ? basename(dirname(file)) : basename(file, extname(file))
  return {
    action: { name, code, secrets: { ...kept, ...given }, dependencies: [], runtime: 'node22', modules: [] },
    files: [shown(file)],
    warnings: [],
  }
}

/** As it is reached from here, where that is not further up. */
function shown(file: string): string {
  const near = relative('', file)
  return near.startsWith('..') ? file : near
}
