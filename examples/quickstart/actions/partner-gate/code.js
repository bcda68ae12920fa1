/**
 * Holds partners to their terms: a suspended partner gets no token, and one that names no region may only read.
 * Clients that are not partners pass untouched.
 */
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { partner, status, regions = '' } = event.client.metadata
  if (!partner) return

  if (status === 'suspended') {
    return api.access.deny('invalid_request', `Partner ${partner} is suspended.`)
  }

  // `region` is a parameter of our own, sent beside grant_type and audience.
  const { region } = event.request.body
  if (region === undefined) {
    api.transaction.removeTargetScope('write:orders')
    return
  }

  if (!regions.split(' ').includes(region)) {
    return api.access.deny('invalid_request', `Partner ${partner} does not trade in this region.`)
  }
  api.accessToken.setCustomClaim('https://orders.example.com/region', region)
}
