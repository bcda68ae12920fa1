import type { TestServer } from './server.ts'

/** Settings of a server whose tokens carry the scopes that were asked for and no others. */
export const narrowing = { SCOPE_NARROWING: 'on' }

/** The header of a call that may do what these scopes allow, and nothing else. The server needs {@link narrowing}. */
export async function callerWith(server: TestServer, ...scopes: readonly string[]): Promise<{ authorization: string }> {
  const { client_id, client_secret, audience } = server.managementClient
  const answer = await server.token({ client_id, client_secret, audience, scope: scopes.join(' ') })
  if (answer.body.scope !== scopes.join(' ')) throw new Error(`no such token: ${answer.text}`)
  return { authorization: `Bearer ${answer.body.access_token}` }
}
