import { type ActionDependency, type PinnedModule, runtimes } from './action.ts'
import { limits } from './limits.ts'
import { credentialsExchange, defaultTriggerVersion, triggerVersions } from './trigger.ts'

/** What each rule on content is broken by. `of` names what the content is of. */
export interface ContentRefusalValues {
  'name-missing': { readonly of: ContentOwner }
  'name-too-long': { readonly of: ContentOwner; readonly length: number; readonly limit: number }
  'nul-character': { readonly where: string; readonly text: string }
  'code-too-large': {
    readonly of: ContentOwner
    readonly size: number
    readonly unit: 'bytes' | 'characters'
    readonly limit: number
  }
  'too-many-secrets': { readonly of: ContentOwner; readonly count: number; readonly limit: number }
  'secret-name-length': { readonly index: number; readonly length: number; readonly limit: number }
  'secret-named-twice': { readonly name: string }
  'secret-value-too-long': { readonly name: string; readonly length: number; readonly limit: number }
  'too-many-dependencies': { readonly of: ContentOwner; readonly count: number; readonly limit: number }
  'dependency-name': { readonly name: string }
  'dependency-named-twice': { readonly name: string }
  'dependency-version': { readonly name: string; readonly version: string }
  'runtime-unknown': { readonly runtime: string }
  'trigger-count': { readonly count: number }
  'supported-trigger-unknown': { readonly id: string }
  'trigger-v1': Readonly<Record<never, never>>
  'trigger-version-unknown': { readonly id: string; readonly version: string; readonly current: string }
  'too-many-modules': { readonly count: number; readonly limit: number }
  'module-pinned-twice': { readonly module_id: string }
  'module-nested': { readonly name: string }
}

/** What content belongs to. */
export type ContentOwner = 'action' | 'module'

/** One rule that content breaks, and the values that break it. */
export interface ContentRefusal<R extends keyof ContentRefusalValues = keyof ContentRefusalValues> {
  readonly reason: R
  readonly values: ContentRefusalValues[R]
}

/** A secret as its author gives it: without a value it keeps the one it has. */
export interface GivenSecret {
  readonly name: string
  readonly value?: string
}

/** What an author gives of an action or a module; what is left out is not checked. */
export interface GivenContent {
  readonly name?: string
  readonly code?: string
  readonly dependencies?: readonly ActionDependency[]
  readonly runtime?: string
  readonly secrets?: readonly GivenSecret[]
  readonly supported_triggers?: readonly { readonly id: string; readonly version: string }[]
  readonly modules?: readonly PinnedModule[]
}

/** The limits of one kind of content. */
export interface ContentLimits {
  readonly of: ContentOwner
  readonly nameLength: number
  readonly code: { readonly unit: 'bytes' | 'characters'; readonly most: number }
  readonly secrets: number
  readonly secretNameLength: number
  readonly dependencies: number
}

const actionLimits: ContentLimits = {
  of: 'action',
  nameLength: Number.POSITIVE_INFINITY,
  code: { unit: 'bytes', most: limits.actionCodeBytes },
  secrets: limits.actionSecrets,
  secretNameLength: limits.actionSecretNameLength,
  dependencies: limits.actionDependencies,
}

/** Every rule that what is given of an action breaks, in the order of its members; empty when it may be stored. */
export function refusalsOfAction(given: GivenContent): readonly ContentRefusal[] {
  return [
    ...refusalsOfContent(given, actionLimits),
    ...refusalsOfRuntime(given.runtime),
    ...refusalsOfTriggers(given.supported_triggers),
    ...refusalsOfPins(given.modules ?? []),
  ]
}

/** Every rule that a name, code, secrets and dependencies break under the limits of their kind. */
export function refusalsOfContent(given: GivenContent, most: ContentLimits): readonly ContentRefusal[] {
  const { name, code = '', secrets = [], dependencies = [] } = given
  const size = most.code.unit === 'bytes' ? utf8Length(code) : code.length
  return [
    ...(name?.trim() === '' ? [refusal('name-missing', { of: most.of })] : []),
    ...(name !== undefined && name.length > most.nameLength
      ? [refusal('name-too-long', { of: most.of, length: name.length, limit: most.nameLength })]
      : []),
    ...refusalsOfNul(`the name of the ${most.of}`, name),
    ...refusalsOfNul('the code', code),
    ...(size > most.code.most
      ? [refusal('code-too-large', { of: most.of, size, unit: most.code.unit, limit: most.code.most })]
      : []),
    ...refusalsOfSecrets(secrets, most),
    ...refusalsOfDependencies(dependencies, most),
  ]
}

