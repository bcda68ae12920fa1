import { createInterface } from 'node:readline/promises'
import type { Environment, RemoteFlags } from '../config.ts'
import { createObserver } from '../observe.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import { type ManagementApi, openManagementApi } from './management-client.ts'
import { patiently } from './patience.ts'
import { printable } from './printable.ts'
import { findServer } from './server-address.ts'

/** How the keys are printed. */
export interface KeysOptions {
  readonly json?: boolean
}

/** `symbolon keys list`: prints the signing keys of a running server and what each is for. Resolves with the exit status. */
export async function listKeys(
  options: KeysOptions,
  environment: Environment,
  flags: RemoteFlags,
  print = createObserver({ level: 'silent' }).print,
): Promise<number> {
  const api = await openManagementApi(await findServer(environment, flags))
  const keys = await patiently(signingKeys(api), () => `waiting for the keys of ${api.url}`)
  if (options.json === true) print(JSON.stringify({ keys }))
  else for (const key of keys) print(keyLine(key))
  return exitStatus.done
}

/**
 * `symbolon keys rotate`: of every algorithm the next key signs from now on, and another one comes next. Asks first, on a terminal; elsewhere it refuses
 * without `yes`. Tokens that were issued stay valid: the key that signed them stays published.
 */
export async function rotateKeys(
  options: KeysOptions & { readonly yes?: boolean },
  environment: Environment,
  flags: RemoteFlags,
  print = createObserver({ level: 'silent' }).print,
): Promise<number> {
  const server = await findServer(environment, flags)
  if (options.yes !== true) {
    if (!process.stdin.isTTY || !process.stderr.isTTY)
      throw new UsageFault('`keys rotate` changes which key signs, and nobody is there to be asked: add --yes')
    if (!(await isAgreed(`Rotate the signing keys of ${server.url}? [y/N] `)))
      throw new CommandFault('nothing was rotated')
  }
  const api = await openManagementApi(server)
  const before = await signingKeys(api)
  await patiently(api.send('POST', '/keys/signing/rotate'), () => `waiting for ${api.url} to rotate its keys`)
  const keys = await signingKeys(api)
  if (options.json === true) {
    print(JSON.stringify({ keys }))
    return exitStatus.done
  }
  for (const { kid, alg } of keys.filter(({ current }) => current)) {
    const last = before.find((key) => key.current && key.alg === alg)
    print(printable(`${alg}: ${kid} signs now${last === undefined ? '' : `, in the place of ${last.kid}`}`))
  }
  print('')
  for (const key of keys) print(keyLine(key))
  return exitStatus.done
}

interface ListedKey {
  readonly kid: string
  readonly alg: string
  readonly current: boolean
  readonly next: boolean
  readonly previous: boolean
  readonly revoked: boolean
  /** RFC 3339. */
  readonly current_since?: string
  readonly current_until?: string
  readonly revoked_at?: string
}

async function signingKeys(api: ManagementApi): Promise<readonly ListedKey[]> {
  const body = await api.send('GET', '/keys/signing')
  if (!Array.isArray(body)) throw new CommandFault('the server answered no list of signing keys: check --url')
  return body.map(parseKey)
}

function parseKey(value: unknown): ListedKey {
  if (typeof value !== 'object' || value === null || !('kid' in value))
    throw new CommandFault('the server answered no list of signing keys: check --url')
  const is = (name: string) => Reflect.get(value, name) === true
  const times = (['current_since', 'current_until', 'revoked_at'] as const).flatMap((name) => {
    const time: unknown = Reflect.get(value, name)
    return typeof time === 'string' ? [[name, time] as const] : []
  })
  return {
    kid: String(value.kid),
    // Told of those alone that Auth0 does not have.
    alg: 'alg' in value ? String(value.alg) : 'RS256',
    current: is('current'),
    next: is('next'),
    previous: is('previous'),
    revoked: is('revoked'),
    ...Object.fromEntries(times),
  }
}

function keyLine(key: ListedKey): string {
  return printable(`${key.alg}  ${key.kid}  ${useOf(key)}`)
}

function useOf({ current, next, previous, current_since, current_until, revoked_at }: ListedKey): string {
  if (current) return `signs now${current_since === undefined ? '' : `, since ${current_since}`}`
  if (next) return 'comes next; already published'
  if (previous) return `signs no more${current_until === undefined ? '' : ` since ${current_until}`}; still published`
  return `revoked${revoked_at === undefined ? '' : ` at ${revoked_at}`}; not published`
}

async function isAgreed(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await reader.question(question)).trim())
  } finally {
    reader.close()
  }
}
