// As an author writes it, in the words of Auth0's own examples: every line is checked, and those that are marked must not pass.

/** @type {import('symbolon/actions').CredentialsExchangeAction} */
exports.onExecuteCredentialsExchange = async (event, api) => {
  if (event.client.metadata.blocked === 'yes') {
    return api.access.deny('invalid_request', `${event.client.name} is blocked`)
  }
  if (event.request.geoip.continentCode === 'AS') api.access.deny('server_error')
  const agent = event.request.user_agent ?? 'nobody'
  // @ts-expect-error a header that may be missing has to be looked at first
  event.request.user_agent.toLowerCase()
  // @ts-expect-error there is no organization in every exchange
  event.organization.name.toLowerCase()
  // @ts-expect-error what only a login has
  event.user.email.toLowerCase()
  event.request.body.tenant.toLowerCase()

  const kept = api.cache.get('token')
  // @ts-expect-error an entry is a record, and its value a text in it
  kept?.toUpperCase()
  if (kept === undefined || kept.expires_at < Date.now()) {
    const answer = await fetch('https://ledger.example.com/', { headers: { 'x-key': event.secrets.LEDGER_KEY ?? '' } })
    const written = await api.cache.set('token', await answer.text(), { ttl: 60_000 })
    if (written.type === 'error' && written.code === 'CacheValueSizeExceeded') console.log('too long')
    if (written.type === 'success') console.log(written.record.value, written.record.expires_at)
    // @ts-expect-error a value is a text
    api.cache.set('count', 1)
    // @ts-expect-error the lifetime is `ttl`
    api.cache.set('count', '1', { expires_in: 1 })
  }
  api.accessToken.setCustomClaim('agent', agent).accessToken.setCustomClaim('host', event.request.hostname)
  // @ts-expect-error a claim has a name and a value
  api.accessToken.setCustomClaim('agent')
  // @ts-expect-error an ID token is of a login
  api.idToken.setCustomClaim('agent', agent)
  // @ts-expect-error one of three codes
  api.access.deny('access_denied', 'no')

  api.transaction.addTargetScope('read:orders')
  // @ts-expect-error these answer nothing to go on with
  api.transaction.addTargetScope('read:orders').removeTargetScope('write:orders')
  // @ts-expect-error a list
  api.transaction.setTargetScopes('read:orders')
  for (const scope of event.transaction.target_scopes ?? [])
    if (scope.startsWith('a')) api.transaction.clearTargetScopes()
  return undefined
}
