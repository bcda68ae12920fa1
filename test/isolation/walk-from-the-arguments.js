// outcome: completed; claim found=[]; beside served
// isolated-vm, SES: every object that can be reached from what an action is handed, by properties, symbols and prototypes.
const { Socket } = require('node:net')
const seen = new Set()
const found = new Set()
const judge = (value, path) => {
  if (value instanceof Socket && value !== process.stdin) found.add(path)
  if (Object.hasOwn(value, 'BYSTANDER') || Object.hasOwn(value, 'compiled') || Object.hasOwn(value, 'pristine'))
    found.add(path)
  if (value.constructor?.name === 'FrameWriter' || value.constructor?.name === 'Pipe') found.add(path)
}
const walk = (start) => {
  const queue = start
  for (let at = 0; at < queue.length && at < 300_000; at++) {
    const [value, path] = queue[at]
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
    seen.add(value)
    judge(value, path)
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key)
      for (const part of ['value', 'get', 'set'])
        if (descriptor?.[part]) queue.push([descriptor[part], `${path}.${String(key)}`])
    }
    queue.push([Object.getPrototypeOf(value), `${path}.__proto__`])
  }
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const listeners = ['uncaughtException', 'unhandledRejection'].flatMap((name) => process.listeners(name))
  const own = { event, api, console, require, module, exports, process, listeners, timer: setTimeout(() => {}, 1) }
  walk(Object.entries(own).map(([name, value]) => [value, name]))
  if (seen.size < 500) found.add(`only ${seen.size}`)
  api.accessToken.setCustomClaim('found', [...found])
}
