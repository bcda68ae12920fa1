// outcome: completed; claim found=[]; beside served
// CVE-2025-55131: an allocation interrupted by the time limit of `vm` left the next ones with what was in memory before.
const vm = require('node:vm')
const isZero = (buffer) => buffer.every((byte) => byte === 0)
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const found = []
  for (let round = 0; round < 8; round++) {
    try {
      vm.runInThisContext('for (;;) new Uint8Array(64 * 1024)', { timeout: 4 })
    } catch {
      // Stopped in the middle of an allocation.
    }
    if (!isZero(Buffer.alloc(32 * 1024))) found.push('alloc')
    if (!isZero(new Uint8Array(32 * 1024))) found.push('Uint8Array')
    if (!isZero(Buffer.allocUnsafeSlow(32 * 1024))) found.push('allocUnsafeSlow')
    if (!isZero(Buffer.allocUnsafe(16 * 1024))) found.push('allocUnsafe')
    if (!isZero(new (require('node:buffer').SlowBuffer)(16 * 1024))) found.push('SlowBuffer')
  }
  api.accessToken.setCustomClaim('found', [...new Set(found)])
}
