const keptMs = 10 * 60 * 1000
const patienceMs = 3000

/**
 * Lets partners in as long as the registry calls them active. Its answer holds for ten minutes. When it gives none, no partner gets a token.
 *
 * @type {import('symbolon/actions').CredentialsExchangeAction}
 */
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { partner } = event.client.metadata
  if (!partner) return

  const status = await statusOf(partner, event.secrets, api.cache)
  if (status === undefined) {
    return api.access.deny('server_error', 'The partner registry does not answer. Ask again in a minute.')
  }
  if (status !== 'active') {
    return api.access.deny('invalid_request', `Partner ${partner} is ${status}.`)
  }
  api.accessToken.setCustomClaim('https://trade.example.com/partner', partner)
}

/** What the registry calls a partner; undefined when it does not say. Only what it said is kept. */
async function statusOf(partner, { REGISTRY_URL, REGISTRY_KEY }, cache) {
  const key = `partner:${partner}`
  const kept = cache.get(key)
  if (kept !== undefined) return kept.value
  try {
    const answer = await fetch(new URL(`partners/${encodeURIComponent(partner)}`, REGISTRY_URL), {
      headers: { authorization: `Bearer ${REGISTRY_KEY}` },
      signal: AbortSignal.timeout(patienceMs),
    })
    if (answer.status === 404) return 'unknown'
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    const { status } = await answer.json()
    if (typeof status !== 'string') throw new Error('no status in it')
    cache.set(key, status, { ttl: keptMs })
    return status
  } catch (error) {
    console.error(`the registry gave no answer: ${error.message}`)
    return undefined
  }
}
