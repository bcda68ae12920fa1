/**
 * The program of the sandboxed process. Invariants:
 *
 * 1. The process is locked down before the first byte is read, and every version is loaded before the first action runs.
 * 2. What this program relies on is taken from the realm here, at the top: actions share the realm and may replace anything.
 * 3. Nothing of one execution is kept after it: its event, api, output and transaction end with its result.
 * 4. Secrets live as JSON text in a closure and are parsed, never copied, into the one event that may have them.
 * 5. An action that ends badly ends its execution; the process goes on until the server ends it.
 * 6. The server is gone when its socket is: then so is this process.
 */
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { FixedEvent } from '../../engine/event.ts'
import type { CacheChange, CacheRecord } from '../../engine/trigger-cache.ts'
import {
  type Frame,
  FrameReader,
  FrameWriter,
  frameLimits,
  frameTypes,
  inspectedArgument,
  type LoadedVersion,
  type LoadVersion,
  observedArgument,
  type StartMessage,
} from '../protocol.ts'
import { AsyncLocalStorage } from './async-contexts.ts'
import { capturingConsole, type Output } from './console.ts'
import { startCounting } from './coverage.ts'
import { guardEgress, redirectEgress } from './egress.ts'
import { execute, type Order, type Scene } from './execute.ts'
import { fixClock } from './fixed-clock.ts'
import { type CompiledAction, compileAction } from './load.ts'
import { guardFileHandles, lockDown, serverDescriptor, tellUncaught } from './lockdown.ts'
import { pinned } from './pinned.ts'
import { rehearse } from './rehearsal.ts'
import { type Action, type TurnScope, thrown } from './turn.ts'

const { parse, stringify } = JSON
const { floor } = Math
const lateReportsASecond = 20
// The one way out that is left after the lock-down; not part of Node's published types.
const reallyExit: unknown = Reflect.get(process, 'reallyExit')
const soon = setImmediate
const NativePromise = Promise
const NativeMap = Map
const now = Date.now

const socket = new Socket({ fd: serverDescriptor, readable: true, writable: true })
const scopes = pinned(new AsyncLocalStorage<TurnScope>())
// Connected before the lock-down: nobody is after it.
const counting = process.argv.includes(observedArgument) ? startCounting() : undefined
lockDown(process.argv.includes(inspectedArgument))
pinned(socket)
// Their classes are those of every stream, and they lead back to it.
for (const state of ['_readableState', '_writableState']) {
  const value: unknown = Reflect.get(socket, state)
  if (typeof value === 'object' && value !== null) pinned(value)
}
// The socket's own would look this one up where actions can replace it.
socket.read = Duplex.prototype.read
const handle: unknown = Reflect.get(socket, '_handle')
if (typeof handle === 'object' && handle !== null) pinned(handle)

const reader = new FrameReader(frameLimits.toChild)
const enter = scopes.run.bind(scopes)
const current = scopes.getStore.bind(scopes)
const currentOutput = (): Output | undefined => {
  const scope = current()
  return scope === undefined || scope.settled ? undefined : scope.output
}

const actions = pinned(new Map<string, Action>())
const cache = pinned(new Map<string, CacheRecord>())
const scene: Scene = {
  actions,
  cache,
  enter,
  reportLate,
  clock: now,
  onTurn: tellTurn,
  consoleCharacters: 0,
}
/** Another one when the server begins to count anew: what runs goes on with the one it came with. */
let fixedParts = pinned(new NativeMap<number, FixedEvent>())
let writer = new FrameWriter(0)
let lateSecond = 0
let lateReports = 0
let flushing = false
/** Resolves with the next flush, where somebody waits for that. */
let flushed: Promise<void> | undefined
let onFlushed: (() => void) | undefined
let rehearsal: Promise<void> | undefined
/** The number of the last `barrier`. */
let toldUpTo = 0
/** An action has changed what this program relies on: nothing more is answered once that is told. */
let ending = false

function send(type: (typeof frameTypes)[keyof typeof frameTypes], number: number, body: string): void {
  writer.add(type, number, body, frameLimits.toServer)
  if (flushing) return
  flushing = true
  soon(flush)
}

function flush(): void {
  flushing = false
  if (ending) writer.add(frameTypes.leaving, 0, '', frameLimits.toServer)
  if (!writer.isEmpty) socket.write(writer.take(), ending ? endProcess : undefined)
  onFlushed?.()
  flushed = undefined
  onFlushed = undefined
}

function load(version: LoadVersion): LoadedVersion {
  const { version_id, action_name, secrets } = version
  try {
    const compiled: CompiledAction = compileAction(version, capturingConsole(currentOutput))
    actions.set(version_id, { action_name, secrets, compiled, failure: undefined })
    return { version_id }
  } catch (error) {
    const failure = thrown(error)
    actions.set(version_id, { action_name, secrets, failure })
    return { version_id, error: `${failure.name}: ${failure.message}` }
  }
}

