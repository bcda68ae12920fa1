import type { ListeningPorts } from './compose-transport.ts'
import type { Config } from './config.ts'
import type { ClientSecretState, IssuableClient, ManagementClient, WantedManagementClient } from './deployment/index.ts'
import type { Clock, EgressRule } from './domain/index.ts'
import type { ExchangeReport } from './oauth/index.ts'
import type { Observer } from './observe.ts'
import type { DataFolder } from './storage/index.ts'
import type { FolderTenant } from './tenant-folder/index.ts'

/** What a server is made of, beside its settings. */
export interface Composition {
  readonly config: Config
  readonly tenant: string
  readonly domain: string
  readonly observer: Observer
  readonly errorDetail: boolean
  /** Whether log entries keep the events of exchanges. */
  readonly recordsEvents: boolean
  /** Whether a sealing key is made in the data folder when none is configured: for a server on its author's machine. */
  readonly makesSealingKey: boolean
  /** Where actions may connect to unless the settings say so. */
  readonly egress: EgressRule
  /** Whether clients may know the server by the addresses it listens on, beside the issuer's: on its author's machine alone. */
  readonly isLocal?: boolean
  /** Whether HTTPS is served under a certificate authority of this machine, made in the data folder, where no certificate is configured. */
  readonly makesCertificate?: boolean
  /** The client that manages the server, where there is to be one from the start. */
  readonly managementClient?: WantedManagementClient
  /** Whether no action runs for that client at the server's own APIs: what it manages goes on while an action is being written. */
  readonly managementClientSkipsActions?: boolean
  /** Lets debuggers reach actions, at the price of the sandbox: on their author's machine alone. */
  readonly inspection?: Inspection
  /** The system's unless another is given. */
  readonly clock?: Clock
  /** Told of every exchange, by whoever watches; actions' whole console output comes back then. */
  readonly onExchange?: (report: ExchangeReport) => void
}

/** How debuggers reach actions. */
export interface Inspection {
  /** On loopback; 0 is any that is free. */
  readonly port: number
  /** The author's own file of an action's code, or of a module's that it pins; `undefined` where it is not known. */
  readonly fileOf: (action_name: string, module_name: string | undefined) => AuthoredFile | undefined
}

/** A file of code as a debugger is to know it. */
export interface AuthoredFile {
  /** Absolute. */
  readonly path: string
  /** The way back to what is in it, where what runs was compiled of that. */
  readonly sourceMap?: string
}

/** The whole server, composed and not yet listening. */
export interface Server {
  readonly data: DataFolder
  /** The certificate of the authority that HTTPS is served under, where it is one of this machine. */
  readonly caFile?: string
  /** The client that manages the server, where the composition wants one. */
  readonly managementClient?: ManagementClient
  /** What the system keeps actions in with, in one line. */
  readonly hardening: string
  /** Whether actions run as root. */
  readonly runsActionsAsRoot: boolean
  /** Where debuggers reach actions, where the composition lets them. */
  readonly inspectPort?: number
  /**
   * Makes the server hold and serve what a tenant folder says, and nothing else. Resolves, with the folder's clients in their order, once
   * the next exchange sees it; when it rejects, what was served before still is. Rejects with `UnbuildableFolder` for what cannot be built.
   */
  serveFolder(tenant: FolderTenant): Promise<readonly IssuableClient[]>
  /** Serves what is stored, as it is. Resolves once an exchange sees it, its actions loaded. */
  serveStored(): Promise<void>
  /** Makes the next signing key of each kind the current one. Resolves once exchanges sign with it, with the ids of those that are current now. */
  rotateSigningKeys(): Promise<readonly string[]>
  /** Revokes a previous signing key, for good. Resolves once it is not published any more. */
  revokeSigningKey(kid: string): Promise<void>
  /** Gives a client a new secret; the one before goes on for so many seconds. Resolves once exchanges know both. */
  rotateClientSecret(client_id: string, overlapSeconds?: number): Promise<{ readonly client_secret: string }>
  /** Ends the secret before, whatever is left of its time. Resolves, with whether there was one, once exchanges know. */
  endPreviousClientSecret(client_id: string): Promise<boolean>
  /** The secrets of a client as they stand, the one in use first: when each was made, ends, and was used. */
  listClientSecrets(client_id: string): Promise<readonly ClientSecretState[]>
  /** Listens on every configured address; resolves with the ports. */
  listen(): Promise<ListeningPorts>
  /** From now on `/readyz` says yes, as long as a process for the actions stands ready. */
  markReady(): void
  /** Lets requests in flight end, then ends every process and closes the stores. */
  close(): Promise<void>
}
