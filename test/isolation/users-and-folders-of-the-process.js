// outcome: completed; claim done=[]; beside served
// CVE-2024-22017 (setuid) and its kind: what would change the process of every action in it.
const ways = {
  chdir: () => process.chdir(__dirname),
  'chdir, imported': async () => (await import('node:process')).chdir(__dirname),
  setuid: () => process.setuid(65_534),
  seteuid: () => process.seteuid(65_534),
  setgid: () => process.setgid(65_534),
  setegid: () => process.setegid(65_534),
  setgroups: () => process.setgroups([65_534]),
  initgroups: () => process.initgroups('nobody', 65_534),
  'setuid to the same': () => process.setuid(process.getuid()),
  'setgid to the same': () => process.setgid(process.getgid()),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const done = []
  const before = process.cwd()
  for (const [name, change] of Object.entries(ways)) {
    try {
      await change()
      done.push(name)
    } catch {
      // Refused.
    }
  }
  if (process.cwd() !== before) done.push('elsewhere')
  api.accessToken.setCustomClaim('done', done)
}
