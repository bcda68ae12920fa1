import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActionDependency, Bundle } from '../../src/domain/index.ts'
import { type OpenBundler, openBundler } from '../support/bundler.ts'
import { openRegistry } from '../support/registry.ts'

/** Dependencies on packages of this repository, each at the version that is installed here. */
export function installed(...names: readonly string[]): readonly ActionDependency[] {
  return names.map((name) => {
    const file = join(import.meta.dirname, '../../node_modules', name, 'package.json')
    const { version }: { readonly version: string } = JSON.parse(readFileSync(file, 'utf8'))
    return { name, version }
  })
}

/** A bundler over a registry on the loopback; over npm's configured one with `SYMBOLON_TEST=registry`. */
export async function openInstalledBundler(): Promise<OpenBundler> {
  if (process.env.SYMBOLON_TEST === 'registry') {
    const { NODE_EXTRA_CA_CERTS } = process.env
    return openBundler(
      undefined,
      NODE_EXTRA_CA_CERTS === undefined ? {} : { registryCertificates: NODE_EXTRA_CA_CERTS },
    )
  }
  const registry = await openRegistry()
  const opened = await openBundler(registry.url)
  return {
    ...opened,
    close: async () => {
      await opened.close()
      await registry.close()
    },
  }
}

/** Builds dependencies for code; throws with the reason when they do not build, or not cleanly. */
export async function buildBundle(
  { bundler }: OpenBundler,
  code: string,
  dependencies: readonly ActionDependency[],
): Promise<Bundle> {
  const built = await bundler.build({ code, dependencies, runtime: 'node22' })
  if (built.status === 'failed') throw new Error(JSON.stringify(built.errors))
  if (built.messages.length > 0 || built.bundle === undefined) throw new Error(JSON.stringify(built.messages))
  return built.bundle
}
