import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FindingList, sortFindings } from './finding.ts'
import { FolderFiles } from './folder-files.ts'
import type { FolderReading } from './folder-tenant.ts'
import { gatherDirectory, gatherYaml } from './gather.ts'
import type { Environment } from './keywords.ts'
import { understand } from './understand.ts'
import { readVariables } from './variables.ts'

/**
 * Reads a tenant folder in the layout of the Deploy CLI: a directory, a directory with a `tenant.yaml`, or a YAML file.
 *
 * Reports everything that is wrong with it, in one go. Keywords and secrets are looked up in `environment`, then in a
 * `.env` in the folder or beside it. With `only`, objects of those kinds alone are read, whatever its variables
 * leave out or in. Never rejects for what a folder can hold.
 *
 * @see Auth0 Docs, "Deploy CLI Tool: Import/Export Tenant Configuration to Directory Structure" and "… to YAML File"
 */
export async function readTenantFolder(
  root: string,
  options: {
    readonly environment: Environment
    /** For a folder that is to join what a server holds: a secret without a value may be there already, which is no cause to warn, and actions of other triggers are read too. */
    readonly joinsServer?: boolean
    /** Kinds, by the Deploy CLI's names, that are read, and no others. */
    readonly only?: readonly string[]
  },
): Promise<FolderReading> {
  const findings = new FindingList()
  const layout = await findLayout(resolve(root))
  if (layout === undefined) {
    findings.error(
      { file: root },
      'does not exist; give a folder in the layout of auth0-deploy-cli, or its tenant.yaml',
    )
    const nothing = new Set<string>()
    const coverage = { kinds: nothing, excludedClients: nothing, excludedResourceServers: nothing }
    return { coverage, actions: [], modules: [], errors: findings.errors, warnings: [], files: [resolve(root)] }
  }
  const { only } = options
  const everything = await readVariables(layout.root, options.environment, findings)
  const variables = {
    ...everything,
    ...(only !== undefined && {
      selection: { ...everything.selection, includes: (kind: string) => only.includes(kind) },
    }),
    joinsServer: options.joinsServer === true,
  }
  const files = new FolderFiles(layout.root, findings, variables.keywords)
  const gathered =
    layout.yaml === undefined
      ? await gatherDirectory(files, variables.selection)
      : await gatherYaml(files, layout.yaml, variables.selection)
  const { excludedClients, excludedResourceServers } = variables.selection
  const tenant = await understand(gathered, files, variables)
  return {
    ...(findings.errors.length === 0 && { tenant }),
    coverage: { kinds: gathered.present, excludedClients, excludedResourceServers },
    actions: tenant.actions,
    modules: tenant.modules ?? [],
    errors: sortFindings(findings.errors),
    warnings: sortFindings(findings.warnings),
    files: [...new Set([...files.seen, ...variables.files])].sort(),
  }
}

/** The folder, and its YAML file where it is of that form. A `tenant.json` beside a `tenant.yaml` makes it a directory. */
async function findLayout(path: string): Promise<{ readonly root: string; readonly yaml?: string } | undefined> {
  const kind = await kindOf(path)
  if (kind === undefined) return undefined
  if (kind === 'file') return { root: dirname(path), yaml: basename(path) }
  if ((await kindOf(join(path, 'tenant.json'))) === undefined) {
    for (const yaml of ['tenant.yaml', 'tenant.yml']) {
      if ((await kindOf(join(path, yaml))) === 'file') return { root: path, yaml }
    }
  }
  return { root: path }
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    return undefined
  }
}
