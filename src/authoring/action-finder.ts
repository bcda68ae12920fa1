import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Environment } from '../config.ts'
import { type FolderReading, formatFinding } from '../tenant-folder/index.ts'
import type { CaseGiven } from './case.ts'
import type { CaseFault } from './case-form.ts'
import { AuthoringFault } from './fault.ts'
import { type FoundAction, findAction, type ReadTenant, readTenant, tenantRootOf } from './find-action.ts'
import { type CasePlace, isTenantFolder } from './find-cases.ts'

/** The actions that were found, or why not: by their places in what was given, and in sentences of other files. */
export interface Sought {
  readonly found: readonly FoundAction[]
  readonly faults: readonly CaseFault[]
  readonly others: readonly string[]
}

/** Finds actions, each once for the same secrets; a tenant folder is read once for all of them. */
export class ActionFinder {
  readonly #environment: Environment
  readonly #readings = new Map<string, Promise<FolderReading>>()
  readonly #found = new Map<string, Promise<FoundAction>>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** Reads a tenant folder. */
  readonly readTenant: ReadTenant = (root, environment) =>
    keep(this.#readings, JSON.stringify([root, environment]), () => readTenant(root, environment))

  /**
   * The action of a file or a folder, with secrets over those that it declares; one that stands alone takes all of them. Rejects as
   * {@link findAction} does.
   */
  find(path: string, secrets: Readonly<Record<string, string>>): Promise<FoundAction> {
    return keep(this.#found, JSON.stringify([path, secrets]), async () => {
      // As values of the environment they fill what is declared, and nothing else.
      const found = await findAction(path, {}, { ...this.#environment, ...secrets }, this.readTenant)
      const declared = ({ secrets: own }: { readonly secrets: typeof secrets }) =>
        Object.fromEntries(
          Object.entries(own).map(([name, value]) => [
            name,
            Object.hasOwn(secrets, name) ? (secrets[name] ?? value) : value,
          ]),
        )
      const { action, tenant } = found
      if (tenant === undefined) return { ...found, action: { ...action, secrets: { ...action.secrets, ...secrets } } }
      const modules = action.modules.map((module) => ({ ...module, secrets: declared(module) }))
      return { ...found, action: { ...action, secrets: declared(action), modules } }
    })
  }

  /** The actions that are named, or the one that lies beside. */
  async seek(
    named: CaseGiven['actions'],
    { folder, actionPath }: CasePlace,
    secrets: Readonly<Record<string, string>>,
  ): Promise<Sought> {
    if (named === undefined) {
      if (actionPath !== undefined) return this.#findAll([actionPath], secrets)
      return refused([], 'lies beside no Action, or beside several: name them in actions')
    }
    const root = tenantRootOf(join(folder, 'code.js')) ?? ((await isTenantFolder(folder)) ? folder : undefined)
    const reading = root === undefined ? undefined : await this.readTenant(root, { ...this.#environment, ...secrets })
    const names = named === 'bound' ? boundIn(reading) : named
    if ('found' in names) return names
    const paths: string[] = []
    const faults: CaseFault[] = []
    for (const [index, name] of names.entries()) {
      const path = pathInTenant(name, root, reading) ?? (await pathNear(name, folder))
      if (path !== undefined) paths.push(path)
      else {
        const known = (reading?.actions ?? []).map((action) => action.name)
        const there = known.length === 0 ? '' : `; the folder has ${known.join(', ')}`
        faults.push({ path: ['actions', index], message: `there is no Action ${JSON.stringify(name)}${there}` })
      }
    }
    return { ...(await this.#findAll(paths, secrets)), faults }
  }

  async #findAll(paths: readonly string[], secrets: Readonly<Record<string, string>>): Promise<Sought> {
    const found: FoundAction[] = []
    const others: string[] = []
    for (const path of paths) {
      try {
        found.push(await this.find(path, secrets))
      } catch (error) {
        if (!(error instanceof AuthoringFault)) throw error
        others.push(...error.message.split('\n'))
      }
    }
    return { found, faults: [], others }
  }
}

function refused(path: CaseFault['path'], message: string): Sought {
  return { found: [], faults: [{ path, message }], others: [] }
}

/** The names of the actions that a tenant's trigger runs, or why they are not known. */
function boundIn(reading: FolderReading | undefined): readonly string[] | Sought {
  if (reading === undefined || (reading.tenant === undefined && reading.actions.length === 0))
    return refused(['actions'], 'bound needs a tenant folder, whose triggers name the Actions')
  if (reading.tenant === undefined) return { found: [], faults: [], others: reading.errors.map(formatFinding) }
  const names = reading.tenant.bindings.map(({ action_name }) => action_name)
  return names.length > 0 ? names : refused(['actions'], 'bound runs nothing: triggers/triggers.json binds no Action')
}

function pathInTenant(name: string, root: string | undefined, reading: FolderReading | undefined): string | undefined {
  const action = reading?.actions.find((each) => each.name === name && each.codeFile !== '')
  return root === undefined || action === undefined ? undefined : resolve(root, action.codeFile)
}

/** An action that stands alone: a file or a folder of that name, beside the cases' own or beside their folder. */
async function pathNear(name: string, folder: string): Promise<string | undefined> {
  for (const beside of [folder, dirname(folder)]) {
    for (const extension of ['', '.js', '.cjs', '.ts', '.mts', '.cts']) {
      const path = join(beside, `${name}${extension}`)
      if (await isThere(path)) return path
    }
  }
  return undefined
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function keep<T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = kept.get(key) ?? make()
  kept.set(key, made)
  return made
}
