import type { Static } from 'typebox'
import type { CredentialSource, NewClient } from '../deployment/index.ts'
import { type Client, clientDefaults, type GivenCredential, newId, type RandomBytes } from '../domain/index.ts'
import { patched } from './patch.ts'
import type { CreateClient } from './schemas/client.ts'
import type { CreateAuthenticationMethods } from './schemas/client-authentication.ts'
import { timestamp } from './timestamp.ts'

/**
 * The record of a new client, its defaults filled in, and the credentials that came with it in full: the record names them by their ids. What
 * is `null` counts as left out. Whether it can stand is not told here.
 */
export function newClient(body: Static<typeof CreateClient>, random: RandomBytes): NewClient {
  const {
    client_id: _given,
    client_metadata,
    jwt_configuration,
    client_authentication_methods: methods,
    signed_request_object: signed,
    token_vault_privileged_access: vault,
    ...rest
  } = body
  const credentials: CredentialSource[] = []
  const take: Take = (given) =>
    given.map(({ expires_at, ...credential }) => {
      const id = newId.clientCredential(random)
      credentials.push({ ...credential, id, ...(expires_at !== undefined && { expires_at: timestamp(expires_at) }) })
      return { id }
    })
  const defaults = clientDefaults(rest)
  const members = {
    ...rest,
    jwt_configuration: { ...defaults.jwt_configuration, ...jwt_configuration },
    ...(client_metadata !== undefined && { client_metadata: patched({}, client_metadata) }),
    ...(methods !== undefined && { client_authentication_methods: namedMethods(methods, take) }),
    ...(signed !== undefined && {
      signed_request_object: {
        ...signed,
        ...(signed.credentials !== undefined && { credentials: take(signed.credentials) }),
      },
    }),
    ...(vault !== undefined && {
      token_vault_privileged_access: { ...vault, credentials: take(vault.credentials) },
    }),
  }
  const client: Client = { client_id: newId.client(random), name: body.name, ...defaults }
  return { client: patched(client, patched({}, members)), credentials }
}

/** Sets credentials aside, and says by which ids they are named. */
type Take = (given: readonly GivenCredential[]) => readonly { readonly id: string }[]

function namedMethods(methods: Static<typeof CreateAuthenticationMethods>, take: Take): object {
  const { private_key_jwt, tls_client_auth, self_signed_tls_client_auth, federated_jwt } = methods
  return {
    ...(private_key_jwt && { private_key_jwt: { credentials: take(private_key_jwt.credentials) } }),
    ...(tls_client_auth && { tls_client_auth: { credentials: take(tls_client_auth.credentials) } }),
    ...(self_signed_tls_client_auth && {
      self_signed_tls_client_auth: { credentials: take(self_signed_tls_client_auth.credentials) },
    }),
    ...(federated_jwt && { federated_jwt }),
  }
}
