exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken
    .setCustomClaim('object', { a: [1, { b: null }], c: undefined })
    .accessToken.setCustomClaim('array', [1, 'two', false])
    .accessToken.setCustomClaim('number', 1.5)
    .accessToken.setCustomClaim('boolean', false)
    .accessToken.setCustomClaim('null', null)
    .accessToken.setCustomClaim('date', new Date(0))
    .accessToken.setCustomClaim('nan', Number.NaN)
    .accessToken.setCustomClaim('undefined', undefined)
    .accessToken.setCustomClaim('function', () => 1)
    .accessToken.setCustomClaim('', 'unnamed')
}
