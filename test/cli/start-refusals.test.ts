import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, quickstartCopy, save, symbolon } from '../support/dev-process.ts'

const quickstart = 'examples/quickstart'

/** The lines of standard error, each said by the program. */
function linesOf(stderr: string): readonly string[] {
  const lines = stderr.trimEnd().split('\n')
  expect(lines.filter((line) => !line.startsWith('symbolon: '))).toEqual([])
  return lines.map((line) => line.slice('symbolon: '.length))
}

describe('bad usage ends with 64', () => {
  test.each([
    ['an option that does not exist', ['dev', quickstart, '--prot', '1'], /unknown option '--prot'/],
    ['no folder', ['dev'], /missing required argument 'dir'/],
    ['a command that does not exist', ['serf'], /unknown command 'serf'/],
  ])('%s', async (_what, args, said) => {
    const { exitCode, stdout, stderr } = await symbolon(args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' })
    expect(stderr).toMatch(said)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  test.each([
    [
      'a port out of range',
      { PORT: '70000' },
      'PORT is "70000"; it must be an integer from 0 to 65535 (without it: 4400)',
    ],
    [
      'a sealing key that is none, which is not repeated',
      { SEALING_KEY: 'hunter2' },
      /^SEALING_KEY is malformed; it must be 32 bytes/,
    ],
    [
      'a choice that is none',
      { LOG_DURABILITY: 'maybe' },
      /^LOG_DURABILITY is "maybe"; it must be one of commit, fsync, async/,
    ],
  ])('%s: one line', async (_what, variables, said) => {
    const DATA_DIR = join(await freshFolder(), 'data')
    const { exitCode, stdout, stderr } = await symbolon(['dev', quickstart], { DATA_DIR, ...variables })
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' })
    const [line, ...others] = linesOf(stderr)
    expect(others).toEqual([])
    if (typeof said === 'string') expect(line).toBe(said)
    else expect(line).toMatch(said)
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  test('two bad settings: a line each', async () => {
    const { exitCode, stderr } = await symbolon(['dev', quickstart, '--port', 'x'], { RUNNER_UID: 'root' })
    expect(exitCode).toBe(64)
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/^--port is "x"/),
      expect.stringMatching(/^RUNNER_UID is "root"/),
    ])
  })
})

describe('help and version', () => {
  test.each([
    ['--help', /Usage: symbolon/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
  ])('%s ends with 0', async (flag, said) => {
    const { exitCode, stdout, stderr } = await symbolon([flag])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(said)
  })
})

describe('a folder that cannot be served ends the start with 1', () => {
  test.each([
    ['one that is not there', async () => join(await freshFolder(), 'nowhere')],
    ['a file that is no YAML', async () => join(await quickstartCopy(), 'tenant.json')],
  ])('%s: one line that says what to give', async (_what, make) => {
    const dir = await make()
    const DATA_DIR = join(await freshFolder(), 'data')
    const { exitCode, stdout, stderr } = await symbolon(['dev', dir], { DATA_DIR, PORT: '0' })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(linesOf(stderr)).toEqual([
      `${dir} is no tenant folder: give a folder in the auth0-deploy-cli layout, or its YAML file`,
    ])
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  test('ten mistakes: each is named by its file, and nothing is written', async () => {
    const root = await quickstartCopy()
    const mistakes: Readonly<Record<string, unknown>> = {
      'tenant.json': { default_audience: 7 },
      'actions/broken.json': '{ "name": "broken",\n  "code": }',
      'actions/enrich-token.json': { name: 'enrich-token', code: '../../outside.js' },
      'actions/partner-gate/code.js': 'exports.onExecuteCredentialsExchange = async () => {',
      'clients/billing-service.json': { name: 'billing-service', client_metadata: ['no object'] },
      'clients/nameless.json': {},
      'clients/partner-portal.json': { name: 'partner-portal', grant_types: 'client_credentials' },
      'grants/billing-service.json': { client_id: 'nobody', audience: 'https://orders.example.com', scope: [] },
      'grants/partner-portal.json': { client_id: 'partner-portal', audience: 'https://nowhere.example.com', scope: [] },
      'triggers/triggers.json': { 'credentials-exchange': [{ action_name: 7, display_name: 'Seven' }] },
    }
    for (const [file, content] of Object.entries(mistakes)) await save(root, file, content)
    const DATA_DIR = join(await freshFolder(), 'data')
    const { exitCode, stdout, stderr } = await symbolon(['dev', root], { DATA_DIR, PORT: '0' })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    const lines = linesOf(stderr)
    const unnamed = Object.keys(mistakes).filter((file) => !lines.some((line) => line.startsWith(`${file}:`)))
    expect(unnamed).toEqual([])
    expect(lines.at(-1)).toMatch(/^\d+ mistakes in .*quickstart; nothing was started$/)
    expect(existsSync(DATA_DIR)).toBe(false)
  })
})
