import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  type Bundler,
  createAction,
  type DeploymentPorts,
  DraftBuilds,
  deployAction,
  type NewAction,
} from '../../src/deployment/index.ts'
import type { Action, ActionVersion } from '../../src/domain/index.ts'
import { openSealer } from '../../src/keys/index.ts'
import { recordKinds, type Store, type Stored } from '../../src/storage/index.ts'
import { openMemoryStore } from '../../src/storage/memory/store.ts'
import { openSqliteStore } from '../../src/storage/sqlite/store.ts'
import { openBundler } from '../support/bundler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Everything a deployment works with, real, and gone with its test. */
export interface Deployment extends DeploymentPorts {
  readonly bundler: Bundler
  readonly builds: DraftBuilds
}

/** The stores that every deployment must work over. */
export const stores: Readonly<Record<string, () => Promise<Store>>> = {
  'in memory': async () => openMemoryStore(),
  'in SQLite': async () => openSqliteStore(join(await temporaryFolder(), 'config.db')),
}

/** Nobody answers on the discard port of the loopback: a build that asks it for a package fails. */
export const nobody = 'http://127.0.0.1:9/'

/** A deployment over a store of its own; its packages come from a registry. */
export async function openDeployment(
  open: () => Promise<Store> = async () => openMemoryStore(),
  registry: string = nobody,
): Promise<Deployment> {
  const [store, { bundler, close }] = await Promise.all([open(), openBundler(registry)])
  onTestFinished(async () => {
    await close()
    await store.close()
  })
  const ports = { store, bundler, sealer: openSealer(new Uint8Array(32)), clock: Date.now, random: randomBytes }
  return { ...ports, builds: new DraftBuilds(ports) }
}

/** The one trigger that is served. */
export const supported_triggers = [{ id: 'credentials-exchange', version: 'v2' }]

/** An action of a name, with what a test says of it. */
export function anAction(name: string, changes: Partial<NewAction> = {}): NewAction {
  return { name, supported_triggers, code: 'exports.onExecuteCredentialsExchange = async () => {}', ...changes }
}

/** Creates an action, builds it and deploys it. */
export async function deployed(
  deployment: Deployment,
  name: string,
  changes: Partial<NewAction> = {},
): Promise<{ readonly action: Stored<Action>; readonly version: Stored<ActionVersion> }> {
  const { id } = await createAction(anAction(name, changes), deployment)
  await deployment.builds.build(id)
  const version = await deployAction(id, deployment)
  const action = await deployment.store.actions.get(id)
  if (action === undefined) throw new Error('the action is gone')
  return { action, version }
}

/** Every record of a store, revisions included: equal before and after what changed nothing. */
export async function everything(store: Store): Promise<unknown> {
  const kinds: Record<string, unknown> = {}
  for (const kind of Object.keys(recordKinds)) {
    if (isKind(kind)) kinds[kind] = await store[kind].list()
  }
  return kinds
}

function isKind(name: string): name is keyof typeof recordKinds {
  return name in recordKinds
}
