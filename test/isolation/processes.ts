import { readFileSync } from 'node:fs'

/** Whether a process runs; one that has ended and only waits for its parent to read that does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return process.platform !== 'linux' || !isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    // After the name, which is in parentheses and may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.startsWith('Z') === true
  } catch {
    return true
  }
}
