// outcome: completed; claim had=[]; beside served
const { has } = Set.prototype
const { replace, startsWith } = String.prototype
const patches = {
  'Set.prototype.has': [Set.prototype, 'has', () => false],
  'String.prototype.replace': [String.prototype, 'replace', () => 'fs'],
  'RegExp.prototype[Symbol.replace]': [RegExp.prototype, Symbol.replace, () => 'fs'],
  'RegExp.prototype.exec': [RegExp.prototype, 'exec', () => null],
  'String.prototype.startsWith': [String.prototype, 'startsWith', () => false],
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const had = []
  for (const [name, [owner, key, patch]] of Object.entries(patches)) {
    const original = owner[key]
    for (const load of [require, process.getBuiltinModule, (id) => import(id)]) {
      let loaded
      owner[key] = patch
      try {
        loaded = load('node:child_process')
      } catch {
        // Refused.
      }
      owner[key] = original
      loaded = await Promise.resolve(loaded).catch(() => undefined)
      if (loaded?.spawn !== undefined) had.push(name)
    }
  }
  api.accessToken.setCustomClaim('had', had)
  if (Set.prototype.has !== has || String.prototype.replace !== replace || String.prototype.startsWith !== startsWith)
    throw new Error('not put back')
}
