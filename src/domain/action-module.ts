import type { ActionDependency, ActionSecret, DraftBuild } from './action.ts'
import { type ContentLimits, type ContentRefusal, type GivenContent, refusalsOfContent } from './action-content.ts'
import { limits } from './limits.ts'

/**
 * An actions module: code, action secrets and npm packages that several actions share, loaded by `require('actions:NAME')`. This is its draft.
 *
 * @see Auth0 Docs, "Actions Modules"
 */
export interface ActionModule {
  readonly id: string
  readonly name: string
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly secrets: readonly ActionSecret[]
  /** What its packages came to when a version was last published. */
  readonly build?: DraftBuild
  /** The published version that the draft is; absent once the draft was edited, whatever that changed. */
  readonly draft_version_id?: string
  readonly created_at: string
  readonly updated_at: string
}

/** A published version of a module. It never changes; actions pin it by its id. */
export interface ActionModuleVersion {
  readonly id: string
  readonly module_id: string
  readonly version_number: number
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly secrets: readonly ActionSecret[]
  /** The hash of the bundle that holds its packages; absent when it declares none. */
  readonly bundle?: string
  readonly created_at: string
}

const moduleLimits: ContentLimits = {
  of: 'module',
  nameLength: limits.moduleNameLength,
  code: { unit: 'characters', most: limits.moduleCodeLength },
  secrets: limits.moduleSecrets,
  secretNameLength: limits.moduleSecretNameLength,
  dependencies: limits.moduleDependencies,
}

/**
 * Every rule that what is given of a module breaks; empty when it may be stored. A module that requires a module is among them: so there
 * is never a cycle. One that builds the name at run time is refused by the runner instead.
 *
 * @see Auth0 Docs, "Actions Limitations": a module cannot use other modules
 */
export function refusalsOfModule(given: GivenContent): readonly ContentRefusal[] {
  const nested = findRequiredModule(given.code ?? '')
  return [
    ...refusalsOfContent(given, moduleLimits),
    ...(nested === undefined ? [] : [{ reason: 'module-nested' as const, values: { name: nested.name } }]),
  ]
}

/** The first module that code requires by a plain text, and the line (from 1) where. What is commented out is not required. */
export function findRequiredModule(code: string): { readonly name: string; readonly line: number } | undefined {
  // A text that looks like a comment only hides more, and the runner sees that.
  const bare = code.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))
  const found = /\brequire\s*\(\s*(["'`])actions:([^"'`]*)\1/.exec(bare)
  if (found === null) return undefined
  return { name: found[2] ?? '', line: bare.slice(0, found.index).split('\n').length }
}
