// outcome: completed; beside served
// Code that runs when nothing else does, long after its turn: it throws, loops for a while and makes more of itself.
const registry = new FinalizationRegistry((depth) => {
  if (depth < 50) registry.register({}, depth + 1)
  console.log('collected')
  throw new Error('of a finalizer')
})
exports.onExecuteCredentialsExchange = async () => {
  for (let i = 0; i < 1_000; i++) registry.register(new Array(1_000).fill(i), 0)
  for (let i = 0; i < 40; i++) {
    new Array(100_000).fill(i)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
