const { greet } = require('actions:greeter')

exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('https://deployed.example.com/greeting', greet(event.client.name))
  api.accessToken.setCustomClaim('https://deployed.example.com/word', event.secrets.WORD)
}
