import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Environment, RemoteFlags } from '../config.ts'
import { createObserver } from '../observe.ts'
import { folderTexts, keepTypeScript, readTenantFolder, writeTenantFolder } from '../tenant-folder/index.ts'
import { CommandFault, exitStatus } from './exit.ts'
import { openManagementApi } from './management-client.ts'
import { printable } from './printable.ts'
import { readServedTenant } from './read-served-tenant.ts'
import { findServer } from './server-address.ts'

/** How a tenant is written. */
export interface ExportOptions {
  /** Keywords in the place of secrets' values, to be replaced when the folder is read. */
  readonly secretPlaceholders?: true
  /** Removes the files of objects that the server does not have. */
  readonly prune?: true
  readonly json?: true
}

/**
 * `symbolon export`: writes the tenant of a running server into a folder in the layout of the Deploy CLI. All of it is read before a file is
 * written. Resolves with the exit status.
 */
export async function exportTenant(
  dir: string,
  options: ExportOptions,
  environment: Environment,
  flags: RemoteFlags,
): Promise<number> {
  const { print } = createObserver({ level: 'silent' })
  const root = resolve(dir)
  const isFile = await stat(root).then(
    (found) => !found.isDirectory(),
    () => false,
  )
  if (isFile) throw new CommandFault(`${dir} is a file: give a folder, which is made when absent`)
  for (const yaml of ['tenant.yaml', 'tenant.yml'])
    if (await isThere(join(root, yaml)))
      throw new CommandFault(
        `${dir} holds ${yaml}, so it is of the YAML form, and an export would hide that file: give another folder`,
      )
  const api = await openManagementApi(await findServer(environment, flags))
  const tenant = await readServedTenant(api)
  const texts = folderTexts(tenant, { secretPlaceholders: options.secretPlaceholders === true })
  const before = await readTenantFolder(root, { environment, joinsServer: true, only: ['actions', 'actionModules'] })
  const { files, notes } = keepTypeScript(texts, before)
  const { written, unchanged, removed } = await writeTenantFolder(root, files, {
    prune: options.prune === true,
  }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CommandFault(
      `${dir} cannot be written (${code}): give a folder that this user may write, and export again`,
    )
  })
  if (options.json === true) print(JSON.stringify({ dir: root, written, unchanged, removed, notes }))
  else {
    for (const path of written) print(printable(`written  ${path}`))
    for (const path of removed) print(printable(`removed  ${path}`))
    for (const note of notes) print(printable(`note: ${note}`))
    print(`${api.url} is in ${dir}: ${written.length} files written, ${unchanged} unchanged, ${removed.length} removed`)
  }
  return exitStatus.done
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
