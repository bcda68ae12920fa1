import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { createObserver } from '../observe.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import {
  actionFiles,
  bindingOf,
  blankCases,
  exampleAction,
  type Files,
  type FreshAction,
  tenantFiles,
} from './init-files.ts'
import { printable } from './printable.ts'

/** What a new tenant folder is made of. */
export interface InitOptions {
  readonly typescript?: true
  /** A file with a Hook, which becomes the Action. */
  readonly fromHook?: string
  readonly json?: true
}

/** What `symbolon init --json` prints. */
export interface InitReport {
  readonly dir: string
  readonly action: string
  /** The files that were written, by their paths in the folder. */
  readonly files: readonly string[]
  readonly warnings: readonly string[]
  /** What is left to do by hand, and the commands to go on with. */
  readonly next: readonly string[]
}

/** `symbolon init`: writes a tenant folder to start from, or adds a Hook to one as an Action. Resolves with the exit status. */
export async function init(dir: string, options: InitOptions): Promise<number> {
  const report = await writeFreshFolder(dir, options)
  const { print } = createObserver({ level: 'silent' })
  if (options.json === true) print(JSON.stringify(report))
  else {
    for (const warning of report.warnings) process.stderr.write(`symbolon: warning: ${printable(warning)}\n`)
    for (const line of textOf(report, dir)) print(line)
  }
  return exitStatus.done
}

/**
 * Writes a tenant folder or, for a Hook and in a folder that is one already, an Action alone. What is there stays as it is: where files are in
 * the way, all of them are named and none is written.
 */
export async function writeFreshFolder(dir: string, options: InitOptions): Promise<InitReport> {
  if (options.typescript === true && options.fromHook !== undefined)
    throw new UsageFault('--from-hook keeps the Hook as it is, in JavaScript: leave out --typescript')
  const root = resolve(dir)
  const { action, warnings } = await actionFor(options)
  const joins = options.fromHook !== undefined && (await isTenantFolder(root))
  const secrets = options.fromHook === undefined ? randomSecrets(action) : {}
  const files = joins ? actionFiles(action) : tenantFiles(action, titleOf(root), secrets)
  await refuseWhatIsThere(root, dir, [...Object.keys(files), 'tenant.yaml', 'tenant.yml'])
  await write(root, dir, files)
  return {
    dir: root,
    action: action.name,
    files: Object.keys(files).sort(),
    warnings,
    next: nextSteps(root, action, { joins, hasValues: Object.keys(secrets).length > 0 }),
  }
}

async function actionFor({
  fromHook,
  typescript,
}: InitOptions): Promise<{ readonly action: FreshAction; readonly warnings: readonly string[] }> {
  if (fromHook === undefined) return { action: exampleAction(typescript === true ? 'ts' : 'js'), warnings: [] }
  const source = await readText(fromHook)
  const { actionOfHook } = await import('../authoring/index.ts')
  const { warnings, ...made } = await actionOfHook(source, fromHook)
  return { action: { name: nameOf(fromHook), language: 'js', cases: blankCases(), ...made }, warnings }
}

/** The bytes of a file as the text they are: what is no UTF-8 could not be kept as it is. */
async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageFault(`--from-hook ${file}: cannot be read (${codeOf(error)}): give the file of a Hook`)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new UsageFault(`--from-hook ${file}: is no UTF-8 text: give the file of a Hook`)
  }
}

/** An Action's name after a file: that of its folder where the file is named for what it holds. */
function nameOf(file: string): string {
  const base = basename(file, extname(file))
  const given = ['code', 'index', 'hook'].includes(base) ? basename(dirname(resolve(file))) : base
  return given.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '') || 'hook'
}

function titleOf(root: string): string {
  return basename(root) || 'Tenant'
}

/** A value for each secret that nobody but this folder has to know. */
function randomSecrets({ secrets }: FreshAction): Readonly<Record<string, string>> {
  return Object.fromEntries(secrets.map((name) => [name, randomBytes(24).toString('base64url')]))
}

async function isTenantFolder(root: string): Promise<boolean> {
  const signs = ['tenant.json', 'actions', 'clients', 'resource-servers', 'triggers']
  return (await Promise.all(signs.map((sign) => isThere(join(root, sign))))).includes(true)
}

async function refuseWhatIsThere(root: string, dir: string, files: readonly string[]): Promise<void> {
  if (
    await lstat(root).then(
      (found) => found.isFile(),
      () => false,
    )
  )
    throw new CommandFault(`${dir} is a file: give a folder, which is made when absent`)
  const there = await Promise.all(files.map(async (file) => ((await isThere(join(root, file))) ? [file] : [])))
  const taken = there.flat().sort()
  if (taken.length === 0) return
  throw new CommandFault(
    `${dir} holds ${taken.join(', ')} already, and nothing was written: give a new folder, or move ${taken.length === 1 ? 'it' : 'them'} away`,
  )
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Writes all files or, as far as that can be undone, none. */
async function write(root: string, dir: string, files: Files): Promise<void> {
  const written: string[] = []
  try {
    for (const [file, text] of Object.entries(files)) {
      const path = join(root, file)
      await mkdir(dirname(path), { recursive: true })
      // Made anew or not at all: somebody may have been quicker.
      await writeFile(path, text, { flag: 'wx', mode: file === '.env' ? 0o600 : 0o666 })
      written.push(path)
    }
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })))
    throw new CommandFault(`${dir} cannot be written (${codeOf(error)}): give a folder that this user may write`)
  }
}

function nextSteps(
  root: string,
  { name, secrets }: FreshAction,
  { joins, hasValues }: { readonly joins: boolean; readonly hasValues: boolean },
): readonly string[] {
  const near = relative('', root)
  return [
    ...(near === '' ? [] : [`cd ${shellWord(near.startsWith('..') ? root : near)}`]),
    ...(joins
      ? [`# triggers/triggers.json, under "credentials-exchange", first: ${JSON.stringify(bindingOf(name))}`]
      : []),
    ...(secrets.length === 0 || hasValues ? [] : [`# .env: a line NAME=value for each of ${secrets.join(', ')}`]),
    'symbolon test',
    `symbolon try actions/${name}`,
    'symbolon dev',
  ]
}

function textOf({ files, action, next }: InitReport, dir: string): readonly string[] {
  return [
    ...files.map((file) => `written  ${file}`),
    '',
    `${dir} holds the Action ${action}. Next:`,
    '',
    ...next.map((line) => `  ${line}`),
    '',
  ].map(printable)
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
