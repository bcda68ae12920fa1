import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'

const root = resolve(import.meta.dirname, '../..')
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'examples')).map((name) => `examples/${name}/README.md`),
]

/** The commands of a document's `sh` blocks, each as its words, with the line that it is on. */
function commandsIn(text: string): readonly { readonly line: string; readonly words: readonly string[] }[] {
  const blocks = Array.from(text.matchAll(/^```sh\n(.*?)^```/gms), ([, block = '']) => block)
  const lines = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
  return lines.flatMap((line) =>
    Array.from(line.matchAll(/(?:npm run -s symbolon --|\bsymbolon) ([^#|&)]*)/g), ([, rest = '']) => ({
      line,
      words: Array.from(rest.matchAll(/'[^']*'|"[^"]*"|\S+/g), ([word]) => word),
    })),
  )
}

/** What a line asks for and the program does not have; `undefined` when it has all of it. */
function unknownIn(words: readonly string[]): string | undefined {
  let command: Command = program
  let rest = words
  for (let next = command; next.commands.length > 0; rest = rest.slice(1)) {
    const found = next.commands.find((each) => each.name() === rest[0])
    if (found === undefined) return rest[0] ?? 'a command'
    command = next = found
  }
  const flags = rest.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0])
  const known = ['--help', ...command.options.map(({ long }) => long)]
  return flags.find((flag) => flag !== undefined && !known.includes(flag))
}

test('every command that a document shows is there, with its options', () => {
  const shown = documents.flatMap((document) =>
    commandsIn(readFileSync(join(root, document), 'utf8')).map(({ line, words }) => ({
      where: `${document}: ${line}`,
      unknown: unknownIn(words),
    })),
  )
  expect(shown.length).toBeGreaterThan(20)
  expect(shown.filter(({ unknown }) => unknown !== undefined)).toEqual([])
})

test('a command or an option that is not there would be found', () => {
  const commands = commandsIn(
    '```sh\nsymbolon tyr x  # a remark\ncurl "$(symbolon token --row)" | symbolon keys turn\n```\n',
  )
  expect(commands.map(({ words }) => unknownIn(words))).toEqual(['tyr', '--row', 'turn'])
})
