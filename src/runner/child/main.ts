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
import { AsyncLocalStorage } from 'node:async_hooks'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { guesses } from '../../domain/index.ts'
import type { Command } from '../../engine/command.ts'
import {
  buildEvent,
  copyFixedEvent,
  copyVaryingEvent,
  type Event,
  type FixedEvent,
  type VaryingEvent,
} from '../../engine/event.ts'
import { Transaction } from '../../engine/transaction.ts'
import type { CacheChange, CacheRecord } from '../../engine/trigger-cache.ts'
import {
  type Frame,
  FrameReader,
  FrameWriter,
  frameLimits,
  frameTypes,
  type LoadedVersion,
  type LoadVersion,
  type StartMessage,
} from '../protocol.ts'
import { capturingConsole } from './console.ts'
import { guardEgress } from './egress.ts'
import { type CompiledAction, compileAction } from './load.ts'
import { guardFileHandles, lockDown, serverDescriptor } from './lockdown.ts'
import { pinned } from './pinned.ts'
import { findTampering } from './tampering.ts'
import { type Action, runAction, type TurnScope, thrown } from './turn.ts'

const { parse, stringify } = JSON
const { byteLength } = Buffer
const { floor } = Math
const lateReportsASecond = 20
// The one way out that is left after the lock-down; not part of Node's published types.
const reallyExit: unknown = Reflect.get(process, 'reallyExit')
const soon = setImmediate
const now = Date.now

const socket = new Socket({ fd: serverDescriptor, readable: true, writable: true })
// Made before the lock-down, which takes from it what it is made of.
const scopes = pinned(new AsyncLocalStorage<TurnScope>())
lockDown()
pinned(socket)
// The socket's own would look this one up where actions can replace it.
socket.read = Duplex.prototype.read
const handle: unknown = Reflect.get(socket, '_handle')
if (typeof handle === 'object' && handle !== null) pinned(handle)

const reader = new FrameReader(frameLimits.toChild)
const enter = scopes.run.bind(scopes)
const current = scopes.getStore.bind(scopes)
const console = capturingConsole(() => {
  const scope = current()
  return scope === undefined || scope.settled ? undefined : scope.output
})

const actions = pinned(new Map<string, Action>())
const fixedParts = pinned(new Map<number, FixedEvent>())
const cache = pinned(new Map<string, CacheRecord>())
let writer = new FrameWriter(0)
let consoleCharacters = 0
let lateSecond = 0
let lateReports = 0
let flushing = false
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
}

function load(version: LoadVersion): LoadedVersion {
  const { version_id, action_name, secrets } = version
  try {
    const compiled: CompiledAction = compileAction(version, console)
    actions.set(version_id, { action_name, secrets, compiled, failure: undefined })
    return { version_id }
  } catch (error) {
    const failure = thrown(error)
    actions.set(version_id, { action_name, secrets, failure })
    return { version_id, error: `${failure.name}: ${failure.message}` }
  }
}

interface InvokeMessage {
  readonly fixed: number
  readonly versions: readonly string[]
  readonly varying: VaryingEvent
  readonly prior?: readonly Command[]
}

function parseVarying(body: string): VaryingEvent {
  const { varying }: InvokeMessage = parse(body)
  return varying
}

