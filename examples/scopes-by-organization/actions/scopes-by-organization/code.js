/** What each plan pays for. */
const scopesOf = {
  free: ['read:reports'],
  business: ['read:reports', 'write:reports'],
  enterprise: ['read:reports', 'write:reports', 'export:reports'],
}

/**
 * Holds a token to the plan of the organization it is for. The client grant stays the limit: no plan adds to it.
 *
 * @type {import('symbolon/actions').CredentialsExchangeAction}
 */
exports.onExecuteCredentialsExchange = async (event, api) => {
  if (event.organization === undefined) {
    return api.access.deny('invalid_request', 'Name the organization that the token is for.')
  }
  const { plan } = event.organization.metadata
  if (!Object.hasOwn(scopesOf, plan)) {
    return api.access.deny('invalid_scope', `${event.organization.display_name} has no plan.`)
  }

  // What an earlier Action took away stays away.
  const target = event.transaction.target_scopes
  api.transaction.setTargetScopes(scopesOf[plan].filter((scope) => target.includes(scope)))
  api.accessToken.setCustomClaim('https://reports.example.com/plan', plan)
}
