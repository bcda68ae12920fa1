const { createHmac } = require('node:crypto')

const namespace = 'https://orders.example.com'
const hourMs = 60 * 60 * 1000

/** Tells the Orders API who calls: the team, a reference that stands for the client, and how busy it is. */
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { client_id, metadata, name } = event.client

  api.accessToken.setCustomClaim(`${namespace}/team`, metadata.team ?? metadata.partner)

  // A pseudonym for the API's own records: the same for every token of a client, and no one can guess the client from it.
  const reference = createHmac('sha256', event.secrets.REFERENCE_KEY).update(client_id).digest('hex').slice(0, 16)
  api.accessToken.setCustomClaim(`${namespace}/reference`, reference)

  // The cache lives beside the trigger, not in the token. It may forget: count on it for hints, never for limits.
  const key = `tokens:${client_id}`
  const seen = api.cache.get(key)
  const count = Number(seen?.value ?? 0) + 1
  api.cache.set(key, String(count), { expires_at: seen?.expires_at ?? Date.now() + hourMs })
  api.accessToken.setCustomClaim(`${namespace}/tokens_this_hour`, count)

  console.log(`token ${count} this hour for ${name}`)
}
