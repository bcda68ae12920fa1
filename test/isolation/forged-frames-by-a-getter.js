// outcome: threw; beside served
const fs = require('node:fs')
exports.onExecuteCredentialsExchange = async () => {
  let reads = 0
  const options = {
    get fd() {
      reads += 1
      return reads < 2 ? undefined : 3
    },
  }
  // Nothing listens for its error.
  fs.createWriteStream('', options).write('a frame')
  await new Promise(() => {})
}
