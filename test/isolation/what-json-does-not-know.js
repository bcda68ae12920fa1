// outcome: completed; claim threw=["bigint","a bigint within","a cycle"]; claim date=null; claim map={}; claim hole=[null,1]; claim bytes={"0":1}; beside served
// Values that have no JSON form, or an odd one: they throw, or become what JSON.stringify says, and nothing else happens.
const cycle = {}
cycle.cycle = cycle
const detached = new ArrayBuffer(8)
structuredClone(detached, { transfer: [detached] })
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const threw = []
  for (const [name, value] of [
    ['bigint', 10n],
    ['a bigint within', { value: [10n] }],
    ['a cycle', cycle],
    ['a symbol', Symbol('x')],
    ['a function', () => {}],
    ['undefined', undefined],
  ]) {
    try {
      api.accessToken.setCustomClaim('refused', value)
    } catch {
      threw.push(name)
    }
  }
  api.accessToken.setCustomClaim('threw', threw)
  api.accessToken.setCustomClaim('date', new Date(Number.NaN))
  api.accessToken.setCustomClaim('map', new Map([[1, 2]]))
  // biome-ignore lint/suspicious/noSparseArray: the attack
  api.accessToken.setCustomClaim('hole', [, 1])
  api.accessToken.setCustomClaim('bytes', new Uint8Array(new SharedArrayBuffer(1)).fill(1))
  try {
    api.accessToken.setCustomClaim('detached', new DataView(detached))
  } catch {
    // A view of nothing.
  }
}
