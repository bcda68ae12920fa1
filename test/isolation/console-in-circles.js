// outcome: completed; claim caught="RangeError"; beside served
// Printing that prints: an inspection, and the stream's own `write`, which print again.
const { inspect } = require('node:util')
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const value = {
    [inspect.custom]() {
      console.log(value)
      return 'x'
    },
  }
  let caught
  try {
    console.log(value)
  } catch (error) {
    caught = error.name
  }
  let left = 100
  const { write } = console._stdout
  console._stdout.write = (...args) => {
    if (left-- > 0) console.error('again')
    return Reflect.apply(write, console._stdout, args)
  }
  console.log('once')
  api.accessToken.setCustomClaim('caught', caught)
}
