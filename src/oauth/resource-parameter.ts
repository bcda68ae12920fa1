import { guesses, type TenantSettings } from '../domain/index.ts'
import { TokenRefusal } from './refusals.ts'
import type { TokenRequest } from './token-request.ts'

/**
 * The API a request names: by `audience`, else by `resource` where the tenant's `resource_parameter_profile` is `compatibility`. `undefined`
 * when it names none. Refuses several resources, and one that is no text: a token is for one API.
 *
 * A resource is compared as an audience is, byte for byte; one that no API has is refused like such an audience.
 *
 * @see RFC 8707 §2; Auth0 Docs, "Tenant Settings": Resource Parameter Compatibility Profile
 */
export function requestedAudience(
  { audience, resource }: Pick<TokenRequest, 'audience' | 'resource'>,
  settings: TenantSettings,
): string | undefined {
  if (audience !== undefined || resource === undefined) return audience
  // Any other profile: a parameter nobody knows.
  if ((settings.resource_parameter_profile ?? guesses.resourceParameterProfile) !== 'compatibility') return undefined
  const named = Array.isArray(resource) ? [...new Set(resource)] : [resource]
  const given = named.filter((one) => one !== null && one !== '')
  if (given.length === 0) return undefined
  const [only] = given
  if (given.length > 1 || typeof only !== 'string') throw new TokenRefusal('resource-not-one', {})
  return only
}
