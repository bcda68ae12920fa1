import type { DeploymentPorts } from '../../src/deployment/index.ts'
import type { ActionSecret } from '../../src/domain/index.ts'

/** The secrets of a draft or a version, opened as the server opens them. Fails where they were sealed for another record. */
export function openSecretsOf(
  holder: { readonly id: string; readonly secrets: readonly ActionSecret[] },
  { sealer }: DeploymentPorts,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    holder.secrets.map(({ name, sealed }) => [name, sealer.open(sealed, `actionSecrets:${holder.id}.${name}`)]),
  )
}
