// outcome: completed; claim found=[]; later found=[]; beside served
const found = new Set()
const look = (value) => {
  if (typeof value === 'object' && value?.secrets?.BYSTANDER) found.add('event')
  return value
}
const { WeakRef: Ref, FinalizationRegistry: Registry } = globalThis
globalThis.WeakRef = class extends Ref {
  constructor(target) {
    super(look(target))
  }
}
globalThis.FinalizationRegistry = class extends Registry {
  register(target, held, token) {
    super.register(look(target), look(held), token)
  }
}
new Registry(look).register({}, {})
exports.onExecuteCredentialsExchange = async (_event, api) => api.accessToken.setCustomClaim('found', [...found])
exports.report = exports.onExecuteCredentialsExchange
