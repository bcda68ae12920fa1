import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buildMessage } from '../bundle-job.ts'
import type { BuildMessage } from '../bundler.ts'

const outputBytes = 1024 * 1024
const heapMiB = 768
const manifestName = 'action-packages'

/** What npm installs into, and from where. */
export interface Installation {
  readonly folder: string
  readonly home: string
  readonly cache: string
  readonly registry: string
  /** A file of certificates that are trusted beside Node's own. */
  readonly registryCertificates: string | undefined
  readonly node: string
}

/** How an installation ended; `lockfile` is npm's, without addresses. */
export type Installed =
  | { readonly lockfile: string; readonly faults?: never }
  | { readonly faults: readonly BuildMessage[] }

/** Installs dependencies at versions of npm's choice. No script of theirs runs. */
export async function installDependencies(
  dependencies: Readonly<Record<string, string>>,
  installation: Installation,
): Promise<Installed> {
  await writeManifest(dependencies, installation)
  return run('install', installation)
}

/** Installs what a lockfile says, and refuses whatever differs from it. */
export async function installLockfile(lockfile: string, installation: Installation): Promise<Installed> {
  await writeManifest(readLockfile(lockfile)['']?.dependencies ?? {}, installation)
  await writeFile(join(installation.folder, 'package-lock.json'), lockfile)
  return run('ci', installation)
}

/** One package of a lockfile; its key is its folder, the root's is empty. */
export interface LockedPackage {
  readonly version?: string
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

export function readLockfile(text: string): Readonly<Record<string, LockedPackage>> {
  const { packages }: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(text)
  return packages
}

function writeManifest(dependencies: Readonly<Record<string, string>>, { folder }: Installation): Promise<void> {
  // Its name is in the lockfile, and so in the hash: always the same.
  const manifest = { name: manifestName, version: '0.0.0', private: true, dependencies }
  return writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
}

async function run(command: 'install' | 'ci', installation: Installation): Promise<Installed> {
  const { folder, home, cache, registry, registryCertificates, node } = installation
  const program = join(dirname(createRequire(import.meta.url).resolve('npm/package.json')), 'bin', 'npm-cli.js')
  const nowhere = (name: string): string => join(home, `no-${name}`)
  const child = spawn(
    node,
    [
      `--max-old-space-size=${heapMiB}`,
      program,
      command,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-update-notifier',
      '--no-progress',
      '--no-bin-links',
      '--omit-lockfile-registry-resolved',
      '--json',
      '--loglevel=error',
      '--logs-max=0',
      '--fetch-retries=2',
      '--fetch-retry-mintimeout=200',
      '--fetch-retry-maxtimeout=2000',
      '--fetch-timeout=20000',
      `--cache=${cache}`,
      `--userconfig=${nowhere('userconfig')}`,
      `--globalconfig=${nowhere('globalconfig')}`,
    ],
    {
      cwd: folder,
      env: {
        HOME: home,
        PATH: dirname(node),
        npm_config_registry: registry,
        ...(registryCertificates !== undefined && { NODE_EXTRA_CA_CERTS: registryCertificates }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < outputBytes) output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < outputBytes) errors += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) return { faults: [explain(output, errors, registry)] }
  return { lockfile: await readFile(join(folder, 'package-lock.json'), 'utf8') }
}

/** npm's own error, in words for the author of an action. */
function explain(output: string, errors: string, registry: string): BuildMessage {
  const { code, summary, detail } = readError(output)
  const said = withoutCredentials(`${summary} ${detail} ${errors}`)
  switch (code) {
    case 'E404': {
      const [, name = ''] = /'(@?[^'@]+)@[^']*' could not be found/.exec(said) ?? []
      return buildMessage(
        'package_not_found',
        name === ''
          ? `A package is not in the registry: ${said}`
          : `The package "${name}" is not in the registry. Check its name; private packages are not available.`,
      )
    }
    case 'ETARGET': {
      const [, name = '', version = ''] = /No matching version found for (@?[^@\s]+)@(.*?)\.?(?:\s|$)/.exec(said) ?? []
      return buildMessage(
        'version_not_found',
        `The package "${name}" has no version that matches "${version}". Declare one that its registry has.`,
      )
    }
    case 'EINTEGRITY':
      return buildMessage(
        'package_damaged',
        `A package is not what the registry says it is, and was not installed: ${said}`,
      )
    case 'ERESOLVE':
      return buildMessage('dependency_conflict', `The dependencies contradict each other: ${said}`)
    case 'E401':
    case 'E403':
      return buildMessage(
        'registry_refused',
        `The registry at ${shown(registry)} refused to give a package (${code}): ${said}`,
      )
  }
  if (
    /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|ENET|EHOST|ERR_SOCKET|FETCH_ERROR|EPROTO|CERT|UNABLE|SELF_SIGNED|DEPTH_ZERO|E5\d\d)/.test(
      code,
    )
  ) {
    return buildMessage(
      'registry_unreachable',
      `The registry at ${shown(registry)} could not be reached (${code}). Try again once it can, or set another one in ACTIONS_REGISTRY.`,
    )
  }
  return buildMessage('install_failed', `npm could not install the dependencies (${code || 'no code'}): ${said}`)
}

function readError(output: string): { readonly code: string; readonly summary: string; readonly detail: string } {
  try {
    const { error }: { readonly error?: Readonly<Record<string, unknown>> } = JSON.parse(output)
    const text = (key: string): string => (typeof error?.[key] === 'string' ? error[key] : '')
    return { code: text('code'), summary: text('summary'), detail: text('detail') }
  } catch {
    // It ended without a word: killed, or out of memory.
    return { code: '', summary: '', detail: '' }
  }
}

function shown(registry: string): string {
  return withoutCredentials(registry)
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/(\/\/)[^/@\s]+@/g, '$1').trim()
}
