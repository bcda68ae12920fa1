import { readFile } from 'node:fs/promises'

/** Names below names. */
export interface Tree {
  readonly [name: string]: Tree
}

/** What Auth0's document names of one operation. */
export interface OperationFacts {
  readonly query?: readonly string[]
  readonly queryRequired?: readonly string[]
  readonly body?: Tree
  readonly bodyRequired?: readonly string[]
  readonly status: number
  readonly answer?: Tree
  /** Any one of which lets a token in, but where it needs all. */
  readonly scopes: readonly string[]
}

/** By method and path, the path's variable parts as `{}`. */
export async function readFacts(): Promise<Readonly<Record<string, OperationFacts>>> {
  const { trees, operations } = JSON.parse(await readFile(new URL('./openapi-facts.json', import.meta.url), 'utf8'))
  const parse = (text: string | undefined) => (text === undefined ? undefined : parseTree(trees[text] ?? text))
  return Object.fromEntries(
    Object.entries<{ readonly body?: string; readonly answer?: string }>(operations).map(([name, fact]) => [
      name,
      // As the file has it: a status and scopes are always there.
      JSON.parse(JSON.stringify({ ...fact, body: parse(fact.body), answer: parse(fact.answer) })),
    ]),
  )
}

/** `a b(c d(e))`: names, each with those below it. */
function parseTree(text: string): Tree {
  const root: Record<string, Tree> = {}
  const open: Record<string, Tree>[] = [root]
  let last = root
  for (const [, name, bracket] of text.matchAll(/([^\s()]+)|([()])/g)) {
    if (name !== undefined) {
      last = {}
      Object.assign(open.at(-1) ?? root, { [name]: last })
    } else if (bracket === '(') open.push(last)
    else open.pop()
  }
  return root
}

type Schema = Readonly<Record<string, unknown>>

/** The properties that a schema names, in any of its branches and in the items of its lists, each with the schemas it has there. */
export function namesIn(schema: Schema): ReadonlyMap<string, readonly Schema[]> {
  const found = new Map<string, Schema[]>()
  const visit = (one: unknown) => {
    if (!isSchema(one)) return
    for (const branches of ['anyOf', 'oneOf', 'allOf'] as const) {
      const all = one[branches]
      if (Array.isArray(all)) all.forEach(visit)
    }
    visit(one.items)
    if (!isSchema(one.properties)) return
    for (const [name, below] of Object.entries(one.properties)) {
      if (isSchema(below)) found.set(name, [...(found.get(name) ?? []), below])
    }
  }
  visit(schema)
  return found
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
