import type { ActionVersion, BoundVersion } from '../domain/index.ts'
import { openSecrets, type SecretHolder } from './action-secrets.ts'
import type { DeploymentPorts } from './ports.ts'

/** Code opened for the runner: its secrets in the clear, and where its npm packages lie. */
export interface OpenCode {
  readonly code: string
  readonly secrets: Readonly<Record<string, string>>
  readonly bundle?: { readonly hash: string; readonly path: string }
}

/** A version opened for the runner, with the modules it pins. */
export interface VersionContent extends OpenCode {
  readonly modules?: readonly (OpenCode & { readonly name: string })[]
}

/** What of a version is opened. A draft has it too. */
export type Openable = Pick<ActionVersion, 'id' | 'code' | 'secrets' | 'modules' | 'bundle'>

type OpenPorts = Pick<DeploymentPorts, 'store' | 'sealer' | 'bundler'>

/**
 * Opens a version for the runner; packages whose folder is lost are made again. Throws when a secret does not open, a pinned module is gone
 * or packages cannot be made again: the version then does not run.
 */
export async function openVersion(version: Openable, ports: OpenPorts): Promise<VersionContent> {
  const content = await openCode(version, ports)
  if (version.modules === undefined || version.modules.length === 0) return content
  const modules = await Promise.all(
    version.modules.map(async ({ module_id, module_version_id }) => {
      const [module, pinned] = await Promise.all([
        ports.store.actionModules.get(module_id),
        ports.store.actionModuleVersions.get(module_version_id),
      ])
      if (module === undefined || pinned === undefined)
        throw new Error(`"${version.id}" pins a version of the module "${module_id}" that is not stored`)
      return { name: module.name, ...(await openCode(pinned, ports)) }
    }),
  )
  return { ...content, modules }
}

/** Opens what a binding leads to, under its names. Throws as {@link openVersion} does, and for a version that is not stored. */
export async function openBound(
  { version_id, action_name }: BoundVersion,
  ports: OpenPorts,
): Promise<VersionContent & Pick<BoundVersion, 'version_id' | 'action_name'>> {
  const version = await ports.store.actionVersions.get(version_id)
  if (version === undefined) throw new Error(`the version "${version_id}" of "${action_name}" is not stored`)
  return { version_id, action_name, ...(await openVersion(version, ports)) }
}

async function openCode(
  holder: SecretHolder & { readonly code: string; readonly bundle?: string },
  { store, sealer, bundler }: OpenPorts,
): Promise<OpenCode> {
  const { code, bundle: hash } = holder
  const secrets = openSecrets(holder, sealer)
  if (hash === undefined) return { code, secrets }
  const bundle = await store.bundles.get(hash)
  if (bundle === undefined) throw new Error(`the bundle "${hash}" of "${holder.id}" is not stored`)
  return { code, secrets, bundle: { hash, path: await bundler.restore(bundle) } }
}
