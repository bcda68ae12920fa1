import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ManagedServer } from '../../support/managed-server.ts'

const driver = fileURLToPath(new URL('driver.ts', import.meta.url))

/** An object as an SDK gave it back. */
export type Values = Readonly<Record<string, unknown>>

/** A list that was read to its end, with how many requests that took. */
export interface ReadList {
  readonly data: readonly Values[]
  readonly pages: number
}

/** What an SDK threw: the name of its class and all its members. */
export class SdkFailure extends Error {
  readonly thrown: Values

  constructor(thrown: Values) {
    super(JSON.stringify(thrown, null, 1))
    this.name = 'SdkFailure'
    this.thrown = thrown
  }
}

/** Options of an SDK's `ManagementClient`. */
export type ClientOptions = Readonly<Record<string, string | number>>

/** A process that runs one of the SDKs against a server, trusting its authority from its start. */
export interface SdkProgram {
  /** Calls a method by its path below the client, such as `actions.versions.list`. Rejects with {@link SdkFailure} for what the SDK throws. */
  call<T = Values>(name: string, ...args: readonly unknown[]): Promise<T>
  /** The same with a client of other options. */
  callWith<T = Values>(options: ClientOptions, name: string, ...args: readonly unknown[]): Promise<T>
  /** Every method that the SDK has, by its path. */
  methods(): Promise<readonly string[]>
  /** The methods called so far. */
  readonly called: ReadonlySet<string>
  close(): Promise<void>
}

/** Starts the program; the caller closes it. Its client logs in as the server's management client unless a call says otherwise. */
export function startSdk(module: 'auth0' | 'auth0/legacy', server: ManagedServer): SdkProgram {
  const { domain, caFile, management } = server
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [driver, module], {
    env: { PATH, NODE_EXTRA_CA_CERTS: caFile },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const own: ClientOptions = { domain, clientId: management.client_id, clientSecret: management.client_secret }
  const called = new Set<string>()

  /** One at a time: an answer belongs to the call before it. */
  let last: Promise<unknown> = Promise.resolve()
  const ask = (question: object): Promise<{ readonly value?: unknown; readonly error?: Values }> => {
    const answer = last.then(async () => {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      const { value: line, done } = await answers.next()
      if (done === true) throw new Error(`the program ended at ${JSON.stringify(question)}`)
      return JSON.parse(line)
    })
    last = answer.catch(() => undefined)
    return answer
  }
  const callWith: SdkProgram['callWith'] = async (options, name, ...args) => {
    called.add(name)
    const { value, error } = await ask({ options: { domain, ...options }, name, args })
    if (error !== undefined) throw new SdkFailure(error)
    return JSON.parse(JSON.stringify(value))
  }
  return {
    call: (name, ...args) => callWith(own, name, ...args),
    callWith,
    methods: async () => {
      const { value } = await ask({ options: own })
      if (!Array.isArray(value)) throw new Error('the program names no methods')
      return value.map(String)
    },
    called,
    close: () => {
      child.stdin.end()
      return ended
    },
  }
}
