import type { LoadModule } from '../protocol.ts'
import { requireFor } from './action-require.ts'
import { codeParameters, compileCode } from './compile.ts'
import { openPackages } from './packages.ts'

const { parse } = JSON
const { create } = Object

/** The modules one action pins. */
export interface Modules {
  /** Whether `actions:NAME` names one. */
  has(id: string): boolean
  /** Its exports. The code runs at the first call; what it exports, or the error it threw, is kept. */
  load(id: string): unknown
}

type Loaded = { readonly exports: unknown } | { readonly error: unknown }

/**
 * The modules of one action instance: two actions that pin the same version share nothing of it. Each has its own packages and, in
 * `actions.secrets`, its own secrets; it sees neither those of the action nor other modules.
 *
 * @see Auth0 Docs, "Actions Modules"
 */
export function openModules(pinned: readonly LoadModule[], console: Console): Modules {
  const sources: { [id: string]: LoadModule } = create(null)
  const loaded: { [id: string]: Loaded } = create(null)
  for (const module of pinned) sources[`actions:${module.name}`] = module
  return {
    has: (id) => sources[id] !== undefined,
    load: (id) => {
      let known = loaded[id]
      if (known === undefined) {
        const source = sources[id]
        if (source === undefined) throw new Error(`no such module: ${id}`)
        try {
          known = { exports: runModule(source, console) }
        } catch (error) {
          known = { error }
        }
        loaded[id] = known
      }
      if ('error' in known) throw known.error
      return known.exports
    },
  }
}

function runModule({ code, folder, packages, secrets, file }: LoadModule, console: Console): unknown {
  const filename = file ?? `${folder}/module.js`
  const isInspected = file !== undefined
  const run = compileCode({ code, folder, filename, parameters: codeParameters.module, packages, isInspected })
  const opened = packages === undefined ? undefined : openPackages(packages)
  const module = { exports: {} }
  run(requireFor({ filename, packages: opened, modules: undefined }), module, module.exports, console, {
    secrets: parse(secrets),
  })
  return module.exports
}
