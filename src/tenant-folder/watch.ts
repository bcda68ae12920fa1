import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { type ChokidarOptions, watch } from 'chokidar'

/** What a watch reports to. */
export interface WatchHandlers {
  /** Called with the absolute paths that changed, sorted, once all has been quiet for a moment. */
  onChange(changed: readonly string[]): void
  /** Called when the system cannot watch (too many files, no permission). What was watched so far still is. */
  onError(error: unknown): void
}

export interface WatchOptions {
  /** Absolute paths inside the folder whose changes are not the folder's: the server's own data. */
  readonly ignored?: readonly string[]
  /** How long nothing must have changed before it is reported, in milliseconds. */
  readonly quietMs?: number
}

/**
 * Watches a tenant folder, or the folder of a YAML file, and the `.env` beside it. Resolves once it sees every change.
 *
 * An editor writes twice, or writes elsewhere and renames: changes are reported together, 100 ms after the last; where they do not end, at the
 * first short pause after half a second. Files and folders may come, go and be replaced. Hidden files (but `.env`) and `node_modules` are not watched.
 *
 * @returns stops watching; nothing is reported after it is called.
 */
export async function watchTenantFolder(
  root: string,
  handlers: WatchHandlers,
  options: WatchOptions = {},
): Promise<() => Promise<void>> {
  const folder = /\.ya?ml$/.test(root) ? dirname(resolve(root)) : resolve(root)
  const besides = join(dirname(folder), '.env')
  return watchPaths([folder, besides], handlers, options, {
    ignored: [
      (path) => path !== besides && isForeign(relative(folder, resolve(path))),
      ...(options.ignored ?? []).map((path) => ({ path: resolve(path), recursive: true })),
    ],
  })
}

/**
 * Watches single files, absolute, whether or not they are there, as {@link watchTenantFolder} does a folder. Nothing else of their folders is
 * looked into.
 */
export async function watchFiles(
  files: readonly string[],
  handlers: WatchHandlers,
  options: Pick<WatchOptions, 'quietMs'> = {},
): Promise<() => Promise<void>> {
  // By their folders: a file that is written elsewhere and renamed is another file.
  const folders = new Set(files.map(dirname))
  const wanted = new Set([...files, ...folders])
  return watchPaths([...folders], handlers, options, { depth: 0, ignored: (path) => !wanted.has(resolve(path)) })
}

/** Milliseconds after the first of changes that do not end: a short pause is enough from then on. */
const longestMs = 500
/** Milliseconds of it: in the midst of a write a file would be read half. */
const pauseMs = 20

async function watchPaths(
  paths: readonly string[],
  handlers: WatchHandlers,
  { quietMs = 100 }: Pick<WatchOptions, 'quietMs'>,
  rules: Pick<ChokidarOptions, 'depth' | 'ignored'>,
): Promise<() => Promise<void>> {
  const watcher = watch([...paths], { ignoreInitial: true, ...rules })
  const changed = new Set<string>()
  let quiet: NodeJS.Timeout | undefined
  let firstAt: number | undefined
  let closed = false
  function report(): void {
    firstAt = undefined
    const paths = [...changed].sort()
    changed.clear()
    handlers.onChange(paths)
  }
  watcher.on('all', (_, path) => {
    if (closed) return
    changed.add(resolve(path))
    clearTimeout(quiet)
    firstAt ??= performance.now()
    quiet = setTimeout(report, performance.now() - firstAt < longestMs ? quietMs : pauseMs)
  })
  watcher.on('error', (error) => handlers.onError(error))
  await new Promise<void>((ready) => watcher.once('ready', ready))

  return async () => {
    closed = true
    clearTimeout(quiet)
    await watcher.close()
  }
}

function isForeign(path: string): boolean {
  if (basename(path) === '.env') return path !== '.env'
  return path.split(sep).some((step) => step === 'node_modules' || (step.startsWith('.') && step !== '..'))
}
