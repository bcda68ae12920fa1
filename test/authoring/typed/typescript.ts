import { createHash } from 'node:crypto'
import type { CredentialsExchangeAction, CredentialsExchangeAPI, Event } from 'symbolon/actions'

declare module 'symbolon/actions' {
  interface Secrets {
    LEDGER_KEY: string
  }
}

export const onExecuteCredentialsExchange: CredentialsExchangeAction = async (event, api) => {
  if (isSuspended(event)) return api.access.deny('invalid_scope', 'suspended')
  tell(event, api)
  return undefined
}

function isSuspended({ client, organization }: Event): boolean {
  return client.metadata.status === 'suspended' || organization?.metadata.status === 'suspended'
}

function tell(event: Event, api: CredentialsExchangeAPI): void {
  // Declared above: a text, without a look whether it is there.
  const key = createHash('sha256').update(event.secrets.LEDGER_KEY).digest('hex')
  api.accessToken.setCustomClaim('https://example.com/key', key)
  // @ts-expect-error not declared: it may not be there
  createHash('sha256').update(event.secrets.OTHER_KEY)
}

// @ts-expect-error Auth0 takes an async function alone
const handler: CredentialsExchangeAction = () => undefined
void handler
