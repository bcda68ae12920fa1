/**
 * The same object, with every method of its classes as its own and no prototype: what an action later puts in place of a method, on a class
 * or on what a class inherits from, is neither called for this object nor shown it.
 */
export function pinned<T extends object>(object: T): T {
  let owner: object | null = Object.getPrototypeOf(object)
  while (owner !== null && owner !== Object.prototype) {
    for (const key of Reflect.ownKeys(owner)) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, key)
      if (descriptor === undefined || key === 'constructor' || Object.hasOwn(object, key)) continue
      Object.defineProperty(object, key, { ...descriptor, enumerable: false, configurable: true })
    }
    owner = Object.getPrototypeOf(owner)
  }
  return Object.setPrototypeOf(object, null)
}
