// outcome: completed; claim found=[]; beside served
// vm2's WebAssembly escapes (CVE-2026-47210's kind): errors and promises that native code makes belong to no membrane.
const found = new Set()
const look = (error, where) => {
  if (error?.constructor?.constructor !== Function) found.add(`${where}: another Function`)
  if (error?.constructor?.constructor('return this')() !== globalThis) found.add(`${where}: another global`)
}
// (module (import "m" "f" (func)) (func (export "g") call 0))
const code = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 103, 0, 1, 10,
  6, 1, 4, 0, 16, 0, 11,
])
exports.onExecuteCredentialsExchange = async (_event, api) => {
  for (const [where, fail] of Object.entries({
    'of the api': () => api.transaction.addTargetScope(1),
    'of a claim': () => api.accessToken.setCustomClaim('x', 1n),
    'of a module': () => require('node:child_process'),
    'of the process': () => process.exit(),
  })) {
    const { instance } = await WebAssembly.instantiate(code, { m: { f: fail } })
    try {
      instance.exports.g()
      found.add(`${where}: nothing thrown`)
    } catch (error) {
      look(error, where)
    }
  }
  await WebAssembly.compile(new Uint8Array(4)).catch((error) => look(error, 'of a compilation'))
  await WebAssembly.compileStreaming(Promise.reject(new Error('x'))).catch((error) => look(error, 'of a stream'))
  if (WebAssembly.JSTag !== undefined && !(WebAssembly.JSTag instanceof WebAssembly.Tag))
    found.add('a tag of another realm')
  api.accessToken.setCustomClaim('found', [...found])
}
