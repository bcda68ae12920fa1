import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { decodeJwt, type JWTPayload } from 'jose'
import { compose, type ManagementClient, type Server } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import type { Clock, ExecutionRecord } from '../../src/domain/index.ts'
import { createObserver } from '../../src/observe.ts'
import { buildPrograms } from '../../src/runner/index.ts'
import type { CommittedLogEvent } from '../../src/storage/index.ts'
import { LogReader } from '../../src/storage/sqlite/log-reader.ts'
import type { FolderTenant } from '../../src/tenant-folder/index.ts'
import { layKeys } from './laid-keys.ts'
import { programsFolder } from './runner.ts'
import { audience, billing, type GivenTenant, tenant } from './tenant.ts'

/** The host of every test server's issuer: nobody's, so what follows a request's `Host` is noticed. */
export const domain = 'auth.example.com'

/** Parameters of a token request; `undefined` leaves a default one out. */
export type TokenParameters = Readonly<Record<string, unknown>>

/** How a token request is sent: a form unless `as` says otherwise; `basic` is a form with the credentials in the header. */
export interface TokenOptions {
  readonly as?: 'form' | 'json' | 'basic'
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer as it came off the socket. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>
  /** Of the access token, unverified; empty when there is none, or it is encrypted. */
  readonly claims: JWTPayload
}

