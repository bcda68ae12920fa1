import type { ActionSecret, GivenSecret } from '../domain/index.ts'
import type { Sealer } from '../keys/index.ts'
import { DeploymentRefusal } from './refusals.ts'

/** Sealed secrets and the record they belong to: a draft, a version, a module or one of its versions. */
export interface SecretHolder {
  readonly id: string
  readonly secrets: readonly ActionSecret[]
}

/** The secrets of a record in the clear, by name. Throws when one does not open: what holds it then does not run. */
export function openSecrets({ id, secrets }: SecretHolder, sealer: Sealer): Readonly<Record<string, string>> {
  return Object.fromEntries(secrets.map(({ name, sealed }) => [name, sealer.open(sealed, contextOf(id, name))]))
}

/**
 * A draft's secrets as given, sealed for it. One without a value keeps what is stored under its name; those stored already come first, in
 * their order. Refuses a name without a value that is not stored.
 *
 * @see Auth0 Docs, "Deploy CLI Tool": a secret that is sent by its name alone is kept
 */
export function sealSecrets(
  given: readonly GivenSecret[],
  stored: SecretHolder,
  ports: { readonly sealer: Sealer; readonly now: string },
): readonly ActionSecret[] {
  const { sealer, now } = ports
  const byName = new Map(stored.secrets.map((secret) => [secret.name, secret]))
  const place = new Map(stored.secrets.map(({ name }, index) => [name, index]))
  const placeOf = ({ name }: ActionSecret) => place.get(name) ?? Number.MAX_SAFE_INTEGER
  return given
    .map(({ name, value }): ActionSecret => {
      const earlier = byName.get(name)
      if (value !== undefined) return { name, sealed: sealer.seal(value, contextOf(stored.id, name)), updated_at: now }
      if (earlier === undefined) throw new DeploymentRefusal('secret-without-value', { name })
      return earlier
    })
    .toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** The secrets of one record sealed anew for another, dates kept: sealed for the one, they do not open for the other. */
export function resealSecrets(from: SecretHolder, to: string, sealer: Sealer): readonly ActionSecret[] {
  return from.secrets.map(({ name, sealed, updated_at }) => {
    const value = sealer.open(sealed, contextOf(from.id, name))
    return { name, sealed: sealer.seal(value, contextOf(to, name)), updated_at }
  })
}

/** Whether a record holds exactly these secrets, in whatever order. */
export function hasSecrets(holder: SecretHolder, wanted: Readonly<Record<string, string>>, sealer: Sealer): boolean {
  const held = Object.entries(openSecrets(holder, sealer))
  return held.length === Object.keys(wanted).length && held.every(([name, value]) => wanted[name] === value)
}

function contextOf(id: string, name: string): string {
  return `actionSecrets:${id}.${name}`
}
