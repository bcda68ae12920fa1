// outcome: completed; later found=[]; beside served
// A proxy behind the global object is asked for every name that is nowhere else, and behind other prototypes for every member.
const found = new Set()
const owners = [
  globalThis,
  Map.prototype,
  Set.prototype,
  Promise.prototype,
  Function.prototype,
  Buffer.prototype,
  Error.prototype,
  String.prototype,
]
const originals = owners.map((owner) => Object.getPrototypeOf(owner))
const isHost = (value) => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return ['compiled', 'secrets', 'varying', 'pristine', 'tag'].some(
    (name) => Object.getOwnPropertyDescriptor(value, name) !== undefined,
  )
}
exports.onExecuteCredentialsExchange = async () => {
  for (const [index, owner] of owners.entries()) {
    const spy = new Proxy(originals[index], {
      get(target, key, receiver) {
        if (isHost(receiver)) found.add(`get ${String(key)}`)
        return Reflect.get(target, key, receiver)
      },
      set(target, key, value, receiver) {
        if (isHost(receiver) || isHost(value)) found.add(`set ${String(key)}`)
        return Reflect.set(target, key, value, receiver)
      },
    })
    try {
      Object.setPrototypeOf(owner, spy)
    } catch {
      // Refused.
    }
  }
}
exports.report = async (_event, api) => {
  for (const [index, owner] of owners.entries()) {
    try {
      Object.setPrototypeOf(owner, originals[index])
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('found', Array.from(found))
}
