import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, type TestContext, test, vi } from 'vitest'
import {
  demandHardening,
  describeLayers,
  type Hardening,
  probeHardening,
} from '../../src/runner/hardening/hardening.ts'
import { launchFailedStatus } from '../../src/runner/hardening/order.ts'
import { buildPrograms } from '../../src/runner/index.ts'
import {
  isRunning,
  openYardFolder,
  probeAs,
  removeFolder,
  runScript,
  strangerUser,
  whyNoScripts,
  without,
  type Yard,
} from '../support/hardening.ts'

const uid = process.getuid?.() === 0 ? strangerUser : undefined
const runsAs = uid ?? process.getuid?.() ?? -1
let folder: string
let yard: Yard
let launcher: string
let missing: string | undefined
const killed: number[] = []

beforeAll(async () => {
  missing = await whyNoScripts(runsAs)
  folder = await openYardFolder()
  launcher = (await buildPrograms(join(folder, 'programs'))).launcher
  if (missing !== undefined) return
  const hardening = await probeAs(uid, folder, launcher)
  yard = { folder, hardening, runsAs, ...(uid === undefined ? {} : { uid }) }
})

afterAll(async () => {
  for (const pid of killed) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended, as it should have.
    }
  }
  await removeFolder(folder)
})

function needs(context: TestContext, ...layers: readonly (keyof Hardening['layers'])[]): void {
  context.skip(missing !== undefined, missing ?? '')
  for (const name of layers) {
    const layer = yard.hardening.layers[name]
    context.skip(!layer.active, layer.active ? '' : `${name}: ${layer.why}`)
  }
}

test('when its parent is killed, a hardened process ends, even one that loops', async (context) => {
  needs(context, 'parentDeath')
  const source = fileURLToPath(new URL('../../src/runner/hardening/hardening.ts', import.meta.url))
  const launch = {
    node: process.execPath,
    nodeFlags: ['--eval', 'require("fs").writeSync(1, process.pid + "\\n"); for (;;);'],
    program: '-',
    folder,
    env: {},
    connectPorts: [],
  }
  // The standard output of both is one pipe: its end is the end of both.
  const code = `import { spawn } from 'node:child_process'
    import { launchCommand } from ${JSON.stringify(source)}
    const command = launchCommand(${JSON.stringify(yard.hardening)}, { ...${JSON.stringify(launch)}, parent: process.pid })
    spawn(command.file, command.args, { env: {}, stdio: ['ignore', 'inherit', 'inherit', 'pipe'], detached: true })`
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const line = await new Promise<string>((resolve) => parent.stdout.once('data', (chunk) => resolve(String(chunk))))
  const pid = Number(line)
  killed.push(pid)
  assert.equal(await isRunning(pid), true)
  const closed = new Promise((resolve) => parent.stdout.once('close', resolve))
  parent.kill('SIGKILL')
  await closed
  // Its descriptors close a moment before it is gone.
  await vi.waitFor(async () => assert.equal(await isRunning(pid), false), { interval: 2 })
})

test('one whose parent is gone before it could ask about it does not start', async (context) => {
  needs(context, 'parentDeath')
  const end = await runScript(yard, 'return 1', {}, { parent: process.pid + 1 })
  assert.deepEqual([end.value, end.code], [undefined, launchFailedStatus])
  assert.match(end.complaint, /the parent is gone/)
})

test('when a layer that was found cannot be set, the program does not run', async (context) => {
  needs(context, 'landlockFiles', 'noNewPrivileges')
  context.skip(runsAs === 0, 'root may restrict itself without giving up new privileges')
  // The kernel asks for no-new-privileges before it takes rules from a user without rights.
  const end = await runScript({ ...yard, hardening: without(yard.hardening, 'noNewPrivileges') }, 'return 1')
  assert.deepEqual([end.value, end.code], [undefined, launchFailedStatus])
  assert.match(end.complaint, /the kernel refuses to be restricted by Landlock/)
})

test('a layer that was not found is not set', async (context) => {
  needs(context, 'landlockPorts')
  const yardWithout = { ...yard, hardening: without(yard.hardening, 'landlockPorts', 'seccomp') }
  const binds = `return await new Promise((resolve) => {
    const server = require('net').createServer().once('error', (error) => resolve(error.code))
    server.listen(0, '127.0.0.1', () => server.close(() => resolve('bound')))
  })`
  assert.equal((await runScript(yardWithout, binds)).value, 'bound')
  assert.notEqual((await runScript(yard, binds)).value, 'bound')
})

