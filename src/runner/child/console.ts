import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { limits } from '../../domain/index.ts'
import { pinned } from './pinned.ts'

// Taken before any action runs: what one action prints is not for another that has replaced them.
const { byteLength } = Buffer
const { defineProperty, getOwnPropertyDescriptor, getOwnPropertySymbols } = Object
const toText = String
const endsWith: (text: string, end: string) => boolean = Function.prototype.call.bind(String.prototype.endsWith)
const slice: (text: string, start: number, end: number) => string = Function.prototype.call.bind(String.prototype.slice)

const cut = '… (console output cut)'

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
      this.#lines[this.#lines.length] = `${slice(text, 0, this.#left)}${cut}`
    }
    this.#left -= bytes
  }

  /** The lines, up to `characters` of them in all. Whoever takes more than Auth0 keeps is told of the cut, by a line more. */
  take(characters: number): readonly string[] {
    const kept: string[] = []
    let left = characters
    let index = 0
    for (; index < this.#lines.length && left > 0; index++) {
      const line = this.#lines[index] ?? ''
      kept[kept.length] = slice(line, 0, left)
      left -= line.length
    }
    if ((left < 0 || index < this.#lines.length) && characters > limits.consoleKeptCharacters) kept[kept.length] = cut
    return kept
  }
}

/** A console whose every method prints to the output that `current` names at that moment; to nowhere when there is none. */
export function capturingConsole(current: () => Output | undefined): Console {
  const sink = pinned(
    new Writable({
      decodeStrings: false,
      write(chunk: unknown, _encoding, done) {
        const text = toText(chunk)
        current()?.add(endsWith(text, '\n') ? slice(text, 0, -1) : text)
        done()
      },
    }),
  )
  const console = new Console({ stdout: sink, stderr: sink, colorMode: false })
  // What its methods go through, by symbols that any console tells.
  for (const symbol of getOwnPropertySymbols(Console.prototype)) {
    const descriptor = getOwnPropertyDescriptor(Console.prototype, symbol)
    if (descriptor !== undefined && getOwnPropertyDescriptor(console, symbol) === undefined) {
      defineProperty(console, symbol, descriptor)
    }
  }
  return console
}
