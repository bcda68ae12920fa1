import type { Environment, RemoteFlags } from '../config.ts'
import { createObserver } from '../observe.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import { ServerUnreachable } from './http-call.ts'
import { patiently } from './patience.ts'
import { printable } from './printable.ts'
import { type CallingClient, findServer, type ServerAddress } from './server-address.ts'
import { askForToken, type IssuedToken, type RefusedToken } from './token-call.ts'

/** What is asked for, and how it is printed. */
export interface TokenOptions {
  /** A client of `dev.json`, by name or id; without it the first that has an audience. */
  readonly client?: string
  /** Without it the client's first; for a client of the settings, the tenant's default. */
  readonly audience?: string
  readonly scope?: string
  readonly organization?: string
  /** Further parameters of the request, `name=value`: Actions read them as `event.request.body`. */
  readonly param?: readonly string[]
  readonly json?: boolean
  /** The token alone. */
  readonly raw?: boolean
}

/**
 * `symbolon token`: asks a running server for a token and prints it with what is in it. Resolves with the exit status: failed when the server
 * refused, with its status, error and description. Nothing is verified: what is shown is what was sent.
 */
export async function token(
  options: TokenOptions,
  environment: Environment,
  flags: RemoteFlags,
  print = createObserver({ level: 'silent' }).print,
): Promise<number> {
  if (options.json === true && options.raw === true)
    throw new UsageFault('--json and --raw are both given; give one of them')
  const more = (options.param ?? []).map(parseParameter)
  const server = await findServer(environment, flags)
  const client = chooseClient(server, options.client)
  const audience = options.audience ?? client.audiences[0]
  const { scope, organization } = options
  const parameters = { ...Object.fromEntries(more), audience, scope, organization }
  const asking = askForToken(server, client, parameters)
  const answer = await patiently(asking, () => `waiting for a token of ${server.url}`).catch((error: unknown) => {
    throw error instanceof ServerUnreachable ? new CommandFault(`${error.message}, ${server.wayOut}`) : error
  })
  const who = { name: client.name, client_id: client.client_id }
  if ('error' in answer) {
    if (options.json === true) print(JSON.stringify(answer))
    throw new CommandFault(refusalLine(answer, client, audience, server))
  }
  if (options.raw === true) print(answer.access_token)
  else if (options.json === true) print(JSON.stringify({ ...answer, ...decode(answer.access_token), client: who }))
  else for (const line of tokenLines(answer, client.name)) print(printable(line))
  return exitStatus.done
}

interface NamedClient extends CallingClient {
  readonly name: string
  readonly audiences: readonly string[]
}

function chooseClient({ client, devFile, url }: ServerAddress, wanted: string | undefined): NamedClient {
  if (client !== undefined) {
    if (wanted !== undefined && wanted !== client.client_id)
      throw new UsageFault('--client names a client of dev.json, and SYMBOLON_CLIENT_ID another one; give one of them')
    return { ...client, name: client.client_id, audiences: [] }
  }
  if (devFile === undefined)
    throw new UsageFault(
      `no client is named to call ${url} as: set SYMBOLON_CLIENT_ID and SYMBOLON_CLIENT_SECRET, or start \`symbolon dev\` and leave out --url`,
    )
  const { management } = devFile
  const clients: readonly NamedClient[] = [
    ...devFile.clients,
    ...(management === null ? [] : [{ ...management, name: 'management', audiences: [management.audience] }]),
  ]
  const found =
    wanted === undefined
      ? clients.find(({ audiences }) => audiences.length > 0)
      : (clients.find(({ name }) => name === wanted) ?? clients.find(({ client_id }) => client_id === wanted))
  if (found !== undefined) return found
  const names = clients.map(({ name }) => JSON.stringify(name)).join(', ')
  throw new CommandFault(
    wanted === undefined
      ? 'no client of dev.json holds a client grant: add one to the folder, or name a client with --client'
      : `dev.json has no client ${JSON.stringify(wanted)}: give one of ${names}`,
  )
}

function parseParameter(text: string): readonly [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new UsageFault(`--param ${JSON.stringify(text)} has no value; write it as name=value`)
  return [name, value]
}

function refusalLine(
  { status, error, error_description }: RefusedToken,
  { name }: NamedClient,
  audience: string | undefined,
  { client, devFile }: ServerAddress,
): string {
  const line = `no token for ${name}: ${status} ${error}: ${error_description}`
  if (status === 401 && client !== undefined) return `${line} (check SYMBOLON_CLIENT_ID and SYMBOLON_CLIENT_SECRET)`
  if (status === 401 && devFile !== undefined)
    return `${line} (dev.json may be of an earlier \`symbolon dev\`; start it again)`
  if (audience === undefined) return `${line} (no audience was asked for: name one with --audience)`
  return status >= 500 ? `${line} (\`symbolon logs\` says why)` : line
}

interface Decoded {
  readonly header: unknown
  /** `null` where only its API can read them. */
  readonly claims: unknown
}

function decode(accessToken: string): Decoded {
  const parts = accessToken.split('.')
  const read = (part = ''): unknown => {
    try {
      return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    } catch {
      return null
    }
  }
  // RFC 7516 §3.1: five parts are an encrypted token.
  return { header: read(parts[0]), claims: parts.length === 3 ? read(parts[1]) : null }
}

function tokenLines(answer: IssuedToken, name: string): readonly string[] {
  const { access_token, token_type, expires_in } = answer
  const { header, claims } = decode(access_token)
  const until = new Date(Date.now() + expires_in * 1_000)
  return [
    access_token,
    '',
    'header',
    ...memberLines(header),
    '',
    ...(claims === null ? ['claims: encrypted, for its API alone'] : ['claims', ...memberLines(claims)]),
    '',
    `${token_type} token for ${name}; expires in ${inWords(expires_in)}, at ${until.toISOString().slice(0, 19)}Z`,
  ]
}

/** Claims of RFC 7519 §4.1 that are times. */
const times: ReadonlySet<string> = new Set(['iat', 'nbf', 'exp'])

function memberLines(value: unknown): readonly string[] {
  const members: readonly (readonly [string, unknown])[] = Object.entries(value ?? {})
  const width = Math.max(0, ...members.map(([name]) => name.length))
  return members.map(([name, member]) => {
    const isTime = times.has(name) && typeof member === 'number'
    const time = isTime ? `  (${new Date(member * 1_000).toISOString().slice(0, 19)}Z)` : ''
    return `  ${name.padEnd(width)}  ${typeof member === 'string' ? member : JSON.stringify(member)}${time}`
  })
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** A time in its two largest units. */
export function inWords(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds))
  const parts: string[] = []
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
  }
  return parts.slice(0, 2).join(' ') || '0 seconds'
}
