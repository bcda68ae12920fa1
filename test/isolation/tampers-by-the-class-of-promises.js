// outcome: threw
// vm2 CVE-2023-37466, CVE-2026-47210: a promise whose class is not its own is awaited through a `then` that anybody may replace.
const { then } = Promise.prototype
const forge = (value) => {
  if (Array.isArray(value?.commands)) for (const command of value.commands) command.value = 'forged'
  return value
}
exports.onExecuteCredentialsExchange = async () => {
  // biome-ignore lint/suspicious/noThenProperty: the attack
  Promise.prototype.then = function (fulfilled, rejected) {
    return Reflect.apply(then, this, [(value) => fulfilled?.(forge(value)), rejected])
  }
  Object.defineProperty(Promise.prototype, 'constructor', { configurable: true, get: () => class extends Promise {} })
}
