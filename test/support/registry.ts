import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type PackageFiles, packTarball } from './tarball.ts'

/** A package that exists in a test alone. */
export interface MadeUpPackage {
  readonly name: string
  readonly version: string
  /** What its package.json says beside name and version. */
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly files: Readonly<Record<string, string>>
  /** Tags that lead to this version; `latest` always leads to the last one given. */
  readonly tags?: readonly string[]
  /** Sends another tarball than the one whose integrity it tells. */
  readonly damaged?: true
}

/** A registry on the loopback that serves this repository's own packages and those that a test makes up. */
export interface Registry {
  readonly url: string
  /** What was asked of it: `GET /lodash`. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

interface Version {
  readonly name: string
  readonly version: string
  readonly manifest: Readonly<Record<string, unknown>>
  readonly files: () => PackageFiles
  readonly damaged: boolean
}

interface Published {
  readonly versions: Map<string, Version>
  readonly tags: Map<string, string>
}

/** What this repository has installed, read once for all registries of a process. */
let repository: ReadonlyMap<string, Published> | undefined
const packed = new WeakMap<Version, Buffer>()

/** Opens a registry on a free port; the caller closes it. */
export async function openRegistry(madeUp: readonly MadeUpPackage[] = []): Promise<Registry> {
  repository ??= installedPackages()
  const published = new Map(repository)
  for (const each of madeUp) publishMadeUp(each, published)
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    requests.push(`${request.method} ${path}`)
    const [, name = '', , version] = /^\/((?:@[^/]+\/)?[^/]+)(\/-\/(.+)\.tgz)?$/.exec(path) ?? []
    const found = published.get(name)
    const one = version === undefined ? undefined : found?.versions.get(version)
    if (one !== undefined) {
      const bytes = tarball(one)
      response.end(one.damaged ? Buffer.concat([bytes, Buffer.from('more')]) : bytes)
    } else if (found !== undefined && version === undefined) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(packument(name, found, url())))
    } else {
      response.statusCode = 404
      response.end(JSON.stringify({ error: 'Not found' }))
    }
  })
  const url = (): string => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the registry listens on no port')
    return `http://127.0.0.1:${address.port}/`
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: url(),
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function tarball(version: Version): Buffer {
  const bytes = packed.get(version) ?? packTarball(version.files())
  packed.set(version, bytes)
  return bytes
}

function packument(name: string, { versions, tags }: Published, url: string): Record<string, unknown> {
  return {
    name,
    'dist-tags': Object.fromEntries(tags),
    versions: Object.fromEntries(
      Array.from(versions.values(), (version) => {
        const integrity = `sha512-${createHash('sha512').update(tarball(version)).digest('base64')}`
        const dist = { tarball: `${url}${name}/-/${version.version}.tgz`, integrity }
        return [version.version, { ...version.manifest, dist }]
      }),
    ),
  }
}

function publish(
  version: Version,
  published: Map<string, Published>,
  isLatest: boolean,
  tags: readonly string[],
): void {
  // Another one than that of the repository, which other registries have too.
  const { versions, tags: named } = published.get(version.name) ?? { versions: new Map(), tags: new Map() }
  const known: Published = { versions: new Map(versions), tags: new Map(named) }
  published.set(version.name, known)
  known.versions.set(version.version, version)
  if (isLatest || !known.tags.has('latest')) known.tags.set('latest', version.version)
  for (const tag of tags) known.tags.set(tag, version.version)
}

function publishMadeUp(given: MadeUpPackage, published: Map<string, Published>): void {
  const { name, version } = given
  const manifest = { ...given.manifest, name, version }
  const files = new Map([['package.json', Buffer.from(JSON.stringify(manifest))]])
  for (const [path, text] of Object.entries(given.files)) files.set(path, Buffer.from(text))
  const damaged = given.damaged === true
  publish({ name, version, manifest, files: () => files, damaged }, published, true, given.tags ?? [])
}

function installedPackages(): ReadonlyMap<string, Published> {
  const published = new Map<string, Published>()
  publishInstalled(join(import.meta.dirname, '../../node_modules'), published, true)
  return published
}

/** Every package in a `node_modules` folder, and in those within it. */
function publishInstalled(folder: string, published: Map<string, Published>, isTop: boolean): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.name.startsWith('@')) {
      for (const name of readdirSync(path)) publishFolder(join(path, name), published, isTop)
    } else publishFolder(path, published, isTop)
  }
}

function publishFolder(path: string, published: Map<string, Published>, isTop: boolean): void {
  const file = join(path, 'package.json')
  if (!existsSync(file)) return
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(file, 'utf8'))
  const { name, version } = manifest
  if (typeof name !== 'string' || typeof version !== 'string') return
  // A folder of another name is an alias: what it holds is not the latest of its name.
  const isLatest = isTop && path.endsWith(`node_modules/${name}`)
  publish({ name, version, manifest, files: () => readFolder(path), damaged: false }, published, isLatest, [])
  if (existsSync(join(path, 'node_modules'))) publishInstalled(join(path, 'node_modules'), published, false)
}

function readFolder(path: string): PackageFiles {
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name)
    const name = file.slice(path.length + 1)
    if (entry.isFile() && !name.startsWith('node_modules/')) files.set(name, readFileSync(file))
  }
  return files
}
