exports.normalize = (text) => text.trim()

exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('order', exports.normalize(event.request.body.order))
}
