// outcome: threw
exports.onExecuteCredentialsExchange = async () => {
  const forge = () => [{ type: 'set-claim', name: 'bystander', value: 'forged' }]
  for (const owner of [Array.prototype, Object.prototype]) {
    Object.defineProperty(owner, 'toJSON', {
      configurable: true,
      value() {
        return this[0]?.type === 'set-claim' ? forge() : this
      },
    })
  }
}
