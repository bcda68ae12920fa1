import asyncHooks from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { Writable } from 'node:stream'
import v8 from 'node:v8'
import { AsyncLocalStorage } from './async-contexts.ts'
import { guardDescriptors } from './descriptors.ts'
import { guardInternals } from './internals.ts'
import { guardedGetBuiltinModule, guardImports } from './load.ts'
import { refusal, replace } from './replace.ts'

export { guardFileHandles, serverDescriptor } from './descriptors.ts'

const { apply } = Reflect

/** Kept: Node makes a new channel of a name when nobody holds the old one. */
const channels: object[] = []

/**
 * Takes from the process what an action could end it, debug it or reach its transport with. What is replaced throws a plain error
 * that the action may catch. A fence within one realm, not a boundary: the boundary is the process.
 */
export function lockDown(isInspected = false): void {
  for (const name of [
    'exit',
    'abort',
    'kill',
    'reallyExit',
    '_kill',
    'dlopen',
    'execve',
    'setUncaughtExceptionCaptureCallback',
    // A worker thread of Node's has none of these either: they change the process of every action in it.
    'initgroups',
    'setegid',
    'seteuid',
    'setgid',
    'setgroups',
    'setuid',
  ]) {
    replace(process, name, refusal(`process.${name}`))
  }
  // Node's own assigns to it when it loads what threads are made of.
  Object.defineProperty(process, 'chdir', { get: () => refusal('process.chdir'), set: () => {}, configurable: false })
  for (const name of ['_debugProcess', '_debugEnd', '_startProfilerIdleNotifier', '_stopProfilerIdleNotifier']) {
    replace(process, name, refusal(`process.${name}`))
  }
  for (const name of ['binding', '_linkedBinding', 'report', 'mainModule', '_rawDebug', 'loadEnvFile']) {
    replace(process, name, undefined)
  }
  // The real one is the C library's too, whose resolver reads search domains and other servers from it. Whom Node trusts it has read.
  const { NODE_EXTRA_CA_CERTS: _trusted, ...environment } = Reflect.get(process, 'env')
  replace(process, 'env', environment)
  // These list the socket to the server among the open handles.
  for (const name of ['_getActiveHandles', '_getActiveRequests']) replace(process, name, () => [])
  for (const name of [
    'setFlagsFromString',
    'writeHeapSnapshot',
    'getHeapSnapshot',
    'setHeapSnapshotNearHeapLimit',
    'takeCoverage',
    'startupSnapshot',
    'queryObjects',
  ]) {
    replace(v8, name, refusal(`v8.${name}`))
  }
  guardInternals()
  // A hook is shown every resource of the process, the transport's among them, and every promise.
  // Node's own inspector makes one for a debugger, and aborts the process when it cannot.
  if (!isInspected) replace(asyncHooks, 'createHook', refusal('async_hooks.createHook'))
  replace(asyncHooks, 'executionAsyncResource', () => ({}))
  replace(asyncHooks, 'AsyncLocalStorage', AsyncLocalStorage)
  replace(v8, 'promiseHooks', refusedMembers(v8.promiseHooks, 'v8.promiseHooks'))
  // It reaches any process of the same user, the server's too.
  replace(os, 'setPriority', refusal('os.setPriority'))
  // The system may know no account of the user it runs as, and then says so by throwing: packages that look for a file of settings in
  // somebody's home are to find none. Whose account it is, where there is one, is nobody's business.
  replace(os, 'homedir', () => '/')
  replace(os, 'userInfo', () => ({ uid: -1, gid: -1, username: 'action', homedir: '/', shell: null }))
  guardConsoles()
  // Nothing reads them; Node's own write to whatever descriptor an action sets on them.
  replace(process, 'stdout', drain(1))
  replace(process, 'stderr', drain(2))
  guardDescriptors()
  // Node's own in JavaScript follows links anywhere; the system's asks the permission model first.
  const { native } = fs.realpath
  const { native: nativeSync } = fs.realpathSync
  replace(fs, 'realpath', Object.assign(native, { native }))
  replace(fs, 'realpathSync', Object.assign(nativeSync, { native: nativeSync }))
  replace(process, 'getBuiltinModule', guardedGetBuiltinModule)
  guardImports()
  // What `import` of a built-in shows follows only when told.
  syncBuiltinESMExports()
}

/**
 * Tells `uncaught` of every error that nobody caught and every rejection that nobody handled, whichever listeners actions add or take away:
 * one that another action made Node forget would let a token out.
 */
export function tellUncaught(uncaught: (error: unknown) => void): void {
  const { emit } = process
  const telling = function (this: unknown, ...args: unknown[]): unknown {
    if (args[0] !== 'uncaughtException' && args[0] !== 'unhandledRejection') return apply(emit, this, args)
    uncaught(args[1])
    apply(emit, this, args)
    return true
  }
  Object.defineProperty(process, 'emit', { get: () => telling, set: () => {}, enumerable: true, configurable: false })
}

/** Node tells on these channels what every console prints, before it is text. */
function guardConsoles(): void {
  for (const name of ['log', 'warn', 'error', 'info', 'debug']) {
    const channel = diagnostics.channel(`console.${name}`)
    // To be subscribed to, a channel takes another prototype.
    Object.freeze(channel)
    channels[channels.length] = channel
  }
}

/** A standard stream that takes everything, keeps nothing and cannot be ended. */
function drain(fd: number): Writable {
  const stream = new Writable({ decodeStrings: false, write: (_chunk, _encoding, done) => done() })
  stream.on('error', () => {})
  stream.end = () => stream
  stream.destroy = () => stream
  return Object.assign(stream, { fd })
}

function refusedMembers(owner: object, name: string): object {
  return Object.fromEntries(Object.keys(owner).map((member) => [member, refusal(`${name}.${member}`)]))
}
