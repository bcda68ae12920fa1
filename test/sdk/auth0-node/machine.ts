import type { ManagedServer } from '../../support/managed-server.ts'
import type { SdkProgram } from './program.ts'

/** What the cases of one SDK share. */
export interface Opened {
  readonly server: ManagedServer
  readonly sdk: SdkProgram
}

/** A client that may ask for tokens of an API of its own, made by the SDK. */
export interface Machine {
  readonly client_id: string
  readonly grant_id: string
  readonly api_id: string
  readonly audience: string
  /** Of a token request that succeeds. */
  readonly parameters: { readonly client_id: string; readonly client_secret: string; readonly audience: string }
}

/** Makes an API, a client and a grant between them. */
export async function machine(sdk: SdkProgram, name: string): Promise<Machine> {
  const audience = `https://${name.toLowerCase().replaceAll(' ', '-')}.example.com/`
  const api = await sdk.call('resourceServers.create', {
    name,
    identifier: audience,
    scopes: [{ value: 'read:things' }, { value: 'write:things' }],
  })
  const client = await sdk.call('clients.create', {
    name,
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
  })
  const client_id = String(client.client_id)
  const grant = await sdk.call('clientGrants.create', { client_id, audience, scope: ['read:things'] })
  return {
    client_id,
    grant_id: String(grant.id),
    api_id: String(api.id),
    audience,
    parameters: { client_id, client_secret: String(client.client_secret), audience },
  }
}
