import { readdirSync, readFileSync } from 'node:fs'

/** CPU time of a process and all its threads so far, in microseconds. Linux: from the scheduler's own account. */
export function cpuMicroseconds(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')
    nanoseconds += Number(ran)
  }
  return nanoseconds / 1_000
}

/** A process and everything it started, itself first. */
export function processTree(pid: number): readonly number[] {
  const tree = [pid]
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim()
    for (const child of children.split(' ')) if (child !== '') tree.push(...processTree(Number(child)))
  }
  return tree
}

/** Resident MiB of a process. */
export function residentMiB(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4_096) / 1024 / 1024
}