test('Node runs behind it with its permission model as well', async (context) => {
  needs(context)
  const nodeFlags = ['--permission', `--allow-fs-read=${yard.folder}/`, '--allow-addons', '--max-old-space-size=64']
  const end = await runScript(yard, "return process.permission.has('fs.read', '/etc/passwd')", {}, { nodeFlags })
  assert.deepEqual([end.value, end.code], [false, 0])
})

test('what was found is told in one line', async (context) => {
  needs(context, 'noNewPrivileges', 'landlockFiles', 'landlockPorts', 'landlockSignals', 'seccomp', 'parentDeath')
  const line = describeLayers({
    ...yard.hardening,
    uid: 7,
    layers: { ...yard.hardening.layers, ownUser: { active: true } },
  })
  assert.equal(
    line,
    'hardening: no-new-privileges, Landlock (files, ports, signals), seccomp, resource limits, death with the parent, user 7',
  )
})

test('what this kernel has is enough for RUNNER_HARDENING=required', async (context) => {
  needs(context, 'noNewPrivileges', 'landlockFiles', 'landlockPorts', 'seccomp', 'resourceLimits')
  assert.equal(demandHardening('required', yard.hardening), yard.hardening)
})

test('without koffi nothing of the kernel is found, and RUNNER_HARDENING=required refuses, naming each layer and the way out', async () => {
  const found = await probeHardening({ node: process.execPath, folder, launcher, platform: 'linux', koffi: null })
  assert.equal(found.launcher, undefined)
  const why = '(the optional package koffi is not installed: npm install koffi)'
  assert.throws(() => demandHardening('required', found), {
    message:
      `RUNNER_HARDENING=required cannot be kept: no-new-privileges is missing ${why}; Landlock for files is missing ${why}; ` +
      `Landlock for ports is missing ${why}; seccomp is missing ${why}; resource limits is missing ${why}. ` +
      'Mend that, or set RUNNER_HARDENING=auto to run with what there is',
  })
  assert.equal(demandHardening('auto', found), found)
  assert.equal(demandHardening('off', found), undefined)
  assert.match(
    describeLayers(found),
    /^hardening: (none|user \d+); off: no-new-privileges, .* \(the optional package koffi/,
  )
})

test('with a koffi that does not load, every layer of the kernel says that the launcher does not run', async (context) => {
  needs(context)
  const koffi = join(folder, 'nothing.cjs')
  const found = await probeHardening({ node: process.execPath, folder, launcher, koffi })
  assert.equal(found.layers.seccomp.active, false)
  assert.match(describeLayers(found), /the launcher does not run here: .*nothing\.cjs/)
})

test('a RUNNER_UID that cannot be changed to stops the start, whatever else was found', async (context) => {
  needs(context)
  const asked = { ...yard.hardening, askedUid: 4_242 }
  context.skip(asked.layers.ownUser.active, 'the tests run as root, and this user can change')
  for (const mode of ['auto', 'required'] as const) {
    assert.throws(
      () => demandHardening(mode, asked),
      /^Error: RUNNER_UID=4242 cannot be kept: the server does not run as root/,
    )
  }
})

test('a folder that the user of the actions cannot enter is named, with the way out', async (context) => {
  context.skip(process.getuid?.() !== 0, 'only root can change to another user')
  const closed = join(folder, 'closed')
  const data = join(closed, 'data')
  await mkdir(data, { recursive: true })
  await chmod(closed, 0o700)
  const found = await probeHardening({
    node: process.execPath,
    folder: data,
    launcher,
    uid: 4_242,
  })
  const why =
    `user 4242 cannot pass ${closed} (mode 0700), where the data folder lies: ` +
    `open it (chmod o+x ${closed}), move the data folder elsewhere, or give a RUNNER_UID that can`
  assert.deepEqual(found.layers.ownUser, { active: false, why })
  assert.throws(() => demandHardening('auto', found), { message: `RUNNER_UID=4242 cannot be kept: ${why}` })
})

test('another system than Linux has none of it and says so', async () => {
  const found = await probeHardening({
    node: process.execPath,
    folder,
    launcher,
    platform: 'darwin',
  })
  assert.deepEqual(found.layers.landlockFiles, { active: false, why: 'only Linux has it, and this is darwin' })
  assert.throws(() => demandHardening('required', found), /only Linux has it/)
})
