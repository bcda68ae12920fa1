// outcome: threw
exports.onExecuteCredentialsExchange = async () => {
  for (const index of [0, 1]) {
    Object.defineProperty(Array.prototype, index, {
      configurable: true,
      set(value) {
        const forged = value?.type === 'set-claim' ? { ...value, value: 'forged' } : value
        Object.defineProperty(this, index, { value: forged, configurable: true, enumerable: true, writable: true })
      },
    })
  }
}
