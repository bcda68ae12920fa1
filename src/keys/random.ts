import { randomFillSync } from 'node:crypto'
import type { RandomBytes } from '../domain/index.ts'

const poolBytes = 4_096

/**
 * Random bytes out of a pool that is filled for many at once: a call to the system's generator costs more than a small id does.
 * Bytes are handed out once. For identifiers; a key or a secret draws its own.
 */
export function pooledRandom(): RandomBytes {
  const pool = Buffer.alloc(poolBytes)
  let next = poolBytes
  return (count) => {
    if (count > poolBytes) return randomFillSync(Buffer.alloc(count))
    if (next + count > poolBytes) {
      randomFillSync(pool)
      next = 0
    }
    next += count
    // A copy: the pool is filled again.
    return Uint8Array.prototype.slice.call(pool, next - count, next)
  }
}
