import type { Client, ClientCredential, GivenCredential } from '../domain/index.ts'
import type { FolderAuthenticationMethods, FolderCredential } from './folder-tenant.ts'

/** A credential to store. Whether its PEM is a key is for the caller to find out. */
export type ReconciledCredential = GivenCredential & { readonly id: string }

/** What of a client comes of its methods: the member of its record, and its credentials to store. */
export interface ReconciledMethods {
  readonly members: Pick<Client, 'client_authentication_methods'>
  readonly credentials: readonly ReconciledCredential[]
}

/**
 * Joins the credentials of a client's file with those it has in the store, so that ids survive an edit and a restart: one of the same type over
 * the same key or subject is the same credential.
 */
export function reconcileMethods(
  methods: FolderAuthenticationMethods | undefined,
  stored: readonly ClientCredential[],
  make: { credentialId(): string },
): ReconciledMethods {
  if (methods === undefined) return { members: {}, credentials: [] }
  const credentials: ReconciledCredential[] = []
  const taken = new Set<string>()
  const named = (list: readonly FolderCredential[]) => ({
    credentials: list.map(({ place, ...given }) => {
      const id = stored.find((one) => !taken.has(one.id) && isSame(one, given))?.id ?? make.credentialId()
      taken.add(id)
      credentials.push({ ...given, id })
      return { id }
    }),
  })
  const { private_key_jwt, tls_client_auth, self_signed_tls_client_auth, ...others } = methods
  return {
    members: {
      client_authentication_methods: {
        ...others,
        ...(private_key_jwt != null && { private_key_jwt: named(private_key_jwt.credentials) }),
        ...(tls_client_auth != null && { tls_client_auth: named(tls_client_auth.credentials) }),
        ...(self_signed_tls_client_auth != null && {
          self_signed_tls_client_auth: named(self_signed_tls_client_auth.credentials),
        }),
      },
    },
    credentials,
  }
}

function isSame(stored: ClientCredential, given: GivenCredential): boolean {
  if (stored.credential_type !== given.credential_type) return false
  if (stored.credential_type === 'cert_subject_dn') return stored.subject_dn === given.subject_dn
  return stored.pem === given.pem
}
