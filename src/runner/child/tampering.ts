const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn, prototype: objects } = Object
const { prototype: arrays } = Array
const { ownKeys } = Reflect
const iterate = arrays[Symbol.iterator]
const iterator: { readonly next?: unknown } = getPrototypeOf([][Symbol.iterator]())
const { next } = iterator
const NativePromise = Promise
const { prototype: promises } = Promise

/**
 * The name of a built-in that an action has changed in a way that would change what is sent for another one; `undefined` when there is none.
 *
 * Results are built from literals, arrays and their JSON text: what gets in between are `toJSON`, setters of indexes, and the iterator;
 * and they travel as values of promises, which are asked for `then` and `constructor`.
 * It finds what is there at the moment it is called; who sets it back in time is not found. That is the limit of a shared realm.
 */
export function findTampering(): string | undefined {
  if (hasOwn(objects, 'toJSON')) return 'Object.prototype.toJSON'
  if (hasOwn(arrays, 'toJSON')) return 'Array.prototype.toJSON'
  // An array itself: an index of any kind makes it longer.
  if (arrays.length !== 0) return 'an index of Array.prototype'
  // Indexes come before names.
  if (ownKeys(objects)[0] !== 'constructor') return 'an index of Object.prototype'
  if (arrays[Symbol.iterator] !== iterate) return 'Array.prototype[Symbol.iterator]'
  if (iterator.next !== next) return 'the iterator of arrays'
  // What arrays inherit from may be a proxy: it is asked to set every index.
  if (getPrototypeOf(arrays) !== objects) return 'the prototype of Array.prototype'
  if (hasOwn(objects, 'then')) return 'Object.prototype.then'
  if (getOwnPropertyDescriptor(promises, 'constructor')?.value !== NativePromise) return 'Promise.prototype.constructor'
  return undefined
}
