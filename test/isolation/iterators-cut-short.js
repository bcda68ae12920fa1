// outcome: completed; later found=[]; beside served
// CVE-2023-29199's kind: a `return` on what iterators inherit is called whenever a loop of ours is left early.
const found = new Set()
const iterators = [[], new Map(), new Set(), ''].map((of) => Object.getPrototypeOf(of[Symbol.iterator]()))
exports.onExecuteCredentialsExchange = async () => {
  for (const owner of [...iterators, Iterator.prototype, Object.prototype]) {
    Object.defineProperty(owner, 'return', {
      configurable: true,
      value() {
        found.add(this[Symbol.toStringTag])
        return {}
      },
    })
  }
}
exports.report = async (_event, api) => {
  for (const owner of [...iterators, Iterator.prototype, Object.prototype]) delete owner.return
  api.accessToken.setCustomClaim('found', Array.from(found))
}
