import type { Static } from 'typebox'
import type { ClientChange } from '../deployment/index.ts'
import { type Client, isJsonObject, limits } from '../domain/index.ts'
import { demandSoundClient } from './client-rules.ts'
import { patched } from './patch.ts'
import { ManagementRefusal } from './refusals.ts'
import type { UpdateClient } from './schemas/client.ts'

/**
 * What a PATCH makes of a client: `null` takes a member away; `client_metadata`, `jwt_configuration` and four more are merged by their keys,
 * every other object is replaced as a whole.
 *
 * @see docs/management-api.md, "Clients"
 */
export function clientChange({ client_secret, ...patch }: Static<typeof UpdateClient>): ClientChange {
  const isRuled = ruledMembers.some((member) => member in patch)
  return {
    ...(client_secret !== undefined && { client_secret }),
    change: (client) => {
      const isRenamed = patch.name !== undefined && patch.name !== client.name
      if (client.global === true && (client_secret !== undefined || isRuled || isRenamed))
        throw new ManagementRefusal('client-global-fixed', {})
      const { client_metadata } = patch
      const changed = patched(client, {
        ...patch,
        ...mergedObjects(client, patch),
        ...(client_metadata !== undefined && { client_metadata: mergedMetadata(client, client_metadata) }),
      })
      // Rules that came later than the client do not keep its description from being mended.
      if (isRuled) demandSoundClient(changed)
      return changed
    },
  }
}

/** The members that rules join. None of them is the global client's to have. */
const ruledMembers = [
  'grant_types',
  'token_endpoint_auth_method',
  'client_authentication_methods',
  'is_token_endpoint_ip_header_trusted',
] as const

/** Of these a PATCH replaces the keys that it names: seen in recorded answers of Auth0, as it was that others are replaced. */
const mergedMembers = [
  'jwt_configuration',
  'mobile',
  'native_social_login',
  'session_transfer',
  'signed_request_object',
] as const

function mergedObjects(client: Client, patch: object): object {
  const merged = mergedMembers.flatMap((name) => {
    const [before, given]: readonly unknown[] = [Reflect.get(client, name), Reflect.get(patch, name)]
    return isJsonObject(before) && isJsonObject(given) ? [[name, { ...before, ...given }]] : []
  })
  return Object.fromEntries(merged)
}

function mergedMetadata(
  { client_metadata = {} }: Client,
  patch: Readonly<Record<string, string | null>>,
): NonNullable<Client['client_metadata']> {
  const merged = patched(client_metadata, patch)
  const count = Object.keys(merged).length
  if (count > limits.clientMetadataKeys) {
    const text = `Too many properties defined (${count}), maximum ${limits.clientMetadataKeys}`
    throw new ManagementRefusal('body-invalid', { violations: [`'${text}' on property client_metadata`] })
  }
  return merged
}
