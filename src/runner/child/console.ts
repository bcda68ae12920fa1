import { Console } from 'node:console'
import { Writable } from 'node:stream'

const { byteLength } = Buffer

/** What one action printed in one execution: a text a call, bounded in bytes over all of them. */
export class Output {
  readonly #lines: string[] = []
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  /** Keeps as much of a text as there is room for; what comes after the bound is cut, and one line says so. */
  add(text: string): void {
    if (this.#left <= 0) return
    const bytes = byteLength(text)
    if (bytes <= this.#left) {
      this.#lines[this.#lines.length] = text
    } else {
      this.#lines[this.#lines.length] = `${text.slice(0, this.#left)}… (console output cut)`
    }
    this.#left -= bytes
  }

  /** The lines, up to `characters` of them in all. */
  take(characters: number): readonly string[] {
    const kept: string[] = []
    let left = characters
    for (const line of this.#lines) {
      if (left <= 0) break
      kept[kept.length] = line.slice(0, left)
      left -= line.length
    }
    return kept
  }
}

/** A console whose every method prints to the output that `current` names at that moment; to nowhere when there is none. */
export function capturingConsole(current: () => Output | undefined): Console {
  const sink = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      const text = String(chunk)
      current()?.add(text.endsWith('\n') ? text.slice(0, -1) : text)
      done()
    },
  })
  return new Console({ stdout: sink, stderr: sink, colorMode: false })
}
