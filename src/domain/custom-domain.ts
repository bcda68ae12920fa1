import type { CustomDomain } from './exchange.ts'
import type { TenantSnapshot } from './snapshot.ts'

/** A host that clients may know the server by beside its own, as the Management API spells it. Keys the server does not act on are kept beside these. */
export interface CustomDomainRecord {
  readonly custom_domain_id: string
  /** Host in lower case, without a port: it has that of the server's own domain. */
  readonly domain: string
  readonly type: 'auth0_managed_certs' | 'self_managed_certs'
  /** Tokens are issued under one that is `ready` alone. */
  readonly status: 'pending_verification' | 'ready' | 'failed'
  /** Whether it was the tenant's first. */
  readonly primary: boolean
  readonly is_default: boolean
  readonly domain_metadata?: Readonly<Record<string, string>>
  readonly created_at: string
  /** When somebody said so. */
  readonly verified_at?: string
}

/** What actions see of a custom domain. */
export function customDomainFacts({ domain, domain_metadata = {} }: CustomDomainRecord): CustomDomain {
  return { domain, domain_metadata }
}

/** A custom domain as the host of URLs: with the port of the server's own domain, where that has one. */
export function hostOfCustomDomain(customDomain: string, domain: string): string {
  return `${customDomain}${/:\d+$/.exec(domain)?.[0] ?? ''}`
}

/** Whether an issuer is that of one of the hosts that tokens are issued under: `https://HOST/`, byte for byte. */
export function isOwnIssuer(issuer: string, domains: TenantSnapshot['domains']): boolean {
  const host = /^https:\/\/([^/]+)\/$/.exec(issuer)?.[1]
  return host !== undefined && domains.has(host)
}
