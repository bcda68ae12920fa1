// outcome: completed; claim own=true; beside served
// The api and the event are this exchange's own: written upon, frozen, given prototypes, they change nothing for the next.
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { setCustomClaim } = api.accessToken
  Object.setPrototypeOf(api, new Proxy({}, {}))
  api.accessToken.setCustomClaim = () => {}
  api.cache.get = () => ({ value: 'forged', expires_at: 0 })
  Object.defineProperty(event, 'client', { get: () => ({ metadata: { plan: 'forged' } }) })
  Object.defineProperty(event.transaction, 'target_scopes', { get: () => ['admin'], configurable: false })
  event.secrets.BYSTANDER = 'forged'
  Object.freeze(event)
  Object.freeze(api)
  setCustomClaim('own', true)
}
