import { setTimeout as passed } from 'node:timers/promises'
import { CommandFault } from './exit.ts'
import { type Answer, call, ServerUnreachable } from './http-call.ts'
import { patiently } from './patience.ts'
import { printable } from './printable.ts'
import type { CallingClient, ServerAddress } from './server-address.ts'
import { askForToken } from './token-call.ts'

/** The Management API does not do what it was asked to; the message is one line. */
export class ManagementFault extends CommandFault {
  readonly status: number
  /** What the server says, as it says it. */
  readonly detail: string

  constructor(message: string, status: number, detail: string) {
    super(message)
    this.status = status
    this.detail = detail
  }
}

/** The Management API of a running server, called as one client. */
export interface ManagementApi {
  /** What stands before a path of the API in its documentation: the server's address. */
  readonly url: string
  /** Of the client that it is called as. */
  readonly client_id: string
  /**
   * Calls it by a path below `/api/v2` and resolves with the answer's JSON, `undefined` where it has none. Waits where the server's rate limit
   * says so, and gets another token when the one it has has ended. Throws {@link ManagementFault} for a refusal, {@link ServerUnreachable}
   * where nobody answers.
   */
  send(method: string, path: string, body?: unknown): Promise<unknown>
}

/** How the tenant's log names the logins of commands. */
export const managementUserAgent = 'symbolon management'

/** Most waits for the rate limit before a call is given up. */
const mostWaits = 10

/** Logs in to the Management API of a server: as the client of the settings, else as the one that `dev` made. Throws as {@link ManagementApi.send} does. */
export async function openManagementApi(server: ServerAddress, signal?: AbortSignal): Promise<ManagementApi> {
  const { url, ca, devFile, wayOut } = server
  const client = server.client ?? devFile?.management ?? undefined
  if (client === undefined)
    throw new CommandFault(
      `no client is named to manage ${url} as: set SYMBOLON_CLIENT_ID and SYMBOLON_CLIENT_SECRET to one with a grant for its Management API`,
    )
  const told = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw error instanceof ServerUnreachable ? new ServerUnreachable(`${error.message}, ${wayOut}`) : error
    })
  const trust = { ...(ca !== undefined && { ca }), signal }
  const audience = server.client === undefined ? devFile?.management?.audience : undefined
  const login = async () => logIn(server, client, audience ?? (await told(audienceOf(url, trust))), told, signal)
  let token = await patiently(login(), () => `waiting for a token of ${url}`)
  const request = async (method: string, path: string, body: unknown): Promise<Answer> => {
    const answer = call({
      method,
      url: `${url}/api/v2${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...trust,
    })
    return told(answer)
  }
  return {
    url,
    client_id: client.client_id,
    send: async (method, path, body) => {
      let answer = await request(method, path, body)
      for (let waits = 0; answer.status === 429 && waits < mostWaits; waits += 1) {
        await passed(answer.retryAfterSeconds * 1_000, undefined, { ...(signal !== undefined && { signal }) })
        answer = await request(method, path, body)
      }
      if (answer.status === 401) {
        token = await login()
        answer = await request(method, path, body)
      }
      if (answer.status >= 400) throw faultOf(answer, `${method} /api/v2${path.split('?', 1)[0]}`, client)
      return answer.body
    },
  }
}

/** The audience is of the server's domain, which is not always the host that it is reached by. */
async function audienceOf(url: string, trust: { readonly ca?: string; readonly signal: AbortSignal | undefined }) {
  const { body } = await call({ method: 'GET', url: `${url}/.well-known/openid-configuration`, ...trust })
  if (typeof body === 'object' && body !== null && 'issuer' in body && typeof body.issuer === 'string')
    return `${body.issuer}api/v2/`
  throw new CommandFault(`${url} does not name its issuer: it is no Symbolon server; check --url`)
}

async function logIn(
  server: ServerAddress,
  client: CallingClient,
  audience: string,
  told: <T>(answer: Promise<T>) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const answer = await told(askForToken(server, client, { audience }, { userAgent: managementUserAgent, signal }))
  if ('access_token' in answer) return answer.access_token
  const { status, error, error_description } = answer
  const what = `${server.url} gives client ${client.client_id} no token for its Management API (${status} ${error}: ${error_description})`
  throw new ManagementFault(`${what}${loginWayOut(server, status)}`, status, error_description)
}

function loginWayOut(server: ServerAddress, status: number): string {
  if (status >= 500) return ''
  if (server.client === undefined) return `: dev.json may be of an earlier \`symbolon dev\`; start it again`
  return status === 401
    ? ': check SYMBOLON_CLIENT_ID and SYMBOLON_CLIENT_SECRET'
    : ': give it a client grant for that audience, or call as another client'
}

function faultOf({ status, body }: Answer, what: string, { client_id }: CallingClient): ManagementFault {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined
  const detail = printable(typeof message === 'string' ? message : 'no message')
  const wayOut =
    status === 403 && /scope/i.test(detail) ? `: add it to the client grant of ${client_id} for the Management API` : ''
  return new ManagementFault(`${what} was refused (${status}: ${detail})${wayOut}`, status, detail)
}
