import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Environment } from '../config.ts'
import { FormFault } from './fault.ts'
import { type ReadTenant, shown, tenantRootOf } from './find-action.ts'

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
  if (caseExtensions.includes(extname(given)) && basename(folder) === casesFolder)
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

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  )
}

async function casesOfTenant(root: string, environment: Environment, read: ReadTenant): Promise<readonly CaseFile[]> {
  const { actions } = await read(root, environment)
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
  const entries = await readdir(join(folder, casesFolder)).catch(() => [])
  const files = entries.filter((name) => caseExtensions.includes(extname(name)) && !name.startsWith('.')).sort()
  if (files.length === 0) return []
  const beside = await besideAction(folder)
  return files.map((name) => ({
    ...beside,
    ...(actionPath !== undefined && { actionPath }),
    file: join(folder, casesFolder, name),
  }))
}

/** The action of a folder: the one that its code.js is, or its only code file. */
async function besideAction(folder: string): Promise<CasePlace> {
  const codes = (await readdir(folder).catch(() => [])).filter((name) => codeFile.test(name))
  const isOne = codes.some((name) => basename(name, extname(name)) === 'code')
  const only = codes.length === 1 ? codes[0] : undefined
  const actionPath = isOne ? folder : only === undefined ? undefined : join(folder, only)
  return { folder, ...(actionPath !== undefined && { actionPath }) }
}
