/** What the kernel and the account of a process can add around the sandbox, each by its name. */
export const layerNames = [
  'noNewPrivileges',
  'landlockFiles',
  'landlockPorts',
  'landlockSignals',
  'seccomp',
  'resourceLimits',
  'parentDeath',
  'ownUser',
] as const

export type LayerName = (typeof layerNames)[number]

/** Whether a layer holds; when not, one sentence that says why. */
export type Layer = { readonly active: true } | { readonly active: false; readonly why: string }

/** Every layer, held or not. */
export type Layers = Readonly<Record<LayerName, Layer>>

/** TCP ports that may be connected to. Without any, no internet socket can be made at all, so no name is resolved either. */
export type ConnectPorts = 'all' | readonly number[]

/** What the launcher is told, as one JSON argument. */
export interface LaunchOrder {
  /** Path of the `koffi` that calls the kernel. */
  readonly koffi: string
  /** The layers to set. One that cannot be set ends the launcher, unless it only reports. */
  readonly layers: readonly LayerName[]
  /** Prints a {@link LaunchReport} as one line before it goes on. */
  readonly reports: boolean
  /** The process that must still be the parent; the one it has when it starts, when absent. */
  readonly parent?: number
  readonly uid?: number
  readonly node: string
  /** What follows the path of Node on its command line. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Folders and files that may be read. */
  readonly readable: readonly string[]
  readonly connectPorts: ConnectPorts
  /** Bytes of private memory it may have. */
  readonly dataBytes?: number
}

/** What became of each layer. A layer is `active` here only when the forbidden thing was tried and refused. */
export type LaunchReport = Partial<Layers>

/** The exit status of a launcher that could not set what it was told to. */
export const launchFailedStatus = 71

/** The one descriptor a child gets, beside its standard streams. */
export const keptDescriptor = 3
