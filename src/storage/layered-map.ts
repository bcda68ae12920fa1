/** What is to change of a map: new values, and `undefined` for what is to go. */
export type MapChanges<K, V> = Iterable<readonly [K, V | undefined]>

/** Changes above which a map is copied whole. */
const mostLayered = 512

/**
 * A map that never changes. {@link with} makes another that differs by a few entries, and costs what those cost, not what the map holds: it
 * keeps them beside what it shares with this one, and copies the whole now and then. Where the entries of a changed map stand among the others
 * is not promised.
 */
export class LayeredMap<K, V extends object | string> implements ReadonlyMap<K, V> {
  readonly #base: ReadonlyMap<K, V>
  /** What goes before `#base`; `undefined` for what is gone. */
  readonly #over: ReadonlyMap<K, V | undefined>
  readonly size: number

  /** A map with these entries; one that is layered already is itself. */
  static of<K, V extends object | string>(entries: ReadonlyMap<K, V>): LayeredMap<K, V> {
    return entries instanceof LayeredMap ? entries : new LayeredMap(entries, new Map(), entries.size)
  }

  private constructor(base: ReadonlyMap<K, V>, over: ReadonlyMap<K, V | undefined>, size: number) {
    this.#base = base
    this.#over = over
    this.size = size
  }

  get(key: K): V | undefined {
    if (this.#over.size === 0) return this.#base.get(key)
    return this.#over.get(key) ?? (this.#over.has(key) ? undefined : this.#base.get(key))
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  /** This map with changes; itself when there are none. */
  with(changes: MapChanges<K, V>): LayeredMap<K, V> {
    const over = new Map(this.#over)
    let { size } = this
    let isSame = true
    for (const [key, value] of changes) {
      const before = over.has(key) ? over.get(key) : this.#base.get(key)
      if (before === value) continue
      if (before === undefined) size += 1
      if (value === undefined) size -= 1
      over.set(key, value)
      isSame = false
    }
    if (isSame) return this
    const changed = new LayeredMap(this.#base, over, size)
    if (over.size <= mostLayered) return changed
    return new LayeredMap(new Map(changed), new Map(), size)
  }

  *entries(): Generator<[K, V], undefined> {
    for (const [key, value] of this.#base) if (!this.#over.has(key)) yield [key, value]
    for (const [key, value] of this.#over) if (value !== undefined) yield [key, value]
  }

  *keys(): Generator<K, undefined> {
    for (const [key] of this.entries()) yield key
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries()
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }
}
