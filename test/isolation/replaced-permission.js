// outcome: completed; claim read=[]; beside served
// What asks the permission model in JavaScript, replaced; what holds asks in Node itself.
const fs = require('node:fs')
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const read = []
  const has = () => true
  for (const way of [
    () => Object.defineProperty(process, 'permission', { value: { has } }),
    () => Object.defineProperty(process.permission, 'has', { value: has }),
    () => Object.defineProperty(process, 'execArgv', { value: [] }),
    () =>
      Object.defineProperty(process.env, 'NODE_OPTIONS', {
        value: '--allow-fs-read=*',
        enumerable: true,
        writable: true,
        configurable: true,
      }),
    () => process.allowedNodeEnvironmentFlags.add('--allow-fs-read=*'),
    () => Object.assign(process.config.variables, { node_without_node_options: true }),
    () => Object.assign(process.features, { inspector: true }),
  ]) {
    try {
      way()
    } catch {
      // Refused.
    }
    try {
      fs.readFileSync('/etc/passwd')
      read.push(String(way))
    } catch {
      // Refused.
    }
  }
  delete process.env.NODE_OPTIONS
  api.accessToken.setCustomClaim('read', read)
}
