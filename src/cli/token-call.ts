import { CommandFault } from './exit.ts'
import { type Answer, call } from './http-call.ts'
import { printable } from './printable.ts'
import type { CallingClient, ServerAddress } from './server-address.ts'

/** A token as the server answered it. */
export interface IssuedToken {
  readonly access_token: string
  readonly token_type: string
  /** Seconds from its answer on. */
  readonly expires_in: number
  readonly scope?: string
}

/** Why there is no token. */
export interface RefusedToken {
  readonly status: number
  readonly error: string
  readonly error_description: string
}

/** What a request differs in, beside its parameters. */
interface Manner {
  /** How the tenant's log names what asked. */
  readonly userAgent?: string
  readonly signal?: AbortSignal | undefined
}

/** Asks for a token as a client; parameters without a value are not sent. What the server refuses is answered, not thrown. */
export async function askForToken(
  { url, ca }: Pick<ServerAddress, 'url' | 'ca'>,
  { client_id, client_secret }: CallingClient,
  parameters: Readonly<Record<string, string | undefined>>,
  { userAgent = 'symbolon token', signal }: Manner = {},
): Promise<IssuedToken | RefusedToken> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) body.set(name, value)
  const answer = await call({
    method: 'POST',
    url: `${url}/oauth/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
    body: body.toString(),
    ...(ca !== undefined && { ca }),
    signal,
  })
  return issuedBy(answer) ?? refusedBy(answer, url)
}

function issuedBy({ status, body }: Answer): IssuedToken | undefined {
  if (status !== 200 || typeof body !== 'object' || body === null) return undefined
  if (!('access_token' in body) || typeof body.access_token !== 'string') return undefined
  if (!('token_type' in body) || typeof body.token_type !== 'string') return undefined
  if (!('expires_in' in body) || typeof body.expires_in !== 'number') return undefined
  const { access_token, token_type, expires_in } = body
  const scope = 'scope' in body && typeof body.scope === 'string' ? body.scope : undefined
  return { access_token, token_type, expires_in, ...(scope !== undefined && { scope }) }
}

function refusedBy({ status, body }: Answer, url: string): RefusedToken {
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') {
    const told = 'error_description' in body ? body.error_description : 'message' in body ? body.message : ''
    return { status, error: printable(body.error), error_description: printable(String(told)) }
  }
  throw new CommandFault(`${url} answered ${status} without a token: it is no Symbolon server; check --url`)
}
