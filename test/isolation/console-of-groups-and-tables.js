// outcome: completed; beside served
// Methods that keep something, or whose text grows faster than what they are given.
exports.onExecuteCredentialsExchange = async () => {
  for (let i = 0; i < 2_000; i++) console.group()
  console.log('deep')
  for (let i = 0; i < 2_000; i++) console.count(`label ${i}`)
  for (let i = 0; i < 2_000; i++) console.time(`label ${i}`)
  console.table(Array.from({ length: 100 }, (_, row) => ({ [`column ${row}`]: 'x'.repeat(100) })))
  console.log('%o'.repeat(3), module, process.release, require)
  console.log(`%${'s'.repeat(100_000)}`, 'x')
}
