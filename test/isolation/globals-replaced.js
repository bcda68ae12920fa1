// outcome: completed; later found=[]; beside served
// Every global replaced by one that tells what it was called with: nothing that runs another action asks for one by its name.
const found = new Set()
const isSecret = (text) => typeof text === 'string' && text.includes('bystander-')
const originals = new Map()
const names = [
  'Promise',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Array',
  'Object',
  'JSON',
  'Reflect',
  'String',
  'Number',
  'Error',
  'Date',
  'Math',
  'Proxy',
]
names.push(
  'Buffer',
  'Symbol',
  'RegExp',
  'URL',
  'TextDecoder',
  'Uint8Array',
  'process',
  'console',
  'structuredClone',
  'queueMicrotask',
  'setImmediate',
)
const { ownKeys, getOwnPropertyDescriptor, get, apply, construct } = Reflect
exports.onExecuteCredentialsExchange = async () => {
  for (const name of names) {
    const original = globalThis[name]
    originals.set(name, original)
    const seen = (args, where) => {
      for (let i = 0; i < args.length; i++) {
        if (isSecret(args[i])) found.add(where)
        if (typeof args[i] !== 'object' || args[i] === null) continue
        const keys = ownKeys(args[i])
        for (let k = 0; k < keys.length && k < 40; k++)
          if (isSecret(getOwnPropertyDescriptor(args[i], keys[k])?.value)) found.add(where)
      }
    }
    globalThis[name] = new Proxy(original, {
      apply(target, self, args) {
        seen(args, name)
        return apply(target, self, args)
      },
      construct(target, args, newTarget) {
        seen(args, `new ${name}`)
        return construct(target, args, newTarget)
      },
      get(target, key, receiver) {
        const value = get(target, key, receiver === globalThis[name] ? target : receiver)
        const descriptor = getOwnPropertyDescriptor(target, key)
        if (typeof value !== 'function' || key === 'prototype' || descriptor?.configurable === false) return value
        return function (...args) {
          seen(args, `${name}.${String(key)}`)
          return new.target === undefined ? apply(value, target, args) : construct(value, args)
        }
      },
    })
  }
}
exports.report = async (_event, api) => {
  for (const [name, original] of originals) globalThis[name] = original
  api.accessToken.setCustomClaim('found', [...found])
}
