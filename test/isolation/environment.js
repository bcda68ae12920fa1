// outcome: completed; claim env={"TZ":"UTC","NODE_ENV":"production"}; claim others=[]; beside served
exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('env', { ...process.env })
  const others = []
  const known = ['TZ', 'NODE_ENV']
  for (const env of [require('node:process').env, (await import('node:process')).env]) {
    for (const name of Object.getOwnPropertyNames(env)) if (!known.includes(name)) others.push(name)
  }
  const texts = [
    process.argv,
    process.argv0,
    process.title,
    process.execArgv,
    process.config,
    process.release,
    process.versions,
  ]
  if (JSON.stringify(texts).includes('canary')) others.push('canary')
  api.accessToken.setCustomClaim('others', others)
}
