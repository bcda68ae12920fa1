import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { AuthoredAction, AuthoredCode } from '../compose-try.ts'
import type { Environment } from '../config.ts'
import type { CompiledCode, FolderAction, FolderModule, FolderReading } from '../tenant-folder/index.ts'
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

/** Reads what a tenant folder says of actions, with an environment for what it leaves open. */
export type ReadTenant = (root: string, environment: Environment) => Promise<FolderReading>

/** Reads the actions of a tenant folder, their modules and their order. */
export const readTenant: ReadTenant = async (root, environment) => {
  // A file that stands alone need not wait for it.
  const { readTenantFolder } = await import('../tenant-folder/index.ts')
  return readTenantFolder(root, { environment, only: ['actions', 'actionModules', 'triggers'] })
}

/**
 * Finds the action of a file, or of its folder: one of a tenant folder with its secrets, packages and modules, or a file that stands alone, with
 * the secrets that a `.env` beside it names. Given secrets come first. Throws, with one sentence a fault, for what is no action or is wrong with it.
 */
export async function findAction(
  path: string,
  secrets: Readonly<Record<string, string>>,
  environment: Environment,
  read: ReadTenant = readTenant,
): Promise<FoundAction> {
  const codes = await codeFilesOf(path)
  const [file] = codes
  const root = tenantRootOf(file)
  const found =
    root === undefined
      ? undefined
      : await findInTenant(codes, root, secrets, (from) => read(from, { ...environment, ...secrets }))
  return found ?? findAlone(file, secrets)
}

const typeScript = ['.ts', '.mts', '.cts']

/** The file that is given. Of a folder, every one its code may be in: the source first, where both are there. */
async function codeFilesOf(path: string): Promise<readonly [string, ...string[]]> {
  const given = resolve(path)
  const kind = await kindOf(given)
  if (kind === undefined) throw new FormFault(`${path} is not there: give the file of an Action, or its folder`)
  if (kind === 'file') {
    if (!['.js', '.cjs', ...typeScript].includes(extname(given)))
      throw new FormFault(`${path} is no file of JavaScript or TypeScript: give the file of an Action, or its folder`)
    return [given]
  }
  const kinds = await Promise.all(codeNames.map((name) => kindOf(join(given, name))))
  const [first, ...others] = codeNames.filter((_, index) => kinds[index] === 'file').map((name) => join(given, name))
  if (first === undefined)
    throw new FormFault(`${path} holds no code.js and no code.ts: give the file of an Action, or its folder`)
  return [first, ...others]
}

/** What the file of an action's code is called in its folder: the source first. */
export const codeNames: readonly string[] = ['code.ts', 'code.js']

/** What lies at a path; `undefined` for nothing that can be seen. */
export function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  )
}

/** The folder above the `actions` that a file is in. */
export function tenantRootOf(file: string): string | undefined {
  const folder = dirname(file)
  if (folder === file) return undefined
  return basename(folder) === 'actions' ? dirname(folder) : tenantRootOf(folder)
}

async function findInTenant(
  codes: readonly [string, ...string[]],
  root: string,
  given: Readonly<Record<string, string>>,
  read: (root: string) => Promise<FolderReading>,
): Promise<FoundAction | undefined> {
  const { formatFinding } = await import('../tenant-folder/index.ts')
  const reading = await read(root)
  const place = codeNames.includes(basename(codes[0])) ? `actions/${basename(dirname(codes[0]))}.json` : undefined
  const action = reading.actions.find(({ codeFile }) => codeFile !== '' && codes.includes(resolve(root, codeFile)))
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

function authored({ name, code, sourceMap, fault, secrets, dependencies }: FolderAction | FolderModule): AuthoredCode {
  return {
    ...{ name, code, dependencies },
    ...(sourceMap !== undefined && { sourceMap }),
    ...(fault !== undefined && { fault }),
    secrets: Object.fromEntries(secrets.map((secret) => [secret.name, secret.value])),
  }
}

async function findAlone(file: string, given: Readonly<Record<string, string>>): Promise<FoundAction> {
  const read = await readFile(file, 'utf8').catch(async (error: unknown) => {
    const { errorCode } = await import('../tenant-folder/index.ts')
    throw new FormFault(`${shown(file)} cannot be read (${errorCode(error)}): give a file that this user may read`)
  })
  const source = read.replace(/^\uFEFF/, '')
  const compiled = typeScript.includes(extname(file)) ? await compile(file, source) : { code: source }
  const variables = await readFile(join(dirname(file), '.env'), 'utf8').then(parseEnv, () => ({}))
  const kept = Object.fromEntries(Object.entries(variables).map(([name, value = '']) => [name, value]))
  const name = codeNames.includes(basename(file)) ? basename(dirname(file)) : basename(file, extname(file))
  return {
    action: { name, ...compiled, secrets: { ...kept, ...given }, dependencies: [], runtime: 'node22', modules: [] },
    files: [shown(file)],
    warnings: [],
  }
}

async function compile(file: string, source: string): Promise<CompiledCode> {
  const { compileTypeScript } = await import('../tenant-folder/index.ts')
  return compileTypeScript(basename(file), source)
}

/** A path as it is reached from here, where that is not further up. */
export function shown(file: string): string {
  const near = relative('', file)
  return near.startsWith('..') ? file : near
}
