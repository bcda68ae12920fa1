import { basename, dirname, extname, join, resolve } from 'node:path'
import {
  AuthoringFault,
  type CodeFile,
  codeNames,
  exampleTenantOf,
  type FoundAction,
  findAction,
  kindOf,
  tenantRootOf,
} from '../authoring/index.ts'
import { type AuthoredFile, checkFolder, readFolder } from '../compose.ts'
import type { Environment } from '../config.ts'
import {
  type Finding,
  type FolderTenant,
  formatFinding,
  type WatchHandlers,
  watchFiles,
  watchTenantFolder,
} from '../tenant-folder/index.ts'
import { CommandFault, UsageFault } from './exit.ts'
import { findingTexts } from './finding-text.ts'

/** What a `dev` server serves and follows: a tenant folder, or one Action with an example tenant around it. */
export interface DevSource {
  /** As whoever started it named it. */
  readonly shown: string
  /** Where its author goes on, as they would name it. */
  readonly edited: string
  /** The name of the tenant, unless the settings give one. */
  readonly tenant: string
  /** Reads it anew. */
  read(): Promise<DevReading>
  /** What to tell of findings, the line of each below it. */
  tell(findings: readonly Finding[]): Promise<readonly string[]>
  /** The absolute path of a file that a reading names. */
  pathOf(file: string): string
  /** Reports saves until it is told to stop. Files under `ignored` are not its own. */
  watch(handlers: WatchHandlers, ignored: readonly string[]): Promise<() => Promise<void>>
}

/** What reading a source came to: a tenant, or what is wrong with it, as it is told. */
export interface DevReading {
  readonly tenant?: FolderTenant
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

const tenantNames = ['tenant.json', 'tenant.yaml', 'tenant.yml', 'actions'] as const

/** Finds what is to be served: what is given or, without that, the tenant folder this process was started in. Throws for what is neither. */
export async function findDevSource(given: string | undefined, environment: Environment): Promise<DevSource> {
  const shown = given ?? '.'
  const path = resolve(shown)
  const kind = await kindOf(path)
  if (kind === undefined)
    throw new CommandFault(`${shown} does not exist: give a tenant folder, its YAML file, or the file of an Action`)
  if (kind === 'file') {
    if (/^\.ya?ml$/.test(extname(path))) return folderSource(shown, path, environment)
    if (/^\.[cm]?[jt]s$/.test(extname(path))) return actionSource(shown, environment)
    throw new CommandFault(
      `${shown} is no tenant folder: give a folder in the auth0-deploy-cli layout, or its YAML file, or the file of an Action`,
    )
  }
  const holds = async (names: readonly string[]) =>
    (await Promise.all(names.map((name) => kindOf(join(path, name))))).some((found) => found !== undefined)
  const isTenant = await holds(tenantNames)
  if (!isTenant && (await holds(codeNames))) return actionSource(shown, environment)
  if (!isTenant && given === undefined)
    throw new UsageFault(
      'this folder is no tenant folder: give one, or the file of an Action; `symbolon init` makes one',
    )
  return folderSource(shown, path, environment)
}

function folderSource(shown: string, path: string, environment: Environment): DevSource {
  const isYaml = /^\.ya?ml$/.test(extname(path))
  const root = isYaml ? dirname(path) : path
  return {
    ...{ shown, edited: isYaml ? `an Action of ${shown}` : `an Action in ${join(shown, 'actions')}` },
    tenant: tenantName(isYaml ? basename(path, extname(path)) : basename(path)),
    read: async () => {
      const { tenant, errors, warnings } = await readFolder(path, environment)
      return {
        ...(tenant !== undefined && { tenant }),
        errors: await findingTexts(errors, root),
        warnings: warnings.map(formatFinding),
      }
    },
    tell: (findings) => findingTexts(findings, root),
    pathOf: (file) => resolve(root, file),
    watch: (handlers, ignored) => watchTenantFolder(path, handlers, { ignored }),
  }
}

async function actionSource(shown: string, environment: Environment): Promise<DevSource> {
  const first = await findAction(shown, {}, environment)
  const [file = shown] = first.files
  const root = first.tenant === undefined ? undefined : tenantRootOf(resolve(file))
  return {
    ...{ shown, edited: file },
    tenant: tenantName(first.action.name),
    read: () =>
      findAction(shown, {}, environment).then(readingOf, (error: unknown) => {
        if (error instanceof AuthoringFault) return { errors: error.message.split('\n'), warnings: [] }
        throw error
      }),
    tell: (findings) => findingTexts(findings, ''),
    pathOf: (named) => resolve(named),
    watch: (handlers, ignored) =>
      root === undefined
        ? watchFiles([resolve(file), join(dirname(resolve(file)), '.env')], handlers)
        : watchTenantFolder(root, handlers, { ignored }),
  }
}

async function readingOf(found: FoundAction): Promise<DevReading> {
  const tenant = exampleTenantOf(found)
  const nothing = new Set<string>()
  const { errors, ...checked } = checkFolder({
    tenant,
    coverage: { kinds: nothing, excludedClients: nothing, excludedResourceServers: nothing },
    actions: tenant.actions,
    modules: tenant.modules ?? [],
    errors: [],
    warnings: [],
    files: [],
  })
  return {
    ...(checked.tenant !== undefined && { tenant: checked.tenant }),
    errors: await findingTexts(errors, ''),
    warnings: found.warnings,
  }
}

/** The files of an action of a tenant that was read, its own first, as its author names them; none where the tenant has no such action. */
export function codeFilesOf(source: DevSource, tenant: FolderTenant, action_name: string): readonly CodeFile[] {
  const action = tenant.actions.find(({ name }) => name === action_name)
  if (action === undefined) return []
  const modules = (action.modules ?? []).flatMap(
    ({ module_name }) => tenant.modules?.find(({ name }) => name === module_name) ?? [],
  )
  return [action, ...modules].map((code) => ({ ...code, file: code.codeFile, path: source.pathOf(code.codeFile) }))
}

/** The file of an action's code, or of a module's, as a debugger is to know it. */
export function authoredFile(
  source: DevSource,
  tenant: FolderTenant,
  action_name: string,
  module_name: string | undefined,
): AuthoredFile | undefined {
  const code =
    module_name === undefined
      ? tenant.actions.find(({ name }) => name === action_name)
      : tenant.modules?.find(({ name }) => name === module_name)
  if (code === undefined || code.codeFile === '') return undefined
  const { codeFile, sourceMap } = code
  return { path: source.pathOf(codeFile), ...(sourceMap !== undefined && { sourceMap }) }
}

function tenantName(name: string): string {
  return name.replace(/[^a-z0-9._-]/gi, '-') || 'tenant'
}
