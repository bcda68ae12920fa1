/**
 * A program that uses one of the `auth0` SDKs as any program does, and is told what to call: each line of standard input is a call as JSON,
 * each line of standard output its result. Its first argument is the module to load; whom to trust is in NODE_EXTRA_CA_CERTS.
 */
import { createInterface } from 'node:readline'

const { ManagementClient } = await import(process.argv[2] ?? 'auth0')

/** Clients by their options: a client keeps its token. */
const clients = new Map<string, object>()

function clientOf(options: object): object {
  const key = JSON.stringify(options)
  const client = clients.get(key) ?? new ManagementClient(options)
  clients.set(key, client)
  return client
}

async function call(client: object, name: string, args: readonly unknown[]): Promise<unknown> {
  const path = name.split('.')
  const method = path.pop() ?? ''
  const owner: unknown = path.reduce<unknown>((within, part) => Reflect.get(Object(within), part), client)
  const value: unknown = await Reflect.apply(Reflect.get(Object(owner), method), owner, [...args])
  return readPages(value)
}

/** A list is read to its end, as `for await` would; how many requests that took is part of the result. */
async function readPages(value: unknown): Promise<unknown> {
  if (value instanceof Response) return { status: value.status, body: await value.json() }
  if (!isPage(value)) return value
  const data: unknown[] = [...value.data]
  let pages = 1
  for (; value.hasNextPage(); pages += 1) {
    await value.getNextPage()
    data.push(...value.data)
  }
  return { data, pages }
}

interface Page {
  readonly data: readonly unknown[]
  hasNextPage(): boolean
  getNextPage(): Promise<unknown>
}

function isPage(value: unknown): value is Page {
  return typeof value === 'object' && value !== null && 'getNextPage' in value
}

/** Every method of a client and of the clients below it, by its path, as it is there at run time. */
function methodsOf(client: object, path: readonly string[] = []): readonly string[] {
  const names: string[] = []
  for (let level: object = client; level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name.startsWith('_') || name === 'constructor') continue
      if (get !== undefined) names.push(...methodsOf(Reflect.get(client, name), [...path, name]))
      else if (typeof value === 'function') names.push([...path, name].join('.'))
    }
  }
  return names
}

/** What a program that catches the error has of it. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message, cause } = error
  return { ...error, class: error.constructor.name, message, cause: String(cause), rawResponse: undefined }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { options, name, args } = JSON.parse(line)
  let result: object
  try {
    const client = clientOf(options)
    const value = name === undefined ? methodsOf(client) : await call(client, name, args)
    result = { value: value ?? null }
  } catch (error) {
    result = { error: describe(error) }
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
