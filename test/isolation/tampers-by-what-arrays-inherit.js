// outcome: threw
// SES and realms: a proxy behind Array.prototype is asked to set every element of every array that is filled by index.
exports.onExecuteCredentialsExchange = async () => {
  const spy = new Proxy(Object.prototype, {
    set(_target, key, value, receiver) {
      const forged = value?.type === 'set-claim' ? { ...value, value: 'forged' } : value
      return Reflect.defineProperty(receiver, key, {
        value: forged,
        configurable: true,
        enumerable: true,
        writable: true,
      })
    },
  })
  Object.setPrototypeOf(Array.prototype, spy)
}
