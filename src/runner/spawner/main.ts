/**
 * The program of the spawn helper: starts sandboxed processes for a server whose own `fork` would hold it up, and kills what is left of
 * them when that server is gone, however it ended. Knows nothing of actions.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { FromSpawner, ToSpawner } from './messages.ts'

const children = new Map<number, ChildProcess>()

const server = process.ppid
let isOver = false

process.on('message', (message: ToSpawner) => {
  // What was asked for last may be read after the connection has ended.
  if (isOver || !process.connected) return
  if ('kill' in message) children.get(message.id)?.kill('SIGKILL')
  else start(message)
})
process.on('disconnect', end)
// A server that is killed while a socket is on its way to it has been seen to leave no disconnection behind.
setInterval(() => {
  if (isOver || !process.connected || process.ppid !== server) end()
}, 500)

/** Kills what is left, and ends with the last of it, having read how it ended: nothing is left for the system to bury. */
function end(): void {
  isOver = true
  for (const child of children.values()) child.kill('SIGKILL')
  if (children.size === 0) process.exit(0)
}
// A terminal's Ctrl-C reaches the whole process group: the server decides what ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

function start({ id, file, args, cwd, env, uid }: Extract<ToSpawner, { file: string }>): void {
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    // A process group of its own: Ctrl-C at a terminal is the server's to handle, which lets what runs finish.
    detached: true,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  children.set(id, child)
  child.on('error', (error) => {
    // One that started and cannot be killed is told by its exit, when that comes.
    if (child.pid !== undefined) return
    children.delete(id)
    tell({ id, failed: error.message })
  })
  child.on('exit', (exitCode, signal) => {
    children.delete(id)
    if (isOver && children.size === 0) process.exit(0)
    tell({ id, exitCode, signal })
  })
  const socket = child.stdio[3]
  if (child.pid === undefined || !(socket instanceof Socket)) return
  // The process says nothing before it is spoken to: nothing is read here, the server has the socket from its first byte.
  tell({ id, pid: child.pid }, socket)
}

function tell(message: FromSpawner, socket?: Socket): void {
  // A server that is gone is told by the disconnection.
  process.send?.(message, socket, {}, () => undefined)
}
