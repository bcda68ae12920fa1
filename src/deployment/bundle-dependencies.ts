import { type ActionDependency, isPackageName, isPackageVersion, limits } from '../domain/index.ts'
import { buildMessage } from './bundle-job.ts'
import type { BuildMessage } from './bundler.ts'

/**
 * What is wrong with declared dependencies; empty when npm may be asked for them: ten names of packages, each once, with a version, a range,
 * a tag, or nothing for the latest. An address, a path, an alias or a registry of its own is refused: npm would fetch whatever it leads to.
 *
 * @see Auth0 Docs, "Manage Dependencies"
 */
export function findDependencyFaults(dependencies: readonly ActionDependency[]): readonly BuildMessage[] {
  const faults: BuildMessage[] = []
  if (dependencies.length > limits.actionDependencies) {
    faults.push(
      buildMessage(
        'too_many_dependencies',
        `${dependencies.length} dependencies are declared; at most ${limits.actionDependencies} are allowed. Remove some.`,
      ),
    )
  }
  const names = new Set<string>()
  for (const dependency of dependencies) {
    const { name, version } = dependency
    const shown = JSON.stringify(name)
    if (!isPackageName(name)) {
      faults.push(buildMessage('invalid_dependency_name', `${shown} is not the name of an npm package.`))
    }
    if (names.has(name)) faults.push(buildMessage('repeated_dependency', `${shown} is declared twice. Keep one.`))
    names.add(name)
    if (!isPackageVersion(version)) {
      faults.push(
        buildMessage(
          'invalid_dependency_version',
          `The version ${JSON.stringify(version)} of ${shown} is not a version of the registry. Give an exact version, a range, a tag, ` +
            'or nothing for the latest; addresses, paths, aliases and archives are refused.',
        ),
      )
    }
    const registry: unknown = Reflect.get(dependency, 'registry_url')
    if (registry !== undefined && registry !== null && registry !== '') {
      faults.push(
        buildMessage(
          'private_registry',
          `${shown} names a registry of its own. Packages come from the registry of this server alone; remove registry_url.`,
        ),
      )
    }
  }
  return faults
}
