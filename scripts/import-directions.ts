import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { type Import, readImports } from './read-imports.ts'

/** One broken rule of the house, in one line: where, what, and which rule. */
export interface Violation {
  readonly file: string
  readonly line: number
  readonly message: string
}

/**
 * Which rooms a room may import. A file directly in `src` is a room of its own, under its name; `storage/*` is any adapter. A folder that has no row
 * here is a violation: a new room decides its directions first.
 */
const directions: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  http: [],
  engine: ['domain'],
  keys: ['domain'],
  storage: ['domain'],
  'storage/*': ['storage', 'domain'],
  'tenant-folder': ['domain'],
  runner: ['engine', 'domain'],
  'runner/child': ['domain'],
  deployment: ['engine', 'keys', 'storage', 'domain'],
  oauth: ['engine', 'keys', 'storage', 'http', 'domain'],
  management: ['deployment', 'keys', 'storage', 'http', 'domain'],
  'log-streams': ['storage', 'keys', 'domain'],
  authoring: ['compose-try', 'tenant-folder', 'http', 'config', 'observe', 'engine', 'domain'],
  cli: ['compose', 'compose-try', 'authoring', 'tenant-folder', 'config', 'observe'],
  'compose-runner': ['domain', 'engine', 'storage', 'runner', 'deployment', 'config', 'observe'],
  'compose-keys': ['domain', 'keys', 'storage', 'deployment', 'config'],
  'compose-folder': ['domain', 'keys', 'storage', 'deployment', 'tenant-folder', 'config'],
  'compose-management': ['http', 'management', 'config'],
  'compose-transport': ['http', 'oauth', 'storage', 'config', 'observe'],
  'compose-try': ['compose-runner', 'domain', 'engine', 'runner', 'deployment'],
  'compose-server': [
    'compose-transport',
    'domain',
    'storage',
    'tenant-folder',
    'deployment',
    'oauth',
    'config',
    'observe',
  ],
  compose: [
    'compose-server',
    'compose-transport',
    'compose-runner',
    'compose-management',
    'compose-keys',
    'compose-folder',
    'domain',
    'http',
    'engine',
    'keys',
    'storage',
    'storage/*',
    'tenant-folder',
    'runner',
    'deployment',
    'oauth',
    'management',
    'log-streams',
    'config',
    'observe',
  ],
  'config-kinds': ['domain'],
  'config-setting': ['config-kinds'],
  'config-transport': ['config-kinds', 'config-setting', 'domain'],
  'config-management': ['config-kinds', 'config-setting'],
  'config-remote': ['config-kinds', 'config-setting'],
  config: ['config-kinds', 'config-setting', 'config-transport', 'config-management', 'config-remote', 'domain'],
  observe: [],
  main: ['compose', 'config', 'observe', 'cli'],
  index: ['authoring', 'engine', 'compose', 'config'],
}

/** Rooms that import no package, and those that import no module of Node either. */
const withoutPackages: readonly string[] = ['domain', 'engine', 'runner/child']
const withoutNode: readonly string[] = ['domain', 'engine']

/** The one file of `runner` that both sides of the sandbox hold. */
const protocolFile = 'runner/protocol.ts'

const longestFile = 400
const bannedName = /^(utils?|helpers?|common|shared|libs?|types?|misc)$/

/** What a line of code may not say, outside of the files that may. */
const bannedCode: readonly { readonly code: RegExp; readonly rule: string; allowed(file: string): boolean }[] = [
  {
    code: /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[\s*['"]env['"]/,
    rule: 'process.env is read by config.ts alone, which hands the environment on as a map',
    allowed: (file) => file === 'config.ts',
  },
  {
    code: /\bprocess\s*\.\s*stdout\s*\.\s*write\b/,
    rule: 'observe.ts is the only writer to standard output',
    allowed: (file) => file === 'observe.ts',
  },
  {
    code: /\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|fetch)\b|\bnew Date\(\)|\b(process|crypto|console)\.\w/,
    rule: 'domain and engine read no clock, draw no randomness and touch nothing outside: what they need is passed in',
    allowed: (file) => !withoutNode.includes(roomOf(file)),
  },
]

/** Everything under a `src` folder that breaks the rules of the house. Throws when it holds no TypeScript file: nothing was checked then. */
export function findViolations(src: string): readonly Violation[] {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep).join('/'))
  const files = paths.filter((path) => path.endsWith('.ts')).sort()
  if (files.length === 0) throw new Error(`${src} holds no TypeScript file; give the folder of the sources`)
  return [
    ...paths
      .filter(hasBannedName)
      .map((file) =>
        at(file, 1, `"${basename(file)}" says nothing about what it holds; name it after what it decides`),
      ),
    ...files.flatMap((file) => checkFile(src, file)),
  ]
}

