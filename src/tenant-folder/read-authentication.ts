import {
  type ClientAuthenticationMethods,
  credentialTypeOf,
  type FederatedIssuer,
  faultsOfFederatedIssuer,
  faultsOfGivenCredential,
  type GivenCredential,
  isJsonObject,
  type JsonObject,
  type KeyMethod,
  limits,
} from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import type { FolderAuthenticationMethods, FolderCredential } from './folder-tenant.ts'
import { type Item, type Path, pathText } from './item.ts'
import { readObject } from './read-object.ts'

const member = 'client_authentication_methods'
const keyMethods: readonly KeyMethod[] = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth']

/**
 * Reads how a client proves itself without a secret: credentials in full, as the Deploy CLI creates them, and external issuers. Whether a PEM
 * is a key is not told here: that takes cryptography. A method that is not known stays, to be refused with the rest of the client.
 */
export function readAuthenticationMethods(item: Item, findings: FindingList): FolderAuthenticationMethods | undefined {
  const given = item.at([member])
  if (!isJsonObject(given)) return undefined
  const methods: Record<string, unknown> = { ...given }
  for (const method of keyMethods) {
    const list = listAt(item, [member, method, 'credentials'], given[method], findings)
    if (list !== undefined) methods[method] = { credentials: readCredentials(item, method, list, findings) }
  }
  const issuers = listAt(item, [member, 'federated_jwt', 'issuers'], given.federated_jwt, findings)
  if (issuers !== undefined) methods.federated_jwt = { issuers: readIssuers(item, issuers, findings) }
  return methods as FolderAuthenticationMethods
}

/** The methods as a client's record has them, for the rules of a client. */
export function withoutCredentials(methods: FolderAuthenticationMethods): ClientAuthenticationMethods {
  const bare = keyMethods.flatMap((method) => (methods[method] == null ? [] : [[method, { credentials: [] }]]))
  return { ...methods, ...Object.fromEntries(bare) }
}

/** The indexes of a method's list; `undefined` when the method is not there. */
function listAt(item: Item, path: Path, method: unknown, findings: FindingList): readonly number[] | undefined {
  if (method == null) return undefined
  const list = item.at(path)
  if (Array.isArray(list)) return list.map((_, index) => index)
  findings.error(item.placeOf(path), `${pathText(path)} must be a list of objects`)
  return []
}

function readCredentials(
  item: Item,
  method: KeyMethod,
  list: readonly number[],
  findings: FindingList,
): readonly FolderCredential[] {
  const path = [member, method, 'credentials']
  if (list.length > limits.clientCredentials)
    findings.error(
      item.placeOf(path),
      `${method} has ${list.length} credentials; the limit is ${limits.clientCredentials}`,
    )
  return list.flatMap((index): readonly FolderCredential[] => {
    const at = [...path, index]
    // As an export of Auth0's has it: the key itself is at Auth0 alone.
    const isReference = item.at([...at, 'id']) !== undefined && item.at([...at, 'credential_type']) === undefined
    if (isReference) {
      findings.error(
        item.placeOf(at),
        `${pathText(at)} is the id of a credential of another server; give its credential_type "${credentialTypeOf[method]}" and its pem`,
      )
      return []
    }
    const members = readObject(item, at, 'credential', findings)
    if (members === undefined) return []
    const { id: _id, ...credential } = members as unknown as GivenCredential & { readonly id?: string }
    refuse(item, at, faultsOfGivenCredential(credential, method), findings)
    return [{ ...credential, place: item.placeOf([...at, 'pem']) }]
  })
}

function readIssuers(item: Item, list: readonly number[], findings: FindingList): readonly FederatedIssuer[] {
  const path = [member, 'federated_jwt', 'issuers']
  return list.flatMap((index) => {
    const at = [...path, index]
    const members: JsonObject | undefined = readObject(item, at, 'federatedIssuer', findings)
    if (members === undefined) return []
    const issuer = members as unknown as FederatedIssuer
    refuse(item, at, faultsOfFederatedIssuer(issuer), findings)
    return [issuer]
  })
}

function refuse(item: Item, at: Path, sentences: readonly string[], findings: FindingList): void {
  // Each sentence begins with the member it is about.
  for (const sentence of sentences)
    findings.error(item.placeOf([...at, sentence.split(' ', 1)[0] ?? '']), `${pathText(at)}.${sentence}`)
}
