// outcome: completed; claim kept=true; beside served
// CVE-2026-21717: names that are numbers share hashes. Names by the thousand, in every table of ours that takes a name.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const started = process.cpuUsage().user
  const names = Array.from({ length: 20_000 }, (_, i) => String(i * 2 ** 24))
  for (const name of names) api.cache.get(name)
  for (const name of names.slice(0, 1_000)) api.cache.set(name, 'x')
  for (const name of names.slice(0, 1_000)) api.cache.delete(name)
  if (process.cpuUsage().user < started) throw new Error('time goes backwards')
  api.cache.set('key', 'x', { ttl: 1_000 })
  api.accessToken.setCustomClaim('kept', api.cache.get('key')?.value === 'x')
  api.cache.delete('key')
}
