import { realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Why another user cannot get at a path, in a sentence that names where it ends and the way out; `undefined` when it can. Of what is not
 * there yet the way to it counts. Looks at modes alone: a list of rights beyond them is not read.
 */
export async function findBarrier(path: string, uid: number, what: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) return findBarrierOf(await nearestParent(resolve(path)), 0o1, uid, what)
  const needed = (await stat(real)).isDirectory() ? 0o5 : what === 'Node' ? 0o1 : 0o4
  return findBarrierOf(real, needed, uid, what)
}

async function nearestParent(path: string): Promise<string> {
  const parent = dirname(path)
  const real = await realpath(parent).catch(() => undefined)
  return real ?? (parent === path ? path : nearestParent(parent))
}

async function findBarrierOf(real: string, needed: number, uid: number, what: string): Promise<string | undefined> {
  const steps = [{ path: real, needed }, ...parentsOf(real).map((parent) => ({ path: parent, needed: 0o1 }))]
  for (const step of steps.toReversed()) {
    const { mode, uid: owner, gid } = await stat(step.path)
    const shift = owner === uid ? 6 : gid === uid ? 3 : 0
    if (((mode >> shift) & step.needed) === step.needed) continue
    const octal = (mode & 0o7777).toString(8).padStart(4, '0')
    const verb = step.path === real && needed !== 0o1 ? 'read' : 'pass'
    return (
      `user ${uid} cannot ${verb} ${step.path} (mode ${octal}), where ${what} lies: ` +
      `open it (chmod o+${step.needed === 0o1 ? 'x' : 'rx'} ${step.path}), move ${what} elsewhere, or give a RUNNER_UID that can`
    )
  }
  return undefined
}

function parentsOf(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...parentsOf(parent)]
}
