import { createRequire } from 'node:module'
import { type ConnectPorts, type LaunchOrder, type Layer, type LayerName, type Layers, layerNames } from './order.ts'
import { probeArguments, probeLauncher, probeUser } from './probe.ts'
import { findBarrier } from './reach.ts'

export type { ConnectPorts, Layer, LayerName, Layers } from './order.ts'

/** `auto`: what this machine has. `required`: all that keeps an action in, or no start. `off`: none of it. */
export type HardeningMode = 'auto' | 'required' | 'off'

/**
 * The user that actions run as when a server started as root names no other. No account has it: systemd's range for users that exist only
 * while a service runs.
 *
 * @see systemd, "Users, Groups, UIDs and GIDs on systemd Systems": 61184…65519
 */
export const hardeningUser = 61_184

/** What of hardened mode works on this machine, tried out. */
export interface Hardening {
  readonly layers: Layers
  /** The user actions run as, when it is not the server's own. */
  readonly uid?: number
  /** The user that was asked for by its number, whether or not it can be changed to. */
  readonly askedUid?: number
  /** What sets the layers of the kernel; absent when there is nothing to set. */
  readonly launcher?: Launcher
}

interface Launcher {
  readonly file: string
  readonly koffi: string
}

export interface ProbeOptions {
  /** Path of the Node that runs actions. */
  readonly node: string
  /** The file of the launcher's program. */
  readonly launcher: string
  /** A folder that actions must be able to read, as their user. Of one that is not there yet the way to it counts. */
  readonly folder: string
  /** The user to run actions as. Without it, {@link hardeningUser} when this process is root, its own otherwise. */
  readonly uid?: number
  /** This machine's own, unless another is asked about. */
  readonly platform?: NodeJS.Platform
  /** Path of `koffi`; `null` as if it were not installed. Found when not given. */
  readonly koffi?: string | null
}

/** A program and how it is spawned. */
export interface LaunchCommand {
  readonly file: string
  readonly args: readonly string[]
  /** The user, and group, that `spawn` is to change to: absent when the launcher does it, or nobody. */
  readonly uid?: number
}

export interface LaunchOptions {
  readonly node: string
  readonly nodeFlags: readonly string[]
  readonly program: string
  readonly programArguments?: readonly string[]
  /** The one folder it may read, beside `program` and what every Node needs. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly connectPorts: ConnectPorts
  /** Bytes of private memory, stacks of threads included: a Node at rest holds about 85 MiB. Not limited when absent. */
  readonly dataBytes?: number
  /**
   * The process that spawns it and that it must not outlive: one that starts under another parent ends at once. Without it, whoever is its
   * parent by the time it runs.
   */
  readonly parent?: number
}

/**
 * Finds out which layers hold on this machine: starts the launcher in a process of its own, sets each layer there, tries what it forbids,
 * and starts Node behind all of them. Never rejects for a layer that is absent: each says why, in one sentence.
 */
export async function probeHardening(options: ProbeOptions): Promise<Hardening> {
  const { node, folder, platform = process.platform } = options
  const asked = options.uid === undefined || options.uid === process.getuid?.() ? {} : { askedUid: options.uid }
  const chosen = await chooseUser(options)
  const koffi = options.koffi === undefined ? findKoffi() : (options.koffi ?? undefined)
  const withoutKernel = async (why: string): Promise<Hardening> => {
    const failure = chosen.uid === undefined ? chosen.why : await probeUser(node, folder, chosen.uid)
    const ownUser: Layer = failure === undefined ? { active: true } : { active: false, why: failure }
    const layers = everyLayer((name) => (name === 'ownUser' ? ownUser : { active: false, why }))
    return { ...userOf(layers, chosen.uid), ...asked, layers }
  }
  if (platform !== 'linux') return withoutKernel(`only Linux has it, and this is ${platform}`)
  if (koffi === undefined) return withoutKernel('the optional package koffi is not installed: npm install koffi')
  const launcher = { file: options.launcher, koffi }
  const probed = await probeLauncher(launcher.file, {
    koffi,
    layers: layerNames.filter((name) => name !== 'ownUser' || chosen.uid !== undefined),
    reports: true,
    parent: process.pid,
    ...(chosen.uid === undefined ? {} : { uid: chosen.uid }),
    node,
    args: probeArguments(folder),
    env: { TZ: 'UTC' },
    readable: [folder],
    // Any list will do: what is tried is that other ports are refused.
    connectPorts: [1],
  })
  if (typeof probed === 'string') return withoutKernel(probed)
  const layers = everyLayer((name) => {
    const why = name === 'ownUser' && chosen.uid === undefined ? chosen.why : 'the launcher did not report on it'
    return probed[name] ?? { active: false, why }
  })
  return { ...userOf(layers, chosen.uid), ...asked, layers, launcher }
}

function userOf({ ownUser }: Layers, uid: number | undefined): { readonly uid?: number } {
  return ownUser.active && uid !== undefined ? { uid } : {}
}

/**
 * How a sandboxed process is started with the layers that were found to hold. Its descriptor 3 reaches the program, no other does. A layer
 * that cannot be set this time ends the process before the program is read, with status 71.
 */
