import Type from 'typebox'
import {
  createClientCredential as createStored,
  deleteClientCredential as deleteStored,
  getClientCredential as getStored,
  listClientCredentials as listStored,
  setCredentialExpiry,
} from '../deployment/index.ts'
import type { ClientCredential } from '../domain/index.ts'
import { operation } from './operation.ts'
import { offsetParameters } from './page.ts'
import { ClientCredentialAnswer, CreateClientCredential, UpdateClientCredential } from './schemas/client-credential.ts'
import { timestamp } from './timestamp.ts'

/** Taken and without effect: Auth0's Terraform provider sends them, and reads the bare array. */
const ListQuery = Type.Object({ ...offsetParameters }, { additionalProperties: false })

/** `GET /clients/:client_id/credentials`: all of them, whatever page is asked for. A client has two at most. */
export const listClientCredentials = operation(
  { query: ListQuery, answer: Type.Array(ClientCredentialAnswer) },
  async ({ params }, ports) => (await listStored(params.client_id ?? '', ports)).map(view),
)

/** `POST /clients/:client_id/credentials`. */
export const createClientCredential = operation(
  { body: CreateClientCredential, status: 201, answer: ClientCredentialAnswer },
  async ({ params, body }, ports) => {
    const { expires_at, ...credential } = body
    const given = { ...credential, ...(expires_at !== undefined && { expires_at: timestamp(expires_at) }) }
    return view(await createStored(params.client_id ?? '', given, ports))
  },
)

/** `GET /clients/:client_id/credentials/:credential_id`. */
export const getClientCredential = operation({ answer: ClientCredentialAnswer }, async ({ params }, ports) =>
  view(await getStored(params.client_id ?? '', params.credential_id ?? '', ports)),
)

/** `PATCH /clients/:client_id/credentials/:credential_id`: when it ends is all that can be changed. */
export const updateClientCredential = operation(
  { body: UpdateClientCredential, answer: ClientCredentialAnswer },
  async ({ params, body: { expires_at = null } }, ports) => {
    const end = expires_at === null ? null : timestamp(expires_at)
    return view(await setCredentialExpiry(params.client_id ?? '', params.credential_id ?? '', end, ports))
  },
)

/** `DELETE /clients/:client_id/credentials/:credential_id`: as good as done when there is none. */
export const deleteClientCredential = operation({ status: 204 }, async ({ params }, ports) => {
  await deleteStored(params.client_id ?? '', params.credential_id ?? '', ports)
})

/** Never the key itself, though it is no secret. Times have three digits after the second. */
function view(credential: ClientCredential): object {
  const { id, credential_type, name, created_at, updated_at, expires_at } = credential
  return {
    id,
    ...(name !== undefined && { name }),
    credential_type,
    ...ownMembers(credential),
    created_at,
    updated_at,
    ...(expires_at !== undefined && { expires_at: timestamp(expires_at) }),
  }
}

function ownMembers(credential: ClientCredential): object {
  switch (credential.credential_type) {
    case 'public_key':
      return { kid: credential.kid, alg: credential.alg }
    case 'cert_subject_dn':
      return { subject_dn: credential.subject_dn }
    case 'x509_cert':
      return { thumbprint_sha256: credential.thumbprint_sha256 }
  }
}
