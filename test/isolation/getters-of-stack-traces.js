// outcome: threw; beside served
// vm2's exceptions: what is thrown answers with functions that call back, print, throw and lie.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const error = new Error('mine')
  Object.defineProperty(error, 'stack', {
    get() {
      console.log(error)
      api.accessToken.setCustomClaim('late', true)
      Error.stackTraceLimit = Number.POSITIVE_INFINITY
      return { toString: () => error.stack }
    },
  })
  Object.defineProperty(error, 'name', { get: () => Object('Forged') })
  Object.defineProperty(error, 'message', {
    get() {
      Error.captureStackTrace(error)
      throw new Error('of the message')
    },
  })
  throw error
}
