import { inspect } from 'node:util'
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

/** A line of a secret of several that is long enough to be hidden by itself. */
const shortestLine = 16

/**
 * Hides the values of the action secrets of what ran, those of three characters and more: as they are, as they are written in JSON, in a URL or
 * by `console.log`, and as numbers.
 */
export function secretHider(found: readonly FoundAction[]): SecretHider {
  const secrets = found
    .flatMap(({ action }) => [action, ...action.modules])
    .flatMap((code) => Object.entries(code.secrets))
    .filter(([, value]) => value.length >= shortestSecret)
  const numbers = new Set(secrets.map(([, value]) => value))
  const values = secrets
    .flatMap(([name, value]) => [...new Set(formsOf(value))].map((form) => [name, form] as const))
    // The longest first: one may hold another.
    .toSorted(([, a], [, b]) => b.length - a.length)
  const text = (given: string) =>
    values.reduce((rest, [name, value]) => rest.replaceAll(value, () => `[secret ${name}]`), given)
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'number' && numbers.has(`${value}`)) return text(`${value}`)
    if (Array.isArray(value)) return value.map(json)
    if (!isJsonObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [text(name), json(member)]))
  }
  return { text, json }
}

function formsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.length >= shortestLine)
  return [value, ...lines].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    inspect(text, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: null }).slice(1, -1),
    ...inUrl(text),
  ])
}

/** As a URL holds it: in its path or query, and as a field of a form. */
function inUrl(text: string): readonly string[] {
  // A half of a surrogate pair is written as what stands for it.
  const whole = text.toWellFormed()
  return [encodeURIComponent(whole), encodeURI(whole), new URLSearchParams({ '': whole }).toString().slice(1)]
}
