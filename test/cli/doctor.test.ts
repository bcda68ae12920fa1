import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkNode } from '../../src/cli/doctor.ts'
import { freshFolder, symbolon, type Variables } from '../support/dev-process.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

interface Report {
  readonly checks: readonly { readonly name: string; readonly status: string; readonly message: string }[]
}

/** Nothing listens there: only what is of this machine is asked. */
const noRegistry = { npm_config_registry: 'http://127.0.0.1:9/' }
/** Said when it takes long. */
const patience = /^(symbolon: trying what this machine can do\n)?$/

async function doctor(variables: Variables): Promise<{ readonly exitCode: number | null; readonly report: Report }> {
  const { exitCode, stdout, stderr } = await symbolon(['doctor', '--json'], { ...noRegistry, ...variables })
  expect(stderr).toMatch(patience)
  return { exitCode, report: JSON.parse(stdout) }
}

async function check(
  name: string,
  variables: Variables,
): Promise<{ exitCode: number | null; status: string; message: string }> {
  const { exitCode, report } = await doctor(variables)
  const found = report.checks.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no check of ${name}: ${JSON.stringify(report)}`)
  return { exitCode, status: found.status, message: found.message }
}

/** A port that something listens on until the test is done. */
async function takenPort(): Promise<number> {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  return address.port
}

/** A port that nothing listens on, most likely. */
async function freePort(): Promise<number> {
  const port = await takenPort()
  await new Promise((resolve) => servers.pop()?.close(resolve))
  return port
}

test('each check is one line, and the exit status says whether one of them failed', async () => {
  const DATA_DIR = join(await freshFolder(), 'data')
  const variables = { DATA_DIR, PORT: '0', TLS_PORT: String(await freePort()) }
  // One after the other: while a port is tried it is taken.
  const lines = await symbolon(['doctor'], { ...noRegistry, ...variables })
  const json = await doctor(variables)
  expect(lines.stderr).toMatch(patience)
  const expected = json.report.checks.map(({ name, status, message }) => `${status.padEnd(4)}  ${name}: ${message}`)
  expect(lines.stdout.trimEnd().split('\n')).toEqual(expected)
  const hasFailed = json.report.checks.some(({ status }) => status === 'fail')
  expect([lines.exitCode, json.exitCode]).toEqual(hasFailed ? [1, 1] : [0, 0])
  const names = json.report.checks.map(({ name }) => name)
  expect(names).toEqual([
    'settings',
    'Node',
    'koffi',
    'hardening, no-new-privileges',
    'hardening, Landlock for files',
    'hardening, Landlock for ports',
    'hardening, Landlock for signals',
    'hardening, seccomp',
    'hardening, resource limits',
    'hardening, death with the parent',
    'RUNNER_HARDENING',
    'user of the actions',
    'DATA_DIR',
    'sealing key',
    'PORT',
    'TLS_PORT',
    'npm',
    'registry',
  ])
  expect(existsSync(DATA_DIR)).toBe(false)
})

test('a port that is taken fails, named with its setting', async () => {
  const port = await takenPort()
  expect(await check('PORT', { PORT: String(port), HOST: '127.0.0.1' })).toEqual({
    exitCode: 1,
    status: 'fail',
    message: `${port} is taken on 127.0.0.1: stop what has it, or set PORT`,
  })
})

test('a data folder that is a file fails', async () => {
  const DATA_DIR = join(await freshFolder(), 'data')
  await writeFile(DATA_DIR, '')
  expect(await check('DATA_DIR', { DATA_DIR })).toEqual({
    exitCode: 1,
    status: 'fail',
    message: `${DATA_DIR} is no folder: give another`,
  })
})

test('a data folder with what is not ours, or without the key that closed it, fails; a port that its server has, or a registry that answers, does not', async () => {
  const DATA_DIR = await freshFolder()
  for (const name of ['config.db', 'notes.txt', 'server.lock']) await writeFile(join(DATA_DIR, name), '')
  const registry = createHttpServer((_request, response) => response.end('{}'))
  servers.push(registry)
  await new Promise<void>((resolve) => registry.listen({ port: 0, host: '127.0.0.1' }, resolve))
  const address = registry.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  const port = await takenPort()
  const variables = { DATA_DIR, ACTIONS_REGISTRY: url, PORT: String(port), HOST: '127.0.0.1' }
  const { exitCode, report } = await doctor(variables)
  expect(exitCode).toBe(1)
  const found = report.checks.filter(({ name }) => ['DATA_DIR', 'sealing key', 'PORT', 'registry'].includes(name))
  expect(found.map(({ status, message }) => [status, message])).toEqual([
    ['fail', `${DATA_DIR} holds "notes.txt", which is not ours: give an empty or new folder`],
    ['fail', expect.stringMatching(/^DATA_DIR has records but no sealing\.key: put it back, or give the key/)],
    ['warn', `${port} is taken on 127.0.0.1; a server that runs on this DATA_DIR may have it`],
    ['ok', `${url} answers`],
  ])
})

test('settings that are wrong fail, all of them named', async () => {
  const { exitCode, report } = await doctor({ PORT: '99999', RUNNER_HARDENING: 'maybe' })
  expect(exitCode).toBe(1)
  expect(report.checks.filter(({ name }) => name === 'settings').map(({ message }) => message)).toEqual([
    expect.stringMatching(/^PORT is "99999"/),
    expect.stringMatching(/^RUNNER_HARDENING is "maybe"/),
  ])
})

test('hardening that is switched off is worth a warning', async () => {
  expect(await check('RUNNER_HARDENING', { RUNNER_HARDENING: 'off' })).toMatchObject({ status: 'warn' })
})

test('as root, actions run as another user, or it is said why they cannot', async (context) => {
  context.skip(process.getuid?.() !== 0, 'the tests do not run as root')
  const name = 'user of the actions'
  expect(await check(name, { RUNNER_HARDENING: 'off' })).toMatchObject({
    exitCode: 1,
    status: 'fail',
    message: expect.stringMatching(/^actions would run as root, as the server does: /),
  })
  const closed = join(await freshFolder(), 'closed')
  await mkdir(closed)
  await chmod(closed, 0o700)
  expect(await check(name, { DATA_DIR: join(closed, 'data'), RUNNER_UID: '4242' })).toMatchObject({
    exitCode: 1,
    status: 'fail',
    message: expect.stringContaining('user 4242 cannot pass '),
  })
})

test.each([
  ['20.19.0', 'fail'],
  ['22.17.1', 'fail'],
  ['22.18.0', 'warn'],
  ['22.23.0', 'ok'],
  ['24.1.0', 'ok'],
])('Node %s: %s', (version, status) => {
  expect(checkNode(version).status).toBe(status)
})