/** A whole server of its own: real sockets, processes and databases, a data folder that goes with it. */
export interface TestServer {
  readonly url: string
  /** Where it speaks TLS: when the settings give it a certificate. */
  readonly tlsPort?: number
  readonly dataDir: string
  /** Asks for a token: as the default client at the default API, but for what `parameters` say. */
  token(parameters?: TokenParameters, options?: TokenOptions): Promise<Answer>
  /** Posts a form to any endpoint, with the default client's credentials but for what `parameters` say. */
  postForm(path: string, parameters: TokenParameters, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Posts bytes to the token endpoint as they are. */
  post(body: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /**
   * Calls the Management API, below `/api/v2`, as the client that manages the server; `body` is sent as JSON. `authorization` among the headers
   * takes the place of its token.
   */
  manage(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** The client that manages the server. */
  readonly managementClient: ManagementClient
  /** Any other request. */
  send(path: string, init?: RequestInit): Promise<Answer>
  /** The tenant's log so far, in order, read on a connection of its own. */
  logs(): Promise<readonly CommittedLogEvent[]>
  /** The entries of one answer, in order. */
  logsOf(answer: Answer): Promise<readonly CommittedLogEvent[]>
  execution(id: string): Promise<ExecutionRecord | undefined>
  /** Runs statements on the log's database from outside, as somebody with a shell could. */
  alterLogs(sql: string): void
  /** Ids of the processes started for actions so far, oldest first. */
  readonly actionPids: readonly number[]
  /** What the server told its operator. */
  readonly operatorLines: readonly string[]
  serve(given: GivenTenant): Promise<void>
  /** The same for a tenant as a folder says it. */
  serveTenant(folder: FolderTenant): Promise<void>
  /** Rotates the signing keys while the server runs; resolves with the ids of those that sign now. */
  rotateClientSecret: Server['rotateClientSecret']
  endPreviousClientSecret: Server['endPreviousClientSecret']
  listClientSecrets: Server['listClientSecrets']
  rotateSigningKeys(): Promise<readonly string[]>
  revokeSigningKey(kid: string): Promise<void>
  close(): Promise<void>
}

let programs: ReturnType<typeof buildPrograms> | undefined

/** Puts the helper programs where the server keeps them: bundling them anew for each server tells nothing. */
async function layPrograms(dataDir: string): Promise<void> {
  programs ??= buildPrograms(programsFolder())
  const { spawner } = await programs
  const laid = dirname(spawner)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await cp(laid, join(dataDir, 'runner', basename(laid)), { recursive: true })
}

/** What the system adds around a process has tests of its own, and takes a moment at every start. */
const withoutLayers = { RUNNER_HARDENING: 'off' }

/** Opens a server; the caller closes it. `environment` are settings by their variables; `ERROR_DETAIL` is off unless given. */
export async function openServer(
  given: GivenTenant = {},
  environment: Readonly<Record<string, string>> = {},
  clock: Clock = Date.now,
): Promise<TestServer> {
  const root = await mkdtemp(join(tmpdir(), 'symbolon-server-'))
  const dataDir = environment.DATA_DIR ?? join(root, 'data')
  const config = readConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'debug',
    ...withoutLayers,
    ...environment,
  })
  await layPrograms(config.dataDir)
  // A server with a clock, a folder or a key of its own makes its own signing keys too.
  if (clock === Date.now && environment.DATA_DIR === undefined && config.sealingKey === undefined)
    await layKeys(config.dataDir, (config.domain ?? domain).replace(/:\d+$/, ''))
  const lines: string[] = []
  const observer = createObserver({ level: config.logLevel, destination: { write: (line) => lines.push(line) } })
  const server = await compose({
    config,
    observer,
    tenant: 'example',
    domain: config.domain ?? domain,
    errorDetail: config.errorDetail ?? false,
    recordsEvents: config.recordEvents ?? false,
    makesSealingKey: true,
    egress: { kind: 'open' },
    isLocal: true,
    managementClient: 'generated',
    clock,
  })
  try {
    await server.serveFolder(tenant(given))
    const { port, tlsPort } = await server.listen()
    const url = `http://127.0.0.1:${port}`
    server.markReady()
    const read = <T>(of: (reader: LogReader) => T): T => {
      const database = new Database(server.data.logsFile, { readonly: true })
      try {
        return of(new LogReader(database))
      } finally {
        database.close()
      }
    }
    const send = async (path: string, init: RequestInit = {}): Promise<Answer> =>
      readAnswer(await fetch(`${url}${path}`, { signal: AbortSignal.timeout(15_000), ...init }))
    const post: TestServer['post'] = (body, headers = {}) =>
      send('/oauth/token', { method: 'POST', body: typeof body === 'string' ? body : Uint8Array.from(body), headers })
    const postForm: TestServer['postForm'] = (path, parameters, headers = {}) => {
      const { client_id, client_secret } = billing
      const request = {
        body: formOf({ client_id, client_secret, ...parameters }),
        headers: { ...formType, ...headers },
      }
      return send(path, { method: 'POST', ...request })
    }
    const { managementClient } = server
    if (managementClient === undefined) throw new Error('the server has no client that manages it')
    let managementToken: Promise<string> | undefined
    const manage: TestServer['manage'] = async (method, path, body, headers = {}) => {
      const { client_id, client_secret, audience } = managementClient
      managementToken ??= postForm('/oauth/token', {
        grant_type: 'client_credentials',
        client_id,
        client_secret,
        audience,
      }).then((answer) => String(answer.body.access_token))
      return send(`/api/v2${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: {
          authorization: `Bearer ${await managementToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      })
    }
    const logs = async () => read((reader) => reader.list({ limit: 10_000 }))
    return {
      url,
      ...(tlsPort !== undefined && { tlsPort }),
      dataDir,
      post,
      postForm,
      token: (parameters = {}, { as = 'form', headers = {} } = {}) => {
        const request = tokenRequest(parameters, as)
        return post(request.body, { ...request.headers, ...headers })
      },
      send,
      manage,
      managementClient,
      logs,
      logsOf: async ({ headers }) => {
        const request_id = headers.get('x-auth0-requestid')
        return (await logs()).filter((entry) => requestIdOf(entry) === request_id)
      },
      execution: async (id) => read((reader) => reader.execution(id)),
      alterLogs: (sql) => {
        const database = new Database(server.data.logsFile)
        database.exec(sql)
        database.close()
      },
      get actionPids() {
        return lines.flatMap((line) => (line.includes('stands ready') ? [Number(JSON.parse(line).child_pid)] : []))
      },
      operatorLines: lines,
      serve: async (next) => {
        await server.serveFolder(tenant(next))
      },
      serveTenant: async (folder) => {
        await server.serveFolder(folder)
      },
      rotateClientSecret: server.rotateClientSecret,
      endPreviousClientSecret: server.endPreviousClientSecret,
      listClientSecrets: server.listClientSecrets,
      rotateSigningKeys: () => server.rotateSigningKeys(),
      revokeSigningKey: (kid) => server.revokeSigningKey(kid),
      close: async () => {
        await server.close()
        await rm(root, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await server.close()
    await rm(root, { recursive: true, force: true })
    throw error
  }
}

/** RFC 6749 §2.3.1: both parts are encoded as a form's are. */
export function basic(client_id: string, client_secret: string): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${Buffer.from(`${encode(client_id)}:${encode(client_secret)}`).toString('base64')}`
}

function tokenRequest(
  given: TokenParameters,
  as: 'form' | 'json' | 'basic',
): { readonly body: string; readonly headers: Record<string, string> } {
  const { client_id, client_secret } = billing
  const credentials = as === 'basic' ? {} : { client_id, client_secret }
  const parameters = { grant_type: 'client_credentials', ...credentials, audience, ...given }
  if (as === 'json') return { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json' } }
  return {
    body: formOf(parameters),
    headers: {
      ...formType,
      ...(as === 'basic' && { authorization: basic(client_id, client_secret) }),
    },
  }
}

const formType = { 'content-type': 'application/x-www-form-urlencoded' } as const

function formOf(parameters: TokenParameters): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) form.append(name, String(value))
  return form.toString()
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  const body = jsonOf(text)
  const token = body.access_token
  // An encrypted token has five parts, and shows no claims.
  const claims = typeof token === 'string' && token.split('.').length === 3 ? decodeJwt(token) : {}
  return { status: response.status, headers: response.headers, text, body, claims }
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

function requestIdOf({ details }: CommittedLogEvent): unknown {
  const ours = details?.symbolon
  return typeof ours === 'object' && ours !== null ? Reflect.get(ours, 'request_id') : undefined
}
