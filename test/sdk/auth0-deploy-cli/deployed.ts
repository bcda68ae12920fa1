import { expect } from 'vitest'
import type { ManagedServer } from '../../support/managed-server.ts'

type Values = Readonly<Record<string, unknown>>

/** Asks for a token as the client that the folder deploys. Fails unless there is one. */
export async function workerToken(server: ManagedServer, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const { client_id, client_secret } = await clientNamed(server, 'worker')
  const audience = 'https://deployed.example.com/'
  const { status, body } = await server.token({
    client_id: String(client_id),
    client_secret: String(client_secret),
    audience,
    ...more,
  })
  expect(status, JSON.stringify(body)).toBe(200)
  return String(body.access_token)
}

/** The client of a name, with its secret. */
export async function clientNamed(server: ManagedServer, name: string): Promise<Values> {
  const client = listOf(await server.manage('GET', '/clients?per_page=100')).find((each) => each.name === name)
  if (client === undefined) throw new Error(`there is no client ${name}`)
  return client
}

/** A member of what the Management API answered, as text. */
export function idOf(answer: unknown, member: string): string {
  return String(Reflect.get(Object(answer), member))
}

/** What a token claims, unverified. */
export function claims(token: string): Values {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

/** Everything that a deployment sets, without what each deployment makes anew: versions, bindings' ids, times. */
export async function settled(server: ManagedServer): Promise<Values> {
  const paths = {
    actions: '/actions/actions?per_page=100',
    bindings: '/actions/triggers/credentials-exchange/bindings',
    loginBindings: '/actions/triggers/post-login/bindings',
    modules: '/actions/modules',
    clients: '/clients?per_page=100',
    grants: '/client-grants?per_page=100',
    apis: '/resource-servers?per_page=100',
    organizations: '/organizations',
    streams: '/log-streams',
    settings: '/tenants/settings',
  }
  const read = Object.entries(paths).map(async ([name, path]) => [name, without(await server.manage('GET', path))])
  return Object.fromEntries(await Promise.all(read))
}

const madeAnew =
  /^(updated_at|created_at|built_at|build_time|number|version_number|latest_version.*|current_version|deployed_version)$/

function without(value: unknown, within = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => without(each, within))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([name]) => !madeAnew.test(name) && !(name === 'id' && within === 'bindings'),
  )
  return Object.fromEntries(kept.map(([name, each]) => [name, without(each, name)]))
}

function listOf(value: unknown): readonly Values[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`)
  return value
}