export function launchCommand(hardening: Hardening | undefined, options: LaunchOptions): LaunchCommand {
  const { node, nodeFlags, program, programArguments = [], folder, env, connectPorts, dataBytes, parent } = options
  const args = [...nodeFlags, program, ...programArguments]
  if (hardening === undefined) return { file: node, args }
  const { launcher, layers, uid } = hardening
  const ownUser = uid === undefined ? {} : { uid }
  if (launcher === undefined) return { file: node, args, ...ownUser }
  const order: LaunchOrder = {
    koffi: launcher.koffi,
    layers: activeLayers(layers),
    reports: false,
    ...(parent === undefined ? {} : { parent }),
    ...ownUser,
    node,
    args,
    env,
    readable: [folder, program],
    connectPorts,
    ...(dataBytes === undefined ? {} : { dataBytes }),
  }
  return { file: node, args: [launcher.file, JSON.stringify(order)] }
}

/** Layers without which `required` does not start. @see `docs/isolation.md` */
const requiredLayers: readonly LayerName[] = [
  'noNewPrivileges',
  'landlockFiles',
  'landlockPorts',
  'seccomp',
  'resourceLimits',
]

/**
 * What is used of what was found: nothing for `off`, what there is for `auto`. Throws for `required` when a layer is missing that keeps an
 * action in, naming each with its reason and the way out; and for both when a user was asked for that actions cannot run as.
 */
export function demandHardening(mode: HardeningMode, found: Hardening): Hardening | undefined {
  if (mode === 'off') return undefined
  const { askedUid, layers } = found
  if (askedUid !== undefined && !layers.ownUser.active) {
    throw new Error(`RUNNER_UID=${askedUid} cannot be kept: ${layers.ownUser.why}`)
  }
  if (mode === 'auto') return found
  const missing = requiredLayers.flatMap((name) => {
    const layer = layers[name]
    return layer.active ? [] : [`${layerTitles[name]} is missing (${layer.why})`]
  })
  if (missing.length === 0) return found
  throw new Error(
    `RUNNER_HARDENING=required cannot be kept: ${missing.join('; ')}. Mend that, or set RUNNER_HARDENING=auto to run with what there is`,
  )
}

const layerTitles: Readonly<Record<LayerName, string>> = {
  noNewPrivileges: 'no-new-privileges',
  landlockFiles: 'Landlock for files',
  landlockPorts: 'Landlock for ports',
  landlockSignals: 'Landlock for signals',
  seccomp: 'seccomp',
  resourceLimits: 'resource limits',
  parentDeath: 'death with the parent',
  ownUser: 'a user of its own',
}

/** The name of a layer in a sentence. */
export function layerTitle(name: LayerName): string {
  return layerTitles[name]
}

/** What holds and what does not, in one line, for whoever starts the server. */
export function describeLayers({ layers, uid }: Hardening): string {
  const active = activeLayers(layers)
  const landlock = active.flatMap((name) => /^landlock(.*)/.exec(name)?.[1]?.toLowerCase() ?? [])
  const words = [
    ...(layers.noNewPrivileges.active ? ['no-new-privileges'] : []),
    ...(landlock.length === 0 ? [] : [`Landlock (${landlock.join(', ')})`]),
    ...(['seccomp', 'resourceLimits', 'parentDeath'] as const)
      .filter((name) => layers[name].active)
      .map((name) => layerTitles[name]),
    ...(layers.ownUser.active && uid !== undefined ? [`user ${uid}`] : []),
  ]
  // One reason for several layers is said once.
  const reasons = new Map<string, string[]>()
  for (const name of layerNames) {
    const layer = layers[name]
    if (!layer.active) reasons.set(layer.why, [...(reasons.get(layer.why) ?? []), layerTitles[name]])
  }
  const off = Array.from(reasons, ([why, names]) => `${names.join(', ')} (${why})`)
  return `hardening: ${words.join(', ') || 'none'}${off.length === 0 ? '' : `; off: ${off.join('; ')}`}`
}

function activeLayers(layers: Layers): readonly LayerName[] {
  return layerNames.filter((name) => layers[name].active)
}

/** The user actions are to run as, or why it stays the server's own. */
async function chooseUser({
  uid = hardeningUser,
  node,
  folder,
}: ProbeOptions): Promise<{ readonly uid: number } | { readonly uid?: never; readonly why: string }> {
  if (process.getuid === undefined) return { why: 'this system has no users that a program can change to' }
  if (process.getuid() !== 0)
    return { why: 'the server does not run as root, so actions run as its user; give it one that nothing else runs as' }
  const why = (await findBarrier(node, uid, 'Node')) ?? (await findBarrier(folder, uid, 'the data folder'))
  return why === undefined ? { uid } : { why }
}

function findKoffi(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('koffi')
  } catch {
    return undefined
  }
}

function everyLayer(of: (name: LayerName) => Layer): Layers {
  return {
    noNewPrivileges: of('noNewPrivileges'),
    landlockFiles: of('landlockFiles'),
    landlockPorts: of('landlockPorts'),
    landlockSignals: of('landlockSignals'),
    seccomp: of('seccomp'),
    resourceLimits: of('resourceLimits'),
    parentDeath: of('parentDeath'),
    ownUser: of('ownUser'),
  }
}
