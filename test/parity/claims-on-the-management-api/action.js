exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('role', 'clerk').accessToken.setCustomClaim('https://example.com/role', 'clerk')
  console.log(event.resource_server.identifier)
}