/** Runs the versions of one execution in order, until one denies or ends badly. */
async function execute(number: number, body: string): Promise<void> {
  // Out of the socket's own asynchronous context: what an action enters there by `enterWith` would stay for every later execution.
  await undefined
  const message: InvokeMessage = parse(body)
  const { scopes: initial, system } = message.varying
  const transaction = new Transaction({ scopes: initial, cache, system })
  const outcomes: object[] = []
  const { prior = [] } = message
  for (let index = 0; index < prior.length; index++) {
    const command = prior[index]
    if (command !== undefined) transaction.apply(command, now())
  }
  let recorded = prior.length
  let turn = 0
  for (const version_id of message.versions) {
    const action = actions.get(version_id)
    if (action === undefined) break
    const fixed = fixedParts.get(message.fixed)
    if (fixed === undefined) break
    // As text: what an earlier action set must not change when a later one writes onto its event.
    const claimsText = guesses.customClaimsShowEarlierActions ? stringify(transaction.claims()) : '{}'
    const target = [...transaction.target]
    // Each event is a copy of its own; the message itself no action ever has.
    const eventOf = (expected?: readonly string[]): Event => {
      const copy = buildEvent({
        fixed: copyFixedEvent(fixed),
        varying: copyVaryingEvent(message.varying) ?? parseVarying(body),
        secrets: parse(action.secrets),
        customClaims: parse(claimsText),
        target,
      })
      if (expected !== undefined) copy.transaction.target_scopes = [...expected]
      return copy
    }
    const outcome = await runAction({
      action,
      event: eventOf(),
      pristine: eventOf,
      transaction,
      recorded,
      enter,
      reportLate,
    })
    outcomes[outcomes.length] = outcome.report(consoleCharacters)
    recorded += outcome.commands.length
    const tampered = findTampering()
    if (tampered !== undefined) {
      ending = true
      send(frameTypes.result, number, tamperedText(turn, tampered))
      return
    }
    turn += 1
    if (!outcome.completed || transaction.denial !== undefined) break
  }
  send(frameTypes.result, number, resultText(outcomes))
}

/** The outcomes as JSON within the bound of a frame; over it, the last outcome becomes the failure that it is. */
function resultText(outcomes: readonly object[]): string {
  const text = stringify(outcomes)
  if (byteLength(text) <= frameLimits.toServer) return text
  const at = now()
  const failure = { kind: 'threw', name: 'RangeError', message: 'What the Action set and printed is too large.' }
  const kept = outcomes.slice(0, -1).map((outcome) => ({ ...outcome, commands: [], console: [] }))
  return stringify([...kept, { ...failure, startedAt: at, endedAt: at, console: [] }])
}

/** The failure of the turn after which tampering was found, as text put together by hand: what makes text of values cannot be trusted any more. */
function tamperedText(turnsBefore: number, tampered: string): string {
  const ended = `"startedAt":${now()},"endedAt":${now()},"console":[]`
  const message = `The Action replaced ${tampered}. Its process ends: what other Actions set can no longer be trusted.`
  let text = '['
  for (let turn = 0; turn < turnsBefore; turn++) text += `{"kind":"completed","commands":[],${ended}},`
  return `${text}{"kind":"threw","name":"Error","message":${stringify(message)},${ended}}]`
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

function receive(frame: Frame): void {
  switch (frame.type) {
    case frameTypes.start: {
      const start: StartMessage = parse(frame.body)
      writer = new FrameWriter(start.tag)
      consoleCharacters = start.consoleCharacters
      try {
        guardEgress(start.egress)
      } catch {
        // Without its rule it runs nothing.
        endProcess()
      }
      return
    }
    case frameTypes.load:
      send(frameTypes.loaded, frame.number, stringify(load(parse(frame.body))))
      return
    case frameTypes.fixed:
      if (frame.body === '') fixedParts.clear()
      else fixedParts.set(frame.number, parse(frame.body))
      return
    case frameTypes.cache:
      for (const { key, record } of parse(frame.body) as readonly CacheChange[]) {
        if (record === undefined) cache.delete(key)
        else cache.set(key, record)
      }
      return
    case frameTypes.ping:
      send(frameTypes.pong, frame.number, '')
      return
    case frameTypes.invoke:
      execute(frame.number, frame.body).catch((error: unknown) => {
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
  const last = frames.findLast(({ type }) => type === frameTypes.invoke)
  if (last !== undefined) {
    send(frameTypes.taken, last.number, '')
    // A batch may come in several chunks: each is told before any of it runs.
    const barrier = frames.findLast(({ type }) => type === frameTypes.barrier)
    if (barrier !== undefined) toldUpTo = barrier.number
    if (last.number <= toldUpTo) flush()
  }
  for (const frame of frames) receive(frame)
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
process.on('uncaughtException', uncaught)
process.on('unhandledRejection', uncaught)
