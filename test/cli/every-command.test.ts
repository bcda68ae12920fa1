import type { Command, Option } from 'commander'
import { describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'

/** Those that do something, with their whole names. */
function commandsOf(command: Command, before = ''): readonly (readonly [string, Command])[] {
  return command.commands.flatMap((each): readonly (readonly [string, Command])[] => {
    const name = `${before}${each.name()}`
    return each.commands.length > 0 ? commandsOf(each, `${name} `) : [[name, each]]
  })
}

/** What `--help` prints. */
function helpOf(command: Command): string {
  let help = ''
  const usual = command.configureOutput()
  command.configureOutput({
    writeOut: (text) => {
      help += text
    },
  })
  command.outputHelp()
  command.configureOutput(usual)
  return help
}

const commands = commandsOf(program)

test('these are all the commands there are', () => {
  expect(commands.map(([name]) => name).toSorted()).toEqual([
    'dev',
    'doctor',
    'export',
    'import',
    'init',
    'keys list',
    'keys rotate',
    'logs',
    'serve',
    'test',
    'token',
    'try',
  ])
})

test('all but the servers print for machines, too', () => {
  const without = commands.filter(([, { options }]) => !options.some(({ long }) => long === '--json'))
  expect(without.map(([name]) => name)).toEqual(['dev', 'serve'])
})

describe.each(commands)('symbolon %s', (name, command) => {
  test('says what it does, what each argument and option is, and how it is called', () => {
    expect(command.description()).toMatch(/^[a-z].{20,}$/)
    const parts = [...command.options, ...command.registeredArguments]
    expect(parts.filter(({ description }) => description.length < 8)).toEqual([])
    const help = helpOf(command)
    const [, examples = ''] = help.split(/\nExamples?:\n/)
    const lines = examples.trim().split('\n')
    expect(lines.filter((line) => line.includes(`symbolon ${name}`))).not.toEqual([])
  })

  test('names no option twice, and shows each example with options that it has', () => {
    const names = command.options.map(({ long }: Option) => long ?? '')
    expect(new Set(names).size).toBe(names.length)
    const [, examples = ''] = helpOf(command).split(/\nExamples?:\n/)
    const used = examples
      .split('\n')
      .flatMap((line) => line.split(`symbolon ${name}`).slice(1))
      .flatMap((args) => args.match(/--[a-z-]+/g) ?? [])
    expect(used.filter((option) => !names.includes(option))).toEqual([])
  })
})
