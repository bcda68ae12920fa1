import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Ended, Variables } from '../../support/dev-process.ts'
import type { ManagedServer } from '../../support/managed-server.ts'

const program = createRequire(import.meta.url).resolve('auth0-deploy-cli/lib/index.js')

/** The folder that is deployed. */
export const folder = fileURLToPath(new URL('folder', import.meta.url))

/** An import checks its input by schemas that take the CLI ten seconds of a processor to compile. */
export const patienceMs = 400_000

/** What of a tenant the folder is about. */
export const included = [
  'actionModules',
  'actions',
  'clientGrants',
  'clients',
  'logStreams',
  'organizations',
  'resourceServers',
  'tenant',
  'triggers',
]

/** Runs Auth0's deploy CLI to its end, logged in with the management client's secret unless the variables say otherwise. */
export function a0deploy(server: ManagedServer, args: readonly string[], variables: Variables = {}): Promise<Ended> {
  const { domain, caFile, management } = server
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    env: {
      PATH,
      HOME,
      NODE_EXTRA_CA_CERTS: caFile,
      AUTH0_DOMAIN: domain,
      AUTH0_CLIENT_ID: management.client_id,
      ...(variables.AUTH0_CLIENT_SIGNING_KEY_PATH === undefined && { AUTH0_CLIENT_SECRET: management.client_secret }),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text
  })
  return new Promise((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...printed }))
  })
}

/** Imports a folder or YAML file, and fails with what the CLI printed unless that succeeded. */
export async function imported(server: ManagedServer, input: string, variables: Variables = {}): Promise<string> {
  return done(await a0deploy(server, ['import', '--input_file', input], variables))
}

/** Exports into a folder, and fails with what the CLI printed unless that succeeded. */
export async function exported(
  server: ManagedServer,
  format: 'directory' | 'yaml',
  output: string,
  variables: Variables = {},
): Promise<string> {
  return done(await a0deploy(server, ['export', '--format', format, '--output_folder', output], variables))
}

/** Only what the folder is about: the CLI asks for nothing else. */
export const onlyIncluded: Variables = { AUTH0_INCLUDED_ONLY: JSON.stringify(included) }

/** The files of a folder, by their paths below it; JSON as what it says. */
export async function filesOf(root: string): Promise<Readonly<Record<string, unknown>>> {
  const found = await readdir(root, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = files.sort().map(async (file) => {
    const text = await readFile(file, 'utf8')
    return [relative(root, file), file.endsWith('.json') ? JSON.parse(text) : text]
  })
  return Object.fromEntries(await Promise.all(read))
}

function done({ exitCode, stdout, stderr }: Ended): string {
  expect(exitCode, stdout + stderr).toBe(0)
  return stdout + stderr
}
