// outcome: threw; beside served
// `node:domain` takes every error of what runs in it, and with it the failure of its turn.
exports.onExecuteCredentialsExchange = async () => {
  let domain
  try {
    domain = require('node:domain').create()
  } catch {
    // Refused.
  }
  domain?.on('error', () => {})
  domain?.enter()
  setTimeout(() => {
    throw new Error('swallowed')
  }, 1)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
}
