import { isJsonObject, type Json } from '../compose-try.ts'
import type { FoundAction } from './find-action.ts'

/** Puts the name of a secret in the place of its value. */
export interface SecretHider {
  text(text: string): string
  /** Names of members too. */
  json(value: Json): Json
}

/** A text of so few characters is in everything, and nobody's secret. */
const shortestSecret = 3

/** Hides the values of the action secrets of what ran, those of three characters and more. */
export function secretHider(found: readonly FoundAction[]): SecretHider {
  const values = found
    .flatMap(({ action }) => [action, ...action.modules])
    .flatMap(({ secrets }) => Object.entries(secrets))
    .filter(([, value]) => value.length >= shortestSecret)
    // The longest first: one may hold another.
    .toSorted(([, a], [, b]) => b.length - a.length)
  const text = (given: string) =>
    values.reduce((rest, [name, value]) => rest.replaceAll(value, () => `[secret ${name}]`), given)
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(json)
    if (!isJsonObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [text(name), json(member)]))
  }
  return { text, json }
}
