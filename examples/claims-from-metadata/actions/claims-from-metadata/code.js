const namespace = 'https://shipping.example.com'

/** Which metadata becomes a claim, and how its text is read. What is not named here stays out of the token. */
const claims = {
  warehouse: String,
  tier: String,
  max_parcels: wholeNumber,
  carriers: (text) => text.split(' '),
}

/** @type {import('symbolon/actions').CredentialsExchangeAction} */
exports.onExecuteCredentialsExchange = async (event, api) => {
  for (const [name, read] of Object.entries(claims)) {
    const text = event.client.metadata[name]
    if (text !== undefined) api.accessToken.setCustomClaim(`${namespace}/${name}`, read(text))
  }
}

/** Metadata is text, whatever it says. A number that is none ends the exchange: no token is better than one that is wrong. */
function wholeNumber(text) {
  if (!/^\d+$/.test(text))
    throw new TypeError(`${JSON.stringify(text)} is no whole number; correct the client's metadata`)
  return Number(text)
}
