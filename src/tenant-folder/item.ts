import { isJsonObject, type Json } from '../domain/index.ts'
import type { Place } from './finding.ts'

/** The way from an object down to one of its parts. */
export type Path = readonly (string | number)[]

/** A part's path as one text: the key of {@link Parsed.lines}. */
export function pathKey(path: Path): string {
  return JSON.stringify(path)
}

/** A path as an error message spells it: `scopes[2].value`. */
export function pathText(path: Path): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('')
}

/** A parsed file: its value, and the line on which each part of it begins. */
export interface Parsed {
  readonly file: string
  readonly value: Json
  readonly lines: ReadonlyMap<string, number>
}

/** One object of the folder, wherever it stands: the whole of a JSON file, or a part of a YAML file. */
export interface Item {
  /** The part at a path; `undefined` when there is none. */
  at(path: Path): Json | undefined
  /** The place of the part at a path, or of the nearest part above it. */
  placeOf(path: Path): Place
}

/** The item that stands at `base` in a parsed file. */
export function itemOf(parsed: Parsed, base: Path = []): Item {
  return {
    at: (path) => valueAt(parsed.value, [...base, ...path]),
    placeOf(path) {
      for (let whole: Path = [...base, ...path]; ; whole = whole.slice(0, -1)) {
        const line = parsed.lines.get(pathKey(whole))
        if (line !== undefined) return { file: parsed.file, line }
        if (whole.length === 0) return { file: parsed.file }
      }
    },
  }
}

function valueAt(value: Json, path: Path): Json | undefined {
  let part: Json | undefined = value
  for (const step of path) {
    if (typeof step === 'number') part = Array.isArray(part) ? part[step] : undefined
    else part = isJsonObject(part) && Object.hasOwn(part, step) ? part[step] : undefined
  }
  return part
}
