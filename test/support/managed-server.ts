import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { newAuthority, newCertificate, postOverTls, type TlsAnswer, tlsFolder } from './certificates.ts'
import { freshFolder, save, startDev, startServe, type Variables } from './dev-process.ts'
import { freePort } from './free-port.ts'

/** A server in a process of its own, over HTTPS, with an empty store: what Auth0's own clients are pointed at. It ends with the file's tests. */
export interface ManagedServer {
  /** `localhost` and the port of HTTPS: all that a client is told of the server. */
  readonly domain: string
  /** The certificate of the authority that a client has to trust. */
  readonly caFile: string
  /** The client that may call everything. */
  readonly management: { readonly client_id: string; readonly client_secret: string; readonly audience: string }
  /** Asks for a token over a connection of its own. */
  token(parameters: Readonly<Record<string, string>>): Promise<TlsAnswer>
  /** Calls the Management API below `/api/v2`, and resolves with what it answers. Throws when that is a refusal. */
  manage(method: string, path: string, body?: unknown): Promise<unknown>
  stop(): Promise<void>
}

/** Starts `symbolon serve` with a certificate of a private authority, and the management client that its settings name. It is killed after `longestMs`. */
export async function startManagedServe(
  variables: Variables = {},
  { longestMs = 60_000 }: { readonly longestMs?: number } = {},
): Promise<ManagedServer> {
  const authority = await newAuthority('Managed servers')
  const tls = await tlsFolder(await newCertificate([['CN', 'localhost']], { issuer: authority }))
  const root = await freshFolder()
  // The user that actions run as passes through.
  await chmod(root, 0o711)
  const caFile = join(root, 'ca.crt')
  await save(root, 'ca.crt', authority.cert)
  const domain = `localhost:${await freePort()}`
  const client_id = 'ManagementClientId00000000000001'
  const client_secret = randomBytes(48).toString('base64url')
  const server = await startServe(
    {
      ...tls.settings,
      TLS_PORT: portOf(domain),
      PLAIN_HTTP: 'off',
      DOMAIN: domain,
      DATA_DIR: join(root, 'data'),
      TENANT: 'example',
      SEALING_KEY: randomBytes(32).toString('base64'),
      MANAGEMENT_CLIENT_ID: client_id,
      MANAGEMENT_CLIENT_SECRET: client_secret,
      ...variables,
    },
    { longestMs },
  )
  return managed(domain, caFile, { client_id, client_secret, audience: `https://${domain}/api/v2/` }, async () => {
    await server.stop()
    await tls.remove()
  })
}

/** Starts `symbolon dev` on an empty folder: it makes its own authority and management client, and says so in `dev.json`. */
export async function startManagedDev(variables: Variables = {}): Promise<ManagedServer> {
  const folder = await freshFolder()
  await save(folder, 'tenant.json', {})
  const server = await startDev(folder, { variables: { TLS_PORT: String(await freePort()), ...variables } })
  const { domain, ca_file, management } = await server.devFile()
  if (ca_file === null || management === null) throw new Error(`dev.json names no authority: ${server.output()}`)
  return managed(domain, ca_file, management, async () => {
    await server.stop()
  })
}

async function managed(
  domain: string,
  caFile: string,
  management: ManagedServer['management'],
  stop: () => Promise<void>,
): Promise<ManagedServer> {
  const ca = await readFile(caFile, 'utf8')
  const port = Number(portOf(domain))
  const token: ManagedServer['token'] = (parameters) =>
    postOverTls('/oauth/token', { grant_type: 'client_credentials', ...parameters }, { port, ca })
  return {
    domain,
    caFile,
    management,
    token,
    manage: async (method, path, body) => {
      const { access_token } = (await token(management)).body
      const sent = request({
        host: 'localhost',
        port,
        path: `/api/v2${path}`,
        method,
        ca,
        agent: false,
        headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      })
      sent.end(body === undefined ? undefined : JSON.stringify(body))
      const [response] = await once(sent, 'response')
      const answer = await text(response)
      if (response.statusCode >= 400) throw new Error(`${method} ${path}: ${answer}`)
      return answer === '' ? undefined : JSON.parse(answer)
    },
    stop,
  }
}

function portOf(domain: string): string {
  return new URL(`https://${domain}`).port
}
