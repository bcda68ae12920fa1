import { guesses } from '../domain/index.ts'
import type { ManagementRefusalRow } from './refusals.ts'

type Nothing = Readonly<Record<never, never>>

/** What the refusals of custom domains are filled from. */
export interface CustomDomainRefusalValues {
  'custom-domain-unknown': { readonly id: string }
  'custom-domain-exists': { readonly existing: object }
  'custom-domain-own': { readonly domain: string }
  'custom-domain-audience': { readonly audience: string }
  'custom-domain-setting': { readonly fault: string }
  'custom-domain-default': Nothing
  'custom-domain-unverified': Nothing
  'custom-domain-unready': Nothing
  'custom-domains-full': Nothing
  'custom-domains-unsearchable': { readonly fields: readonly string[] }
  'custom-domains-unsortable': Nothing
}

/** The rows of the table that custom domains have. */
export const customDomainRefusals: {
  readonly [R in keyof CustomDomainRefusalValues]: ManagementRefusalRow<CustomDomainRefusalValues[R]>
} = {
  'custom-domain-unknown': {
    status: 404,
    errorCode: 'inexistent_custom_domain',
    message: (v) => `The custom domain ${v.id} does not exist`,
    source: 'observed',
  },
  'custom-domain-exists': {
    status: 409,
    errorCode: guesses.customDomainExistsCode,
    message: () => 'Custom domain already exists.',
    source: 'documented',
  },
  'custom-domain-own': {
    status: 400,
    errorCode: 'invalid_body',
    message: (v) => `${v.domain} is the server's own domain already; give another one`,
    source: 'ours',
  },
  'custom-domain-audience': {
    status: 409,
    errorCode: 'custom_domain_audience_taken',
    message: (v) =>
      `An API has the identifier ${v.audience}, which the Management API would have under this domain; delete that API, or give another domain`,
    source: 'ours',
  },
  'custom-domain-setting': { status: 400, errorCode: 'invalid_body', message: (v) => v.fault, source: 'documented' },
  'custom-domain-default': {
    status: 409,
    errorCode: 'custom_domain_is_default',
    message: () =>
      'Cannot delete the default custom domain. Please set another domain as default before deleting this one.',
    source: 'documented',
  },
  'custom-domain-unverified': {
    status: 400,
    errorCode: 'invalid_body',
    message: () => 'The domain must be verified before it can be set as default.',
    source: 'observed',
  },
  'custom-domain-unready': {
    status: 409,
    errorCode: 'custom_domain_not_ready',
    message: () => 'The custom domain is not ready.',
    source: 'documented',
  },
  'custom-domains-full': {
    status: 409,
    errorCode: 'custom_domains_limit',
    message: () => 'You reached the maximum number of custom domains for your account.',
    source: 'documented',
  },
  'custom-domains-unsearchable': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) => `q must be terms such as status:ready, joined by AND, of ${v.fields.join(', ')}`,
    source: 'ours',
  },
  'custom-domains-unsortable': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: () => 'sort must be domain:1 or domain:-1',
    source: 'ours',
  },
}
