import { readFolder } from '../compose.ts'
import type { Environment, RemoteFlags } from '../config.ts'
import { createObserver } from '../observe.ts'
import { formatFinding } from '../tenant-folder/index.ts'
import { CommandFault, exitStatus } from './exit.ts'
import { importActions, importBindings, importModules, missingSecrets } from './import-code.ts'
import {
  type ImportInput,
  importClientGrants,
  importClients,
  importDefaultOrganizations,
  importOrganizations,
  importResourceServers,
  importSettings,
} from './import-objects.ts'
import { findRemovals, type Removal } from './import-removals.ts'
import { ImportRun } from './import-run.ts'
import { openManagementApi } from './management-client.ts'
import { patiently } from './patience.ts'
import { printable } from './printable.ts'
import { readServedTenant } from './read-served-tenant.ts'
import { findServer } from './server-address.ts'

/** How a folder is imported. */
export interface ImportOptions {
  /** Only says what would be done. */
  readonly dryRun?: true
  /** Deletes what the folder lacks. */
  readonly allowDelete?: true
  /** Sends the values of secrets that the server has, too. */
  readonly updateSecrets?: true
  readonly json?: true
}

/**
 * `symbolon import`: makes a running server's tenant what a folder says, in the order of the Deploy CLI, sending only what differs. Resolves with the exit
 * status. A folder with mistakes sends nothing, all of them named. After a step that failed, what was done stays, and another import goes on.
 */
export async function importFolder(
  dir: string,
  options: ImportOptions,
  environment: Environment,
  flags: RemoteFlags,
): Promise<number> {
  const observer = createObserver({ level: 'silent' })
  const isJson = options.json === true
  const print = isJson ? () => undefined : (line: string) => observer.print(printable(line))
  const server = await findServer(environment, flags)
  const { tenant: folder, coverage, errors, warnings } = await readFolder(dir, environment, { joinsServer: true })
  for (const warning of warnings) print(`warning: ${formatFinding(warning)}`)
  if (folder === undefined) throw mistakes(errors.map(formatFinding), dir)
  const api = await openManagementApi(server)
  const served = await readServedTenant(api)
  const missing = missingSecrets(folder, served)
  if (missing.length > 0) throw mistakes(missing.map(formatFinding), dir)

  const run = new ImportRun({ isPlan: options.dryRun === true, print })
  const notes: string[] = []
  const note = (line: string) => {
    notes.push(line)
    print(`note: ${line}`)
  }
  const allowsDeletion = options.allowDelete === true
  const updatesSecrets = options.updateSecrets === true
  const input: ImportInput = { api, run, folder, coverage, served, note, updatesSecrets }
  const sending = importAll(input, allowsDeletion)
  // Otherwise each step is a line of its own.
  const removals = await patiently(sending, () => (isJson ? `${run.summary} so far` : undefined))
  if (!allowsDeletion && removals.length > 0)
    note(
      `${removals.length} ${removals.length === 1 ? 'object' : 'objects'} of the server ${removals.length === 1 ? 'is' : 'are'} not in ${dir} and ${removals.length === 1 ? 'stays' : 'stay'}; --allow-delete deletes them`,
    )
  if (isJson) {
    const { changes, unchanged } = run
    observer.print(
      JSON.stringify({
        dry_run: options.dryRun === true,
        changes,
        unchanged,
        notes,
        warnings: warnings.map(formatFinding),
      }),
    )
  } else print(`${dir} ${options.dryRun === true ? 'would be' : 'is'} on ${api.url}: ${run.summary}`)
  return exitStatus.done
}

/** Resolves with what the folder lacks, which is deleted where that is allowed. */
async function importAll(input: ImportInput, allowsDeletion: boolean): Promise<readonly Removal[]> {
  const { api, run } = input
  await importResourceServers(input)
  const clientIds = await importClients(input)
  await importModules(input)
  await importActions(input)
  const grants = await importClientGrants(input, clientIds)
  const organizationIds = await importOrganizations(input, clientIds, grants, allowsDeletion)
  await importDefaultOrganizations(input, clientIds, organizationIds)
  await importBindings(input, allowsDeletion)
  await importSettings(input)
  const removals = findRemovals(input, clientIds)
  for (const { path, ...title } of allowsDeletion ? removals : [])
    await run.step({ verb: 'delete', ...title }, () => api.send('DELETE', path))
  return removals
}

function mistakes(lines: readonly string[], dir: string): CommandFault {
  return new CommandFault(
    [...lines, `${lines.length} ${lines.length === 1 ? 'mistake' : 'mistakes'} in ${dir}; nothing was sent`].join('\n'),
  )
}
