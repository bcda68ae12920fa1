// outcome: completed; claim found=[]; later found=[]; beside served
const found = []
/** Whoever called, up the stack, as far as sloppy functions show it. */
function look() {
  let caller = look.caller
  for (let depth = 0; caller && depth < 20; depth++) {
    for (const value of caller.arguments ?? []) if (value?.actions || value?.secrets?.BYSTANDER) found.push(caller.name)
    caller = caller.caller
  }
}
for (const owner of [Map.prototype, Set.prototype, Promise.prototype, Array.prototype, String.prototype]) {
  for (const name of ['get', 'then', 'map', 'slice', 'add']) {
    const original = owner[name]
    if (typeof original !== 'function') continue
    owner[name] = function () {
      look()
      // biome-ignore lint/complexity/noArguments: a rest parameter would be iterated
      return Reflect.apply(original, this, arguments)
    }
  }
}
exports.onExecuteCredentialsExchange = async (_event, api) =>
  api.accessToken.setCustomClaim('found', [...new Set(found)])
exports.report = exports.onExecuteCredentialsExchange
