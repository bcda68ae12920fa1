// outcome: threw
exports.onExecuteCredentialsExchange = async () => {
  const { next } = Object.getPrototypeOf([][Symbol.iterator]())
  Object.getPrototypeOf([][Symbol.iterator]()).next = function () {
    const result = Reflect.apply(next, this, [])
    if (result.value?.type === 'set-claim') result.value = { ...result.value, value: 'forged' }
    return result
  }
}
