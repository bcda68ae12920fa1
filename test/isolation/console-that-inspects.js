// outcome: completed; claim leaked=[]; beside served
// vm2's leaks through `inspect`: the function that is handed over, its options, the stylize in them.
const util = require('node:util')
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const leaked = new Set()
  const value = {
    [util.inspect.custom](_depth, options, inspect) {
      if (inspect.constructor !== Function) leaked.add('another Function')
      for (const part of [options, ...Object.values(options)]) {
        if (part?.constructor?.name === 'Writable' || part?.write !== undefined) leaked.add('a stream')
      }
      return 'seen'
    },
  }
  console.log(value)
  console.dir(value)
  for (const symbol of Object.getOwnPropertySymbols(console)) {
    const kept = console[symbol]
    if (kept?.constructor?.name === 'Output') leaked.add('an output')
  }
  // Its own stream leads to nothing but what was printed.
  const stream = console._stdout
  if (stream?.output !== undefined || stream?._handle !== undefined) leaked.add('behind the stream')
  api.accessToken.setCustomClaim('leaked', [...leaked])
}
