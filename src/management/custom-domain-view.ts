import type { CustomDomainRecord } from '../domain/index.ts'

/** A custom domain as it is kept: what its schema lets through beside what the server acts on. */
export interface KeptCustomDomain extends CustomDomainRecord {
  readonly tls_policy?: string
  readonly custom_client_ip_header?: string
  readonly relying_party_identifier?: string
}

/**
 * A custom domain as it is answered. To be reached it has to lead to the server's own domain: that is the one record there is to make, whichever
 * `verification_method` was asked for. There is no certificate of it here: those are the operator's.
 */
export function customDomainView(
  {
    revision: _revision,
    created_at: _created,
    verified_at,
    ...shown
  }: KeptCustomDomain & { readonly revision?: number },
  domain: string,
): object {
  const isReady = shown.status === 'ready'
  const origin = domain.replace(/:\d+$/, '')
  return {
    ...shown,
    ...(isReady && { origin_domain_name: origin }),
    verification: {
      methods: [{ name: 'cname', record: origin, domain: shown.domain }],
      status: isReady ? 'verified' : 'pending',
      ...(verified_at !== undefined && { last_verified_at: verified_at }),
    },
  }
}
