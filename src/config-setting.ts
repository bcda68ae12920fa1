import type { Kind } from './config-kinds.ts'

/** One setting: where it is read from, what it accepts, what holds without it, and why one would change it. */
export interface Setting<T> extends Kind<T> {
  readonly variable: string
  /** The same setting as a flag; none for a secret, since every user of the machine can read a command line. */
  readonly flag?: string
  readonly default: T
  /** The default in words. */
  readonly defaultText: string
  readonly sentence: string
}

/** A setting with a default of its own. */
export function setting<T>(variable: string, kind: Kind<T>, value: NoInfer<T>, sentence: string): Setting<T> {
  const defaultText = Array.isArray(value)
    ? value.join(',')
    : typeof value === 'boolean'
      ? value
        ? 'on'
        : 'off'
      : value
  return { ...kind, variable, flag: flagOf(variable), default: value, defaultText: String(defaultText), sentence }
}

/** A setting without a value of its own to fall back on; `without` says what holds then. */
export function optional<T>(
  variable: string,
  kind: Kind<T>,
  without: string,
  sentence: string,
): Setting<T | undefined> {
  return { ...kind, variable, flag: flagOf(variable), default: undefined, defaultText: without, sentence }
}

/** An optional setting that is never a flag and never repeated in a message. */
export function secret<T>(variable: string, kind: Kind<T>, without: string, sentence: string): Setting<T | undefined> {
  return { ...kind, variable, default: undefined, defaultText: without, sentence }
}

function flagOf(variable: string): string {
  return `--${variable.toLowerCase().replaceAll('_', '-')}`
}
