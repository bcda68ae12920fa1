import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import type { Environment } from '../config.ts'
import { AuthoringFault, FormFault } from './fault.ts'
import { kindOf, type ReadTenant, shown, tenantRootOf } from './find-action.ts'

/** A folder that cases are of, and the action that lies in it. */
export interface CasePlace {
  readonly folder: string
  /** What {@link findAction} finds the action by; absent where none, or more than one, lies there. */
  readonly actionPath?: string
}

/** A file of cases. */
export interface CaseFile extends CasePlace {
  /** Absolute. */
  readonly file: string
}

const casesFolder = 'cases'
const caseExtensions = ['.json', '.yaml', '.yml']
const codeFile = /^(?!.*\.d\.[cm]?ts$).+\.(?:c?js|[cm]?ts)$/
const actionFile = /^(?:actions[\\/][^\\/]+\.json|tenant\.ya?ml)$/
const tenantFiles = ['tenant.json', 'tenant.yaml', 'tenant.yml', 'actions']

/**
 * The files of cases of a tenant folder, of an action's folder or its file, or the one file that is given; sorted. Refuses a path that is none of
 * these. Those of a tenant folder lie in its `actions`, beside the code that they name, or in a folder `cases` of its own.
 */
export async function findCaseFiles(
  path: string,
  environment: Environment,
  read: ReadTenant,
): Promise<readonly CaseFile[]> {
  const given = resolve(path)
  const kind = await kindOf(given)
  const form = 'give a tenant folder, the folder or the file of an Action, or a file of cases'
  if (kind === undefined) throw new FormFault(`${path} is not there: ${form}`)
  if (kind === 'folder') {
    if (basename(given) === casesFolder) return casesBeside(dirname(given))
    return (await isTenantFolder(given)) ? casesOfTenant(given, environment, read) : casesBeside(given)
  }
  const folder = dirname(given)
  if (caseExtensions.includes(extname(given).toLowerCase()) && basename(folder) === casesFolder)
    return [{ file: given, ...(await besideAction(dirname(folder))) }]
  if (/^tenant\.ya?ml$/.test(basename(given))) return casesOfTenant(folder, environment, read)
  if (!codeFile.test(basename(given)))
    throw new FormFault(`${path} is no Action and lies in no folder "cases": ${form}`)
  return casesBeside(folder, given)
}

/** The folder whose files the cases of a path are made of: that of their tenant, or of their action. */
export async function folderOfCases(path: string): Promise<string> {
  const { folder } = await placeOfAction(path)
  return tenantRootOf(join(folder, 'code.js')) ?? folder
}

/** The folder of an action, or of its cases, and the action itself where there is one. */
export async function placeOfAction(path: string): Promise<CasePlace> {
  const given = resolve(path)
  if ((await kindOf(given)) === 'folder') return besideAction(basename(given) === casesFolder ? dirname(given) : given)
  const folder = dirname(given)
  if (codeFile.test(basename(given))) return { folder, actionPath: given }
  return besideAction(basename(folder) === casesFolder ? dirname(folder) : folder)
}

/** Where a first case would stand, as its author would name the file. */
export async function placeOfFirstCase(path: string): Promise<string> {
  const { folder } = await placeOfAction(path)
  return shown(join(folder, ...((await isTenantFolder(folder)) ? ['actions', 'NAME'] : []), casesFolder, 'first.yaml'))
}

/** Whether a folder looks like a tenant's. */
export async function isTenantFolder(folder: string): Promise<boolean> {
  const entries: readonly string[] = await readdir(folder).catch(() => [])
  return tenantFiles.some((name) => entries.includes(name))
}

async function casesOfTenant(root: string, environment: Environment, read: ReadTenant): Promise<readonly CaseFile[]> {
  const { actions, errors } = await read(root, environment)
  // Nobody knows where the code of an action lies whose own file cannot be read, nor what cases are beside it.
  const lost = errors.filter(
    ({ place: { file } }) =>
      actionFile.test(file) && !actions.some(({ place, codeFile }) => codeFile !== '' && place.file === file),
  )
  if (lost.length > 0) {
    const { formatFinding } = await import('../tenant-folder/index.ts')
    throw new AuthoringFault(lost.map(formatFinding).join('\n'))
  }
  const below = await readdir(join(root, 'actions'), { withFileTypes: true }).catch(() => [])
  const folders = new Set([
    root,
    join(root, 'actions'),
    ...below.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, 'actions', name)),
    ...actions.filter((action) => action.codeFile !== '').map((action) => dirname(resolve(root, action.codeFile))),
  ])
  const found: CaseFile[] = []
  for (const folder of [...folders].sort()) found.push(...(await casesBeside(folder)))
  return found
}

async function casesBeside(folder: string, actionPath?: string): Promise<readonly CaseFile[]> {
  const files = (await entriesOf(join(folder, casesFolder))).filter(isOfCases).sort()
  const [below] = files.filter((name) => name.includes(sep))
  if (below !== undefined)
    throw new AuthoringFault(
      `${shown(join(folder, casesFolder, below))} lies too deep to be found: move it into ${casesFolder} itself`,
    )
  if (files.length === 0) return []
  const beside = await besideAction(folder)
  return files.map((name) => ({
    ...beside,
    ...(actionPath !== undefined && { actionPath }),
    file: join(folder, casesFolder, name),
  }))
}

function isOfCases(name: string): boolean {
  return caseExtensions.includes(extname(name).toLowerCase()) && !name.split(sep).some((part) => part.startsWith('.'))
}

/** What lies in a folder and below it; nothing where there is no such folder. */
async function entriesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder, { recursive: true }).catch(async (error: unknown) => {
    // Trying an action need not wait for it.
    const { errorCode } = await import('../tenant-folder/index.ts')
    const code = errorCode(error)
    if (['ENOENT', 'ENOTDIR'].includes(code)) return []
    throw new AuthoringFault(`${shown(folder)}: cannot be read: ${code}; give this user leave to, or move it away`)
  })
}

/** The action of a folder: the one that its code.js is, or its only code file. */
async function besideAction(folder: string): Promise<CasePlace> {
  const codes = (await readdir(folder).catch(() => [])).filter((name) => codeFile.test(name))
  const isOne = codes.some((name) => basename(name, extname(name)) === 'code')
  const only = codes.length === 1 ? codes[0] : undefined
  const actionPath = isOne ? folder : only === undefined ? undefined : join(folder, only)
  return { folder, ...(actionPath !== undefined && { actionPath }) }
}
