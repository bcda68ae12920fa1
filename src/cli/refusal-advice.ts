import type { ExchangeReport } from '../compose.ts'

type Refusal = NonNullable<ExchangeReport['refusal']>

/** The way out of refusals whose sentence does not tell it, in the words of who has the tenant folder. */
const waysOut: { readonly [R in Refusal['reason']]?: string } = {
  'grant-type-missing': 'send grant_type=client_credentials',
  'grant-type-unsupported': 'send grant_type=client_credentials',
  'client-id-missing': 'send client_id and client_secret, in the body or by HTTP Basic',
  unauthenticated: 'dev.json has each client with its secret, and `symbolon token` asks with them',
  'grant-type-not-allowed': 'add client_credentials to the grant_types of the client',
  'audience-missing': 'send audience, or set default_audience in tenant.json',
  'audience-unknown': 'no API has this identifier, to the letter: add one under resource-servers',
  'client-grant-missing': 'add a grant of the client at this API under grants',
  'client-not-authorized': "the API's subject_type_authorization or the client's is_first_party says so",
  'scope-outside-grant': "ask for less, or add them to the client's grant under grants",
  'organization-not-allowed': "leave organization out, or set the client grant's organization_usage",
  'organization-required': "send organization, or set the client grant's organization_usage to allow",
  'organization-invalid': 'no organization has this id or name: add one under organizations',
  'organization-not-granted': 'add the client grant to the organization, or allow any organization in it',
  'rate-limited': 'wait, or raise RATE_LIMIT_PER_SECOND',
}

/** Why a request was refused, as the log has it, and what to do about it. */
export function refusalAdvice({ reason, detail, message }: Refusal): string {
  const wayOut = waysOut[reason]
  return `${detail ?? message}${wayOut === undefined ? '' : `; ${wayOut}`}`
}
