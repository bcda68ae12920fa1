import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** What lies in a data folder. Everything a server keeps is here; nothing else may be. */
export interface DataFolder {
  readonly path: string
  readonly configFile: string
  readonly logsFile: string
  readonly sealingKeyFile: string
  /** Locked by the server that has the folder; there only while one has. */
  readonly lockFile: string
  /** Whether records are there already, which the sealing key must fit. */
  readonly hasRecords: boolean
  /** Folder of the files that sandboxed processes may read. */
  readonly runnerFolder: string
  /** Folder of the npm packages of built versions. */
  readonly bundlesFolder: string
  /** Folder for builds under way, and what the package manager keeps. */
  readonly buildFolder: string
  /** Folder of the certificate authority that `dev` makes. */
  readonly tlsFolder: string
  /** Where `dev` writes how to reach it. */
  readonly devFile: string
}

const ownNames =
  /^((config|logs)\.db(-wal|-shm|-journal)?|sealing\.key|server\.lock|dev\.json|dev\.json\.new|runner|bundles|build|tls)$/

/** Of the names in a data folder the first that is not ours; `undefined` where all of them are. */
export function foreignAmong(names: readonly string[]): string | undefined {
  return names.find((name) => !ownNames.test(name))
}

/**
 * Opens a data folder, made (for its owner alone) when absent. Refuses one that holds anything that is not ours: it may be somebody's, and
 * what is ours could be lost among it. Nothing is written then.
 */
export async function openDataFolder(given: string): Promise<DataFolder> {
  const path = resolve(given)
  const names: readonly string[] = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Array.of<string>()
    throw new Error(`DATA_DIR ${path} cannot be used (${error.code}): give a folder this user may write`, {
      cause: error,
    })
  })
  const foreign = foreignAmong(names)
  if (foreign !== undefined) {
    throw new Error(
      `DATA_DIR ${path} holds "${foreign}", which is not ours: give an empty or new folder; nothing there was changed`,
    )
  }
  await makeFolder(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`DATA_DIR ${path} cannot be made (${error.code}): give a folder this user may write`, {
      cause: error,
    })
  })
  return {
    path,
    configFile: join(path, 'config.db'),
    logsFile: join(path, 'logs.db'),
    sealingKeyFile: join(path, 'sealing.key'),
    lockFile: join(path, 'server.lock'),
    hasRecords: names.includes('config.db'),
    runnerFolder: join(path, 'runner'),
    bundlesFolder: join(path, 'bundles'),
    buildFolder: join(path, 'build'),
    tlsFolder: join(path, 'tls'),
    devFile: join(path, 'dev.json'),
  }
}

/** With the folders above it. One after the other: Node's own way of it goes round for ever where a system answers that a folder which is there is not. */
async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await make()
  })
}
