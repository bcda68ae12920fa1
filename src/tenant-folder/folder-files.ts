import { readdir, readFile, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { errorCode } from './error-code.ts'
import type { FindingList, Place } from './finding.ts'
import type { KeywordLookup } from './keywords.ts'
import { type Source, sourceOf } from './source.ts'

/**
 * The files of one tenant folder, as one reading sees them: paths are relative to the root, with `/` between their parts;
 * every path asked for is remembered. What cannot be read is an error, never a throw.
 */
export class FolderFiles {
  readonly root: string
  readonly findings: FindingList
  readonly #lookup: KeywordLookup
  readonly #seen = new Set<string>()

  constructor(root: string, findings: FindingList, lookup: KeywordLookup) {
    this.root = root
    this.findings = findings
    this.#lookup = lookup
    this.#seen.add(root)
  }

  /** Absolute paths of all that was asked for, sorted. */
  get seen(): readonly string[] {
    return [...this.#seen].sort()
  }

  /** The entries of a folder that is known to be there, sorted by name, hidden ones left out. That it is gone meanwhile is an error: it is not empty. */
  async list(folder: string): Promise<readonly { readonly name: string; readonly isFolder: boolean }[] | undefined> {
    const path = this.#ask(folder)
    try {
      const entries = await readdir(path, { withFileTypes: true })
      return entries
        .filter((entry) => !entry.name.startsWith('.'))
        .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      const isFile = errorCode(error) === 'ENOTDIR'
      this.findings.error({ file: folder }, isFile ? 'must be a folder; it is a file' : unreadable(error))
      return undefined
    }
  }

  /** A file of the folder with its keywords replaced; a keyword that cannot be is an error. `undefined` when it cannot be read. */
  async read(file: string): Promise<Source | undefined> {
    try {
      return this.#source(file, await readFile(this.#ask(file), 'utf8'))
    } catch (error) {
      this.findings.error({ file }, unreadable(error))
      return undefined
    }
  }

  /** The text of a file that is only kept, keywords and all; `undefined`, without an error, when it cannot be read. */
  async readRaw(file: string): Promise<string | undefined> {
    try {
      return await readFile(this.#ask(file), 'utf8')
    } catch {
      return undefined
    }
  }

  /**
   * Reads a file that another file names, as {@link read} does. A path that leaves the folder, by its steps or through a
   * symbolic link, is an error at `place`, as is one that leads to no file.
   */
  async readNamed(path: string, place: Place, member: string): Promise<Source | undefined> {
    const named = JSON.stringify(path)
    const rule = 'a path relative to the root of the tenant folder, and inside it'
    const target = resolve(this.root, path.replaceAll('\\', '/'))
    const file = relative(this.root, target).replaceAll(sep, '/')
    if (leaves(file)) {
      this.findings.error(place, `${member} ${named} leads outside the tenant folder; give ${rule}`)
      return undefined
    }
    try {
      // Both sides resolved: the root itself may be reached through a link.
      const real = await realpath(this.#ask(file))
      if (leaves(relative(await realpath(this.root), real))) {
        this.findings.error(place, `${member} ${named} is a link that leads outside the tenant folder; give ${rule}`)
        return undefined
      }
      return this.#source(file, await readFile(real, 'utf8'))
    } catch (error) {
      this.findings.error(place, `${member} ${named} ${unreadable(error)}; give ${rule}`)
      return undefined
    }
  }

  #source(file: string, raw: string): Source {
    const source = sourceOf(file, raw, this.#lookup)
    for (const { keyword, line } of source.unresolved) {
      const key = keyword.slice(2, -2)
      this.findings.error(
        { file, line },
        `keyword ${keyword} has no value; set ${key} in AUTH0_KEYWORD_REPLACE_MAPPINGS, in the environment or in .env`,
      )
    }
    return source
  }

  #ask(file: string): string {
    const path = join(this.root, file)
    this.#seen.add(path)
    return path
  }
}

function leaves(path: string): boolean {
  return path === '' || path === '..' || path.startsWith(`..${sep}`) || path.startsWith('../') || isAbsolute(path)
}

function unreadable(error: unknown): string {
  const code = errorCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EISDIR') return 'is a folder, not a file'
  return `cannot be read: ${code}`
}
