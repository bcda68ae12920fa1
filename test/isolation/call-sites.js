// outcome: completed; claim found=[]; beside served
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const found = []
  const prepare = Error.prepareStackTrace
  Error.stackTraceLimit = 200
  Error.prepareStackTrace = (_error, sites) => sites
  for (const site of new Error('here').stack) {
    const own = site.getFileName()?.endsWith('action.js')
    for (const name of ['getThis', 'getFunction']) {
      const value = site[name]()
      if (!own && value !== undefined && value !== null && value !== globalThis)
        found.push(`${name} ${site.getFunctionName()}`)
    }
  }
  Error.prepareStackTrace = prepare
  for (const read of [
    // biome-ignore lint/complexity/noArguments: the attack
    () => arguments.callee.caller,
    () => exports.onExecuteCredentialsExchange.caller,
    () => Function('return arguments.callee.caller')(),
  ]) {
    try {
      const caller = read()
      if (caller && caller !== read) found.push(String(caller))
    } catch {
      // Strict code has none.
    }
  }
  api.accessToken.setCustomClaim('found', found)
}