function refusalsOfSecrets(secrets: readonly GivenSecret[], most: ContentLimits): readonly ContentRefusal[] {
  const found: ContentRefusal[] = []
  if (secrets.length > most.secrets)
    found.push(refusal('too-many-secrets', { of: most.of, count: secrets.length, limit: most.secrets }))
  const names = new Set<string>()
  for (const [index, { name, value = '' }] of secrets.entries()) {
    // In characters, as Auth0's own sentence counts them, and not in halves of a surrogate pair.
    const length = [...name].length
    if (length === 0 || length > most.secretNameLength)
      found.push(refusal('secret-name-length', { index, length, limit: most.secretNameLength }))
    found.push(...refusalsOfNul('the name of a secret', name))
    if (names.has(name)) found.push(refusal('secret-named-twice', { name }))
    names.add(name)
    const limit = limits.actionSecretValueLength
    if (value.length > limit) found.push(refusal('secret-value-too-long', { name, length: value.length, limit }))
  }
  return found
}

function refusalsOfDependencies(
  dependencies: readonly ActionDependency[],
  most: ContentLimits,
): readonly ContentRefusal[] {
  const found: ContentRefusal[] = []
  if (dependencies.length > most.dependencies)
    found.push(refusal('too-many-dependencies', { of: most.of, count: dependencies.length, limit: most.dependencies }))
  const names = new Set<string>()
  for (const { name, version } of dependencies) {
    const nul = refusalsOfNul('the name of a dependency', name)
    found.push(...nul)
    if (nul.length === 0 && !isPackageName(name)) found.push(refusal('dependency-name', { name }))
    if (names.has(name)) found.push(refusal('dependency-named-twice', { name }))
    names.add(name)
    if (!isPackageVersion(version)) found.push(refusal('dependency-version', { name, version }))
  }
  return found
}

/** Whether a text can be the name of an npm package; capitals are those of old packages. @see npm Docs, "package.json": `name` */
export function isPackageName(name: string): boolean {
  return name.length <= 214 && /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i.test(name)
}

/**
 * Whether a text asks a registry for a version: exact, a range, a tag, or blank for `latest`. Addresses, paths, aliases and archives do not.
 *
 * @see Auth0 Docs, "Manage Dependencies": the public registry only
 */
export function isPackageVersion(version: string): boolean {
  const isArchiveOrPath = /^\.|\.(?:tgz|tar|tar\.gz)$/i.test(version)
  return version.length <= limits.dependencyVersionLength && /^[\w.*^~<>=|+ -]*$/.test(version) && !isArchiveOrPath
}

function refusalsOfRuntime(runtime: string | undefined): readonly ContentRefusal[] {
  const isKnown = runtime === undefined || runtimes.some((known) => known === runtime)
  return isKnown ? [] : [refusal('runtime-unknown', { runtime })]
}

function refusalsOfTriggers(triggers: GivenContent['supported_triggers']): readonly ContentRefusal[] {
  if (triggers === undefined) return []
  const [trigger] = triggers
  if (trigger === undefined || triggers.length > 1) return [refusal('trigger-count', { count: triggers.length })]
  const { id, version } = trigger
  const versions = triggerVersions(id)
  if (versions.length === 0) return [refusal('supported-trigger-unknown', { id })]
  if (id === credentialsExchange && version === 'v1') return [refusal('trigger-v1', {})]
  if (versions.some((known) => known.version === version)) return []
  return [refusal('trigger-version-unknown', { id, version, current: defaultTriggerVersion(id) ?? '' })]
}

function refusalsOfPins(modules: readonly PinnedModule[]): readonly ContentRefusal[] {
  const limit = limits.actionModules
  const twice = modules.find(
    ({ module_id }, index) => modules.findIndex((other) => other.module_id === module_id) < index,
  )
  return [
    ...(modules.length > limit ? [refusal('too-many-modules', { count: modules.length, limit })] : []),
    ...(twice === undefined ? [] : [refusal('module-pinned-twice', { module_id: twice.module_id })]),
  ]
}

/** A database of texts cannot hold this character, and npm and the file system end a name at it. */
function refusalsOfNul(where: string, text: string | undefined): readonly ContentRefusal[] {
  if (text?.includes('\0') !== true) return []
  const at = Math.max(0, text.indexOf('\0') - 20)
  return [refusal('nul-character', { where, text: text.slice(at, at + 40) })]
}

function refusal<R extends keyof ContentRefusalValues>(reason: R, values: ContentRefusalValues[R]): ContentRefusal<R> {
  return { reason, values }
}

function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (point < 0x80) bytes += 1
    else if (point < 0x800) bytes += 2
    else bytes += point < 0x10000 ? 3 : 4
  }
  return bytes
}
