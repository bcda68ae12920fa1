// outcome: completed; later found=[]; beside served
// Every method of every built-in, replaced at once: none is handed another action's secret, or what the server has sent.
const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect
const { hasOwn } = Object
const { includes } = String.prototype
const found = Object.create(null)
const undo = []
let looking = false
/** A secret that is not this action's, an event or a message of the server, as a value or as text. */
const tell = (value, where, depth = 3) => {
  if (typeof value === 'string' && value.length < 4_096) {
    if (apply(includes, value, ['bystander-canary'])) found[`a secret: ${where}`] = true
    if (apply(includes, value, ['"varying":{'])) found[`a message: ${where}`] = true
  }
  if (typeof value !== 'object' || value === null || depth === 0) return
  if (hasOwn(value, 'BYSTANDER')) found[`secrets: ${where}`] = true
  if (hasOwn(value, 'compiled') || hasOwn(value, 'tag')) found[`ours: ${where}`] = true
  const keys = ownKeys(value)
  for (let i = 0; i < keys.length && i < 12; i++)
    tell(getOwnPropertyDescriptor(value, keys[i])?.value, where, depth - 1)
}
const look = (self, args, result, where) => {
  if (looking) return
  looking = true
  tell(self, where)
  for (let i = 0; i < args.length; i++) tell(args[i], where)
  tell(result, where)
  looking = false
}
// The array's iterator and the class of promises are watched: whoever replaces those loses the process.
const watched = (owner, name) => (owner === Array.prototype && name === Symbol.iterator) || name === 'constructor'
const names = [
  'Object',
  'Function',
  'Array',
  'String',
  'Number',
  'Boolean',
  'Symbol',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'WeakRef',
]
names.push(
  'Promise',
  'RegExp',
  'Date',
  'Error',
  'JSON',
  'Reflect',
  'Math',
  'Atomics',
  'Proxy',
  'Iterator',
  'ArrayBuffer',
  'TextEncoder',
)
const iterators = [new Map(), new Set(), 'x'].map((of) => Object.getPrototypeOf(of[Symbol.iterator]()))
exports.onExecuteCredentialsExchange = async () => {
  const owners = names
    .flatMap((name) => [globalThis[name], globalThis[name].prototype])
    .filter((owner) => owner !== undefined)
  const patches = []
  for (const owner of [...owners, ...iterators]) {
    for (const name of ownKeys(owner)) {
      const descriptor = getOwnPropertyDescriptor(owner, name)
      if (!descriptor.configurable || watched(owner, name)) continue
      const where = `${owner.name ?? owner[Symbol.toStringTag] ?? owner.constructor?.name} ${String(name)}`
      for (const part of ['value', 'get', 'set']) {
        const original = descriptor[part]
        if (typeof original !== 'function') continue
        patches.push([owner, name, descriptor, part, original, where])
      }
    }
  }
  for (let i = 0; i < patches.length; i++) {
    const { 0: owner, 1: name, 2: descriptor, 3: part, 4: original, 5: where } = patches[i]
    undo[undo.length] = [owner, name, descriptor]
    const replaced = function (...args) {
      const result = new.target === undefined ? apply(original, this, args) : construct(original, args, new.target)
      look(this, args, result, where)
      return result
    }
    defineProperty(owner, name, { __proto__: null, ...descriptor, [part]: replaced })
  }
}
exports.report = async (_event, api) => {
  for (let i = 0; i < undo.length; i++) defineProperty(undo[i][0], undo[i][1], undo[i][2])
  api.accessToken.setCustomClaim('found', Object.keys(found))
}
