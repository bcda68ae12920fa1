import type { Static } from 'typebox'
import type { CustomDomainRecord } from '../domain/index.ts'
import { ManagementRefusal } from './refusals.ts'
import type { UpdateCustomDomain } from './schemas/custom-domain.ts'

type Given = Static<typeof UpdateCustomDomain>

/** Refuses what a custom domain of its type cannot be given, in Auth0's words, and a relying party that is another domain's. */
export function demandSettable(
  { tls_policy, custom_client_ip_header, relying_party_identifier }: Given,
  { domain, type }: Pick<CustomDomainRecord, 'domain' | 'type'>,
): void {
  if (tls_policy !== undefined && type === 'self_managed_certs')
    throw new ManagementRefusal('custom-domain-setting', {
      fault: "The 'tls_policy' cannot be set on self_managed domains",
    })
  if (custom_client_ip_header != null && custom_client_ip_header !== '' && type === 'auth0_managed_certs')
    throw new ManagementRefusal('custom-domain-setting', {
      fault: "The 'custom_client_ip_header' cannot be set on auth0_managed domains",
    })
  const party = relying_party_identifier?.toLowerCase()
  const isOwn = party === undefined || party === domain || (party.includes('.') && domain.endsWith(`.${party}`))
  if (!isOwn)
    throw new ManagementRefusal('custom-domain-setting', {
      fault: "The 'relying_party_identifier' must be equal to or a registrable domain suffix of the domain.",
    })
}

/** Keys a domain's metadata may have. @see Auth0 Docs, Management API "Create a custom domain": `domain_metadata` */
const mostKeys = 10
const keyLength = 255

/** The metadata after a change of some keys; `undefined` when none is left. */
export function metadataAfter(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string>> | undefined {
  const after = new Map(Object.entries(before))
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) after.delete(key)
    else after.set(key, value)
  }
  if (after.size > mostKeys)
    throw new ManagementRefusal('custom-domain-setting', {
      fault: `domain_metadata would have ${after.size} keys; the limit is ${mostKeys}: take one away with null`,
    })
  const long = [...after.keys()].find((key) => key.length > keyLength)
  if (long !== undefined)
    throw new ManagementRefusal('custom-domain-setting', {
      fault: `a key of domain_metadata has ${long.length} characters; the limit is ${keyLength}`,
    })
  return after.size === 0 ? undefined : Object.fromEntries(after)
}
