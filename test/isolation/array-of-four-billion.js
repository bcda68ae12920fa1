// outcome: completed; beside served
// Lengths that nothing is behind: a sparse array, a proxy that claims any number of keys, strings that are one cell repeated.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  for (const value of [
    new Array(2 ** 32 - 1),
    { toJSON: () => new Proxy([], { get: (_target, key) => (key === 'length' ? 2 ** 53 - 1 : 0) }) },
    { toJSON: () => new Proxy([], { get: (_target, key) => (key === 'length' ? 2 ** 32 - 1 : 0) }) },
    { c: [{ c: 'x'.repeat(2 ** 28) }] },
    new Float64Array(2 ** 20),
  ]) {
    try {
      api.accessToken.setCustomClaim('value', value)
    } catch {
      // Longer than any text.
    }
  }
}
