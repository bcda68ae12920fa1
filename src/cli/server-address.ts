import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type Environment, type RemoteFlags, readRemoteConfig } from '../config.ts'
import type { DevFile } from './dev-file.ts'
import { CommandFault } from './exit.ts'

/** A client that a command may call as. */
export interface CallingClient {
  readonly client_id: string
  readonly client_secret: string
}

/** A running server, as a command reaches it. */
export interface ServerAddress {
  /** Without a slash at its end. */
  readonly url: string
  /** Certificates, PEM, of the authority to trust; absent where Node's are to do. */
  readonly ca?: string
  /** The client that the settings name; it goes before those of `devFile`. */
  readonly client?: CallingClient
  /** What `dev` says of itself; absent for any other server, which is sent no secret of it. */
  readonly devFile?: DevFile
  /** What to do when nothing answers there. */
  readonly wayOut: string
}

/**
 * The server that the settings name, else the `dev` server of DATA_DIR. Throws a `ConfigFault` for settings that are wrong, and a
 * {@link CommandFault} of one line where there is neither.
 */
export async function findServer(environment: Environment, flags: RemoteFlags): Promise<ServerAddress> {
  const { dataDir, url, caFile, client } = readRemoteConfig(environment, flags)
  const file = join(dataDir, 'dev.json')
  const devFile = await readDevFile(file, url !== undefined)
  const isDev = devFile !== undefined && (url === undefined || url === devFile.http_url || url === devFile.https_url)
  if (url === undefined && devFile === undefined) {
    throw new CommandFault(
      `no server is named, and ${file} is not there: start \`symbolon dev DIR\` with the same DATA_DIR, or give --url`,
    )
  }
  const trusted = caFile ?? (isDev && url === devFile.https_url ? devFile.ca_file : null)
  return {
    url: url ?? devFile?.http_url ?? '',
    ...(trusted !== null && { ca: await readCertificates(trusted) }),
    ...(client !== undefined && { client }),
    ...(isDev && { devFile }),
    wayOut: isDev
      ? `which ${shown(file)} names: start \`symbolon dev\` again, or give --url`
      : 'check --url, and that the server runs',
  }
}

/** What a `dev` says of itself in the file; `undefined` when there is none. One that cannot be read is passed over where `isSpare`. */
async function readDevFile(file: string, isSpare: boolean): Promise<DevFile | undefined> {
  let content: string
  try {
    content = await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || isSpare) return undefined
    throw new CommandFault(`${shown(file)} cannot be read (${code}): run as the user that \`symbolon dev\` runs as`)
  }
  try {
    const devFile: DevFile = JSON.parse(content)
    if (typeof devFile.http_url === 'string' && Array.isArray(devFile.clients)) return devFile
  } catch {
    // Said below.
  }
  if (isSpare) return undefined
  throw new CommandFault(`${shown(file)} is no file of \`symbolon dev\`: remove it, and start \`symbolon dev\` again`)
}

async function readCertificates(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CommandFault(`the certificates of ${file} cannot be read (${code}): give a file this user may read`)
  }
}

function shown(file: string): string {
  const near = relative('', resolve(file))
  return near.startsWith('..') ? file : near
}
