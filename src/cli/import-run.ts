import type { JsonObject } from '../tenant-folder/index.ts'
import { CommandFault } from './exit.ts'
import { ManagementFault } from './management-client.ts'
import { patiently } from './patience.ts'
import { objectOf } from './read-served-tenant.ts'

/** What an import does to an object. */
export type ImportVerb = 'create' | 'change' | 'deploy' | 'publish' | 'delete'

/** One thing that an import did, or would do. */
export interface ImportChange {
  readonly verb: ImportVerb
  /** In Auth0's words: `API`, `client`, `client grant` and so on. */
  readonly kind: string
  readonly name: string
  /** The members that differ. */
  readonly members?: readonly string[]
}

const past: Readonly<Record<ImportVerb, string>> = {
  create: 'created',
  change: 'changed',
  deploy: 'deployed',
  publish: 'published',
  delete: 'deleted',
}

/** The steps of one import, in order: sent or, when it is only planned, noted. */
export class ImportRun {
  readonly changes: ImportChange[] = []
  unchanged = 0
  readonly #isPlan: boolean
  readonly #print: (line: string) => void

  constructor({ isPlan, print }: { readonly isPlan: boolean; readonly print: (line: string) => void }) {
    this.#isPlan = isPlan
    this.#print = print
  }

  /**
   * Does one thing to the server, and answers what the server did; of a plan an empty object. Throws, in one line, what failed and how much was done before: what
   * was done stays.
   */
  async step(change: ImportChange, send: () => Promise<unknown>): Promise<JsonObject> {
    const { verb, kind, name, members } = change
    const what = `${kind} ${JSON.stringify(name)}`
    const which = members === undefined ? '' : ` (${members.join(', ')})`
    if (this.#isPlan) {
      this.changes.push(change)
      this.#print(`would ${verb} ${what}${which}`)
      return {}
    }
    const answer = await patiently(send(), () => `${what} is being ${past[verb]}`).catch((error: unknown) => {
      const before = this.changes.length
      const done = `${before === 0 ? 'nothing was' : `${before} ${before === 1 ? 'change was' : 'changes were'}`} made before it`
      if (error instanceof ManagementFault)
        throw new CommandFault(
          `${what} was not ${past[verb]} (${error.status}: ${error.detail}); ${done}; mend it and import again, which goes on from there`,
        )
      if (error instanceof CommandFault)
        throw new CommandFault(
          `${what} was not ${past[verb]}: ${error.message}; ${done}; import again, which goes on from there`,
        )
      throw error
    })
    this.changes.push(change)
    this.#print(`${past[verb].padEnd(9)} ${what}${which}`)
    return answer === undefined ? {} : objectOf(answer)
  }

  /** How many things it did of a kind, in a sentence's words. */
  get summary(): string {
    const count = (verbs: readonly ImportVerb[]) => this.changes.filter(({ verb }) => verbs.includes(verb)).length
    const parts = [
      `${count(['create'])} created`,
      `${count(['change'])} changed`,
      `${count(['delete'])} deleted`,
      `${this.unchanged} unchanged`,
    ]
    return parts.join(', ')
  }
}
