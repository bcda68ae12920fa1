import asyncHooks from 'node:async_hooks'

// Taken before the lock-down, which takes them from the actions.
const { AsyncResource, createHook, executionAsyncResource } = asyncHooks
const { apply } = Reflect

/** What a resource carries: the value of each storage that has one. Never changed, only replaced. */
interface Frame {
  readonly storage: object
  readonly value: unknown
  readonly rest: Frame | undefined
}

/** Answers what it is constructed with: a class on top of it can give any object a private field. */
class Itself {
  constructor(resource: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the purpose
    return resource
  }
}

/** Keeps a frame with any resource where nobody else can read it, list it, or be called when it is set. */
class Carrier extends Itself {
  // biome-ignore lint/style/useReadonlyClassProperties: set from without, by the static method
  #frame: Frame | undefined

  static frameOf(resource: object): Frame | undefined {
    return #frame in resource ? resource.#frame : undefined
  }

  static keep(resource: object, frame: Frame | undefined): void {
    if (#frame in resource) resource.#frame = frame
    else if (frame !== undefined) new Carrier(resource).#frame = frame
  }
}

const { frameOf, keep } = Carrier

const hook = createHook({
  init(_id, _type, _trigger, resource) {
    keep(resource, frameOf(executionAsyncResource()))
  },
})
let following = false

function enter(storage: object, value: unknown): void {
  if (!following) hook.enable()
  following = true
  const resource = executionAsyncResource()
  keep(resource, { storage, value, rest: without(frameOf(resource), storage) })
}

function without(frame: Frame | undefined, storage: object): Frame | undefined {
  if (frame === undefined) return undefined
  const rest = without(frame.rest, storage)
  if (frame.storage === storage) return rest
  return rest === frame.rest ? frame : { storage: frame.storage, value: frame.value, rest }
}

/**
 * `AsyncLocalStorage` as Node has it, but for what Node's own shows of others: it keeps each store on the resource itself, under a symbol that
 * any timer tells, and hands every resource of the process, the socket to the server among them, to a method that anybody may replace.
 *
 * @see Node.js documentation, "Asynchronous context tracking"
 */
export class AsyncLocalStorage<T> {
  #disabled = false

  /** A function that calls `fn` in the context of now. */
  static bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    return AsyncResource.bind(fn)
  }

  /** A function that calls its first argument with the others, in the context of now. */
  static snapshot(): <R, A extends unknown[]>(fn: (...args: A) => R, ...args: A) => R {
    return AsyncResource.bind(<R, A extends unknown[]>(fn: (...args: A) => R, ...args: A): R => fn(...args))
  }

  /** The store of the context of now. */
  getStore(): T | undefined {
    if (this.#disabled) return undefined
    let frame = frameOf(executionAsyncResource())
    while (frame !== undefined && frame.storage !== this) frame = frame.rest
    return frame?.value as T | undefined
  }

  /** Calls `fn` in a context whose store is `store`. */
  run<R, A extends unknown[]>(store: T, fn: (...args: A) => R, ...args: A): R {
    this.#disabled = false
    const resource = executionAsyncResource()
    const before = frameOf(resource)
    enter(this, store)
    try {
      return apply(fn, null, args)
    } finally {
      keep(resource, before)
    }
  }

  /** Calls `fn` in a context without a store. */
  exit<R, A extends unknown[]>(fn: (...args: A) => R, ...args: A): R {
    const resource = executionAsyncResource()
    const before = frameOf(resource)
    keep(resource, without(before, this))
    try {
      return apply(fn, null, args)
    } finally {
      keep(resource, before)
    }
  }

  /** Makes `store` the store of the rest of what runs now. */
  enterWith(store: T): void {
    this.#disabled = false
    enter(this, store)
  }

  /** Without a store everywhere, until the next `run` or `enterWith`. */
  disable(): void {
    this.#disabled = true
  }
}
