import {
  customDomainFacts,
  hostOfCustomDomain,
  managementAudience,
  type ResourceServer,
  type TenantSnapshot,
} from '../domain/index.ts'
import type { Store } from './store.ts'

/** The hosts that tokens are issued under: the server's own, then the custom domains that are ready, in order of creation. */
export async function readDomains(
  store: Pick<Store, 'customDomains'>,
  domain: string,
): Promise<TenantSnapshot['domains']> {
  const ready = (await store.customDomains.list()).filter(({ status }) => status === 'ready')
  return new Map([
    ...ready.map((one) => [hostOfCustomDomain(one.domain, domain), customDomainFacts(one)] as const),
    [domain, undefined] as const,
  ])
}

/** Audiences that mean an API beside its identifier. */
export type AudienceAliases = ReadonlyMap<string, readonly string[]>

/** The Management API by the audience of each custom domain. An API of the tenant's own that has one of those keeps it: it is another one. */
export function audienceAliases(
  domains: TenantSnapshot['domains'],
  domain: string,
  apis: ReadonlyMap<string, ResourceServer>,
): AudienceAliases {
  const audiences = [...domains.keys()].filter((host) => host !== domain).map(managementAudience)
  return new Map([[managementAudience(domain), audiences.filter((audience) => !apis.has(audience))]])
}

/** The APIs by identifier, and the same ones by each alias: as what a token for it names as its audience. */
export function withAliases(
  apis: ReadonlyMap<string, ResourceServer>,
  aliases: AudienceAliases,
): ReadonlyMap<string, ResourceServer> {
  const named = new Map(apis)
  for (const [identifier, audiences] of aliases) {
    const api = apis.get(identifier)
    if (api?.is_system === true) for (const audience of audiences) named.set(audience, { ...api, identifier: audience })
  }
  return named
}
