/**
 * The program that tries the packages of a bundle before anything depends on them: loads each as an action would, tells which failed, and
 * makes V8's code cache of what has run. It is locked down like the process that runs actions, and connects to nowhere.
 *
 * What it tells goes through the descriptor that actions have for their transport, behind a tag: without it, what packages write there
 * themselves could pass for a code cache, which V8 takes at its word.
 */
import fs from 'node:fs'
import { Script } from 'node:vm'
import { guardEgress } from './egress.ts'
import { lockDown, serverDescriptor } from './lockdown.ts'
import { PackageTree } from './package-tree.ts'
import { bundleScript, openPackages } from './packages.ts'

const { readFileSync, writeSync } = fs
const { parse, stringify } = JSON
const { from } = Buffer
const byteLength = Buffer.byteLength
// A package that put its own in its place could have V8 run what it likes.
const createCachedData = Function.prototype.call.bind(Script.prototype.createCachedData)
const reallyExit: unknown = Reflect.get(process, 'reallyExit')

/** What it is asked: a JSON object on its standard input. */
interface Trial {
  /** Hexadecimal; begins each part of its answer: its length, a line feed, and JSON. The last is followed by the code cache. */
  readonly tag: string
  /** The bundle's folder, without links. */
  readonly folder: string
  readonly specifiers: readonly string[]
  /** Whether out of the bundle, or out of the installed tree alone. */
  readonly outOf: 'bundle' | 'tree'
}

const { tag, folder, specifiers, outOf }: Trial = parse(readFileSync(0, 'utf8'))
lockDown()
guardEgress({ kind: 'none' })
process.on('uncaughtException', () => undefined)
process.on('unhandledRejection', () => undefined)

const load =
  outOf === 'bundle' ? openPackages(folder).require : new PackageTree(folder).requireFrom(`${folder}/packages.cjs`)
for (let index = 0; index < specifiers.length; index++) {
  const specifier = specifiers[index]
  if (specifier === undefined) continue
  let error: string | null = null
  try {
    load(specifier)
  } catch (thrown) {
    error = messageOf(thrown)
  }
  // At once: what comes next may end the process.
  tell({ specifier, error })
}
const script = outOf === 'bundle' ? bundleScript(folder) : undefined
tell({ cachedDataRejected: script?.cachedDataRejected ?? null })
if (script !== undefined) write(createCachedData(script))
if (typeof reallyExit === 'function') Reflect.apply(reallyExit, process, [0])

function messageOf(error: unknown): string {
  try {
    return String(error).slice(0, 1_024)
  } catch {
    return 'it threw what cannot be read'
  }
}

function tell(what: object): void {
  const text = stringify(what)
  write(from(`${tag}${byteLength(text)}\n${text}`))
}

function write(data: Buffer): void {
  for (let offset = 0; offset < data.length; ) offset += writeSync(serverDescriptor, data, offset)
}
