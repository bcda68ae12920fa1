exports.onExecuteCredentialsExchange = async (event, api) => {
  if (api.cache.get('ledger') === undefined) {
    api.cache.set('ledger', event.request.body.ledger)
  }
}
