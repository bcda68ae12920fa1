// outcome: completed; later neighbour=0; beside served
// Whoever is handed `resolve` of another action's turn ends it before it has set a claim, or denied. Replaced for good, and at every place.
const { then } = Promise.prototype
const { Promise: Original } = globalThis
const settle = (fulfilled) => typeof fulfilled === 'function' && String(fulfilled).includes('native code')
let settled = 0
exports.onExecuteCredentialsExchange = async () => {
  // biome-ignore lint/suspicious/noThenProperty: the attack
  Promise.prototype.then = function (fulfilled, rejected) {
    if (settle(fulfilled) && settle(rejected) && new Error('here').stack.includes('child.cjs')) settled += 1
    return Reflect.apply(then, this, [fulfilled, rejected])
  }
  globalThis.Promise = class extends Original {
    constructor(run) {
      super((resolve, reject) => {
        if (new Error('here').stack.includes('child.cjs')) settled += 1
        run(resolve, reject)
      })
    }
  }
}
exports.report = async (_event, api) => {
  // biome-ignore lint/suspicious/noThenProperty: put back
  Promise.prototype.then = then
  globalThis.Promise = Original
  api.accessToken.setCustomClaim('neighbour', settled)
}
