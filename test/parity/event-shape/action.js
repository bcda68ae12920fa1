exports.onExecuteCredentialsExchange = async (event, api) => {
  const { accessToken, client, request, resource_server, secrets, tenant, transaction } = event
  const { body, geoip, hostname, ip, language, method, user_agent } = request
  api.accessToken.setCustomClaim('seen', {
    keys: Object.keys(event).sort(),
    accessToken,
    client,
    request: { body, geoip, hostname, ip, language, method, user_agent },
    resource_server,
    secrets,
    tenant,
    transaction,
  })
}
