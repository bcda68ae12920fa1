import { expect } from 'vitest'
import type { Answer, TestServer } from '../../support/server.ts'
import { handler } from '../../support/tenant.ts'

/** The one trigger that is served. */
export const supported_triggers = [{ id: 'credentials-exchange', version: 'v2' }]

/** The path of the bindings of that trigger. */
export const bindingsPath = '/actions/triggers/credentials-exchange/bindings'

/** Times as the actions service writes them, and as the modules service does. */
export const nineDigits = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
export const sixDigits = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)

/** The shape of the ids of actions, versions and bindings. */
export const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)

/** The source of an action that sets a claim. */
export function setting(claim: string, value: string): string {
  return handler(`api.accessToken.setCustomClaim('${claim}', ${value})`)
}

/** Creates an action; answers its id. */
export async function created(
  server: TestServer,
  name: string,
  members: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return idOf(await server.manage('POST', '/actions/actions', { name, supported_triggers, ...members }))
}

/** Creates an action and deploys it; answers its id. */
export async function deployed(
  server: TestServer,
  name: string,
  members: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const id = await created(server, name, members)
  idOf(await server.manage('POST', `/actions/actions/${id}/deploy`))
  return id
}

/** The id of what was answered; fails for a refusal. */
export function idOf({ status, body, text }: Answer): string {
  if (status >= 300 || typeof body.id !== 'string') throw new Error(`${status} ${text}`)
  return body.id
}

/** Status, and message of a refusal of the actions service: it has no other member. */
export function refusal({ status, body }: Answer): { readonly status: number; readonly message: unknown } {
  expect(Object.keys(body)).toEqual(['statusCode', 'error', 'message'])
  return { status, message: body.message }
}