/** Loads a version, and says so once this program has been run through: the first execution after that finds it warm. */
function loadRehearsed(frame: Frame): void {
  const loaded = stringify(load(parse(frame.body)))
  rehearsal ??= rehearse(scene, capturingConsole(currentOutput))
  rehearsal.then(
    () => send(frameTypes.loaded, frame.number, loaded),
    // It does not run its own: it could not run an action either.
    endProcess,
  )
}

async function answer(order: Order): Promise<void> {
  // Out of the socket's own asynchronous context: what an action enters there by `enterWith` would stay for every later execution.
  await undefined
  const { text, isTampered } = await execute(order, scene)
  if (isTampered) ending = true
  else if (counting !== undefined)
    for (const ran of counting.take(frameLimits.toServer)) send(frameTypes.coverage, order.number, ran)
  send(frameTypes.result, order.number, text)
}

/** Resolves once it is on its way, in one write for all executions that have come as far: what comes next may never give way. */
function tellTurn(number: number, outcome: string): Promise<void> {
  send(frameTypes.turn, number, outcome)
  flushed ??= new NativePromise((resolve) => {
    onFlushed = resolve
  })
  return flushed
}

/** Tells of something that came too late; of a flood of it, the first few each second. */
function reportLate(action_name: string, what: string): void {
  const second = floor(now() / 1_000)
  if (second !== lateSecond) {
    lateSecond = second
    lateReports = 0
  }
  lateReports += 1
  if (lateReports > lateReportsASecond) return
  send(frameTypes.late, 0, stringify({ action_name, what }))
}

function changeCache(changes: readonly CacheChange[]): void {
  for (let index = 0; index < changes.length; index++) {
    const change = changes[index]
    if (change?.record !== undefined) cache.set(change.key, change.record)
    else if (change !== undefined) cache.delete(change.key)
  }
}

function receive(frame: Frame): void {
  switch (frame.type) {
    case frameTypes.start: {
      const start: StartMessage = parse(frame.body)
      writer = new FrameWriter(start.tag)
      scene.consoleCharacters = start.consoleCharacters
      const { clockMs } = start
      if (clockMs !== undefined) {
        fixClock(clockMs)
        scene.clock = () => clockMs
      }
      try {
        if (start.outbound === undefined) guardEgress(start.egress)
        else redirectEgress(start.outbound.port)
      } catch {
        // Without its rule it runs nothing.
        endProcess()
      }
      return
    }
    case frameTypes.load:
      loadRehearsed(frame)
      return
    case frameTypes.fixed:
      if (frame.body === '') fixedParts = pinned(new NativeMap())
      else fixedParts.set(frame.number, parse(frame.body))
      return
    case frameTypes.cache:
      changeCache(parse(frame.body))
      return
    case frameTypes.ping:
      send(frameTypes.pong, frame.number, '')
      return
    case frameTypes.invoke:
      answer({ number: frame.number, body: frame.body, fixedParts }).catch((error: unknown) => {
        // An error out here is this program's own: the execution fails, closed.
        const at = now()
        const failed = [{ kind: 'threw', ...thrown(error), startedAt: at, endedAt: at, console: [] }]
        send(frameTypes.result, frame.number, stringify(failed))
      })
      return
  }
}

function read(chunk: Buffer): void {
  const frames = reader.read(chunk)
  // By index alone: every method of an array, and its iterator, is the actions' to replace, and would be shown the frames.
  let last: number | undefined
  let barrier: number | undefined
  for (let index = 0; index < frames.length; index++) {
    const frame = frames[index]
    if (frame?.type === frameTypes.invoke) last = frame.number
    else if (frame?.type === frameTypes.barrier) barrier = frame.number
  }
  if (last !== undefined) {
    send(frameTypes.taken, last, '')
    // A batch may come in several chunks: each is told before any of it runs.
    if (barrier !== undefined) toldUpTo = barrier
    if (last <= toldUpTo) flush()
  }
  for (let index = 0; index < frames.length; index++) {
    const frame = frames[index]
    if (frame !== undefined) receive(frame)
  }
}
guardFileHandles(__filename).then(() => socket.on('data', read), endProcess)

function endProcess(): void {
  if (typeof reallyExit === 'function') Reflect.apply(reallyExit, process, [0])
}
socket.on('error', endProcess)
socket.on('close', endProcess)
socket.on('end', endProcess)

/** An error that no code of an action caught ends the turn it belongs to; without one it is only told. */
function uncaught(error: unknown): void {
  const scope = current()
  if (scope === undefined || scope.settled) reportLate(scope?.action_name ?? '', thrown(error).message)
  else scope.fail(error)
}
tellUncaught(uncaught)
