// outcome: completed; claim made=[]; beside served
// Bytes for `v8.deserialize` that promise more than they hold, or an object of the host's.
const v8 = require('node:v8')
const header = [0xff, 0x0f]
const huge = [0xff, 0xff, 0xff, 0xff, 0x0f]
const bombs = {
  'a dense array': [...header, 0x41, ...huge],
  'a sparse array': [...header, 0x61, ...huge, 0x40, 0x00, ...huge],
  'a text': [...header, 0x22, ...huge],
  'a wide text': [...header, 0x63, ...huge],
  'a big integer': [...header, 0x5a, ...huge],
  'a buffer': [...header, 0x42, ...huge],
  'a host object': [...header, 0x5c, 0x01, 0x02],
  'a shared buffer': [...header, 0x75, 0x00],
  'nested objects': [...header, ...Array(200_000).fill(0x6f)],
  'WebAssembly of a host': [...header, 0x77, 0x00],
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const made = []
  for (const [name, bytes] of Object.entries(bombs)) {
    try {
      const value = v8.deserialize(Buffer.from(bytes))
      if (typeof value === 'object' && !Array.isArray(value)) made.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('made', made)
}