function hasBannedName(path: string): boolean {
  return bannedName.test(basename(path, extname(path)))
}

function checkFile(src: string, file: string): readonly Violation[] {
  const source = readFileSync(join(src, file), 'utf8')
  const lines = source.trimEnd().split('\n')
  const violations: Violation[] = []
  if (lines.length >= longestFile) {
    violations.push(
      at(
        file,
        longestFile,
        `has ${lines.length} lines; a file stays under ${longestFile}: split it by what it decides`,
      ),
    )
  }
  if (directions[rowOf(roomOf(file))] === undefined) {
    violations.push(
      at(file, 1, `the room "${roomOf(file)}" has no row in the table of directions; decide first what it may import`),
    )
  }
  for (const each of readImports(source)) {
    const message = checkImport(src, file, each)
    if (message !== undefined) violations.push(at(file, each.line, message))
  }
  for (const { code, rule, allowed } of bannedCode) {
    if (allowed(file)) continue
    lines.forEach((line, index) => {
      if (!/^\s*(\*|\/\/|\/\*)/.test(line) && code.test(line)) violations.push(at(file, index + 1, rule))
    })
  }
  return violations
}

/** Which rule an import breaks; `undefined` when none. */
function checkImport(src: string, file: string, { specifier, kind }: Import): string | undefined {
  const room = roomOf(file)
  if (specifier === undefined) {
    return room === 'runner/child'
      ? undefined
      : 'the target of this import is computed, so its direction cannot be checked'
  }
  if (!specifier.startsWith('.')) {
    if (withoutNode.includes(room)) return `${room} imports neither Node nor a package: "${specifier}"`
    if (withoutPackages.includes(room) && !isBuiltin(specifier)) return `${room} imports no package: "${specifier}"`
    return specifier.startsWith('#') || specifier === 'symbolon'
      ? `"${specifier}" hides which room it names`
      : undefined
  }
  const path = relative(resolve(src), resolve(src, dirname(file), specifier))
    .split(sep)
    .join('/')
  if (path.startsWith('../')) return kind === 'url' ? undefined : `"${specifier}" is outside of src`
  const target = roomOf(path)
  if (target === room) {
    if (file === protocolFile) return 'the protocol is bundled into the sandbox: it takes nothing of runner along'
    return path === doorOf(room) ? 'a room does not pass its own door' : undefined
  }
  // The child's program is started from its file; nothing else crosses a wall by URL.
  if (kind === 'url') return room === 'runner' && target === 'runner/child' ? undefined : `starts a file of ${target}`
  // What runs in the sandbox is bundled file by file, so that nothing of a room comes along that it does not need.
  if (room === 'runner/child' && (path === protocolFile || target === 'engine')) return undefined
  if (!directions[rowOf(room)]?.includes(rowOf(target))) return `${room} may not import ${target}`
  const isAdapter = rowOf(target) === 'storage/*'
  return isAdapter || path === doorOf(target) ? undefined : `${target} is entered by its door, ${doorOf(target)}`
}

/** The room a file of `src` is in: its folder, the folder below for adapters and the child, its own name at the top. */
function roomOf(file: string): string {
  const [top = '', below = '', ...deeper] = file.split('/')
  if (below === '') return basename(top, '.ts')
  const isInnerRoom = deeper.length > 0 && (top === 'storage' || (top === 'runner' && below === 'child'))
  return isInnerRoom ? `${top}/${below}` : top
}

function rowOf(room: string): string {
  return room.startsWith('storage/') ? 'storage/*' : room
}

function doorOf(room: string): string {
  const isFile = /^(compose(-[a-z]+)?|config(-[a-z]+)?|observe|main|index)$/.test(room)
  return isFile ? `${room}.ts` : `${room}/index.ts`
}

function at(file: string, line: number, message: string): Violation {
  return { file, line, message }
}

if (import.meta.main) {
  const violations = findViolations(resolve(import.meta.dirname, '../src'))
  for (const { file, line, message } of violations) console.error(`src/${file}:${line}: ${message}`)
  if (violations.length > 0) process.exitCode = 1
}
