exports.onExecuteCredentialsExchange = async (event, api) => {
  if (event.client.metadata.team === 'day shift') api.access.deny('invalid_request', 'It is night')
}
