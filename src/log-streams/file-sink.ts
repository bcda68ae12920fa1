import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, realpath, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { entryText, type LogSink } from './sink.ts'

/** Written at its end, read there to see how it ends, and never through a link that somebody put in its place. */
const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW

const lineBreak = 0x0a

/**
 * A file below a folder, one entry a line (JSON). Whoever moves it away gets a new one made in its place: that is how it is rotated. Refuses, as
 * a delivery that failed, a path that leads out of the folder.
 */
export function openFileSink(folder: string, path: string, mask: (entry: object) => object): LogSink {
  const file = join(folder, path)
  let handle: FileHandle | undefined
  const release = async () => {
    const old = handle
    handle = undefined
    await old?.close()
  }
  const current = async (): Promise<FileHandle> => {
    if (handle !== undefined) {
      const [held, found] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)])
      if (found !== undefined && held.ino === found.ino && held.dev === found.dev) return handle
      await release()
    }
    handle = await openLog(folder, file)
    return handle
  }
  return {
    name: file,
    deliver: async (entries, _signal, onDelivered) => {
      try {
        const log = await current()
        await log.appendFile(entries.map((entry) => `${entryText(entry, mask)}\n`).join(''))
      } catch (error) {
        // Half a line may stand there now: the next opening ends it.
        await release().catch(() => undefined)
        throw error
      }
      for (const entry of entries) onDelivered(entry)
    },
    settle: async () => handle?.datasync(),
    close: release,
  }
}

async function openLog(folder: string, file: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const within = await realpath(folder)
  // Before a folder is made: one that leads out of here is not to have another made at its end.
  await demandWithin(within, await nearestFolder(dirname(file)), file, folder)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await demandWithin(within, dirname(file), file, folder)
  const handle = await open(file, flags, 0o600)
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    if (size > 0 && last[0] !== lineBreak) await handle.appendFile('\n')
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function demandWithin(within: string, path: string, file: string, folder: string): Promise<void> {
  const real = await realpath(path)
  if (real !== within && !real.startsWith(`${within}${sep}`))
    throw new Error(`${file} leads out of ${folder}, the folder of LOG_STREAM_DIR`)
}

/** The folder itself, or the nearest above it that is there. */
async function nearestFolder(path: string): Promise<string> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  )
  return isThere ? path : nearestFolder(dirname(path))
}
