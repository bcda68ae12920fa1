import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, type TestContext, test } from 'vitest'
import { type Hardening, probeHardening } from '../../src/runner/hardening/hardening.ts'
import { buildPrograms } from '../../src/runner/index.ts'
import { openYardFolder, removeFolder } from '../support/hardening.ts'
import { handler, invocation, type OpenPool, openPool, processLimits } from '../support/runner.ts'

let folder: string
let hardening: Hardening
const closers: (() => unknown)[] = []

beforeAll(async () => {
  folder = await openYardFolder()
  const { launcher } = await buildPrograms(join(folder, 'programs'))
  hardening = await probeHardening({ node: process.execPath, folder, launcher })
})

afterAll(async () => {
  for (const close of closers) await close()
  await removeFolder(folder)
})

/** A pool whose processes have every layer that was found here. */
async function open(context: TestContext): Promise<OpenPool> {
  context.skip(hardening.launcher === undefined, 'no layer of the kernel was found here')
  const opened = await openPool({ limits: processLimits({ hardening, stuckMs: 15_000 }) })
  closers.push(opened.close)
  return opened
}

test('actions run behind every layer that was found, as seen from outside', async (context) => {
  const { pool, bind } = await open(context)
  const versions = bind(handler("api.accessToken.setCustomClaim('user', process.getuid())"))
  await pool.prepare(versions)
  const [outcome] = await pool.invoke(invocation(versions))
  assert.equal(outcome?.kind, 'completed')
  const uid = hardening.uid ?? process.getuid?.()
  assert.match(JSON.stringify(outcome), new RegExp(`"value":${uid}\\b`))
  const statuses = await Promise.all(pool.pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8')))
  const held = statuses.filter(
    (status) => /^Name:\tnode$/m.test(status) && new RegExp(`^Uid:\t${uid}\t`, 'm').test(status),
  )
  const expected = [
    ...(hardening.layers.noNewPrivileges.active ? [/^NoNewPrivs:\t1$/m, /^CapEff:\t0+$/m, /^CapPrm:\t0+$/m] : []),
    ...(hardening.layers.seccomp.active ? [/^Seccomp:\t2$/m] : []),
  ]
  const behind = held.filter((status) => expected.every((line) => line.test(status)))
  assert.ok(behind.length >= 1, statuses.join('\n'))
})

test('an action that fetches still does', async (context) => {
  const { pool, bind } = await open(context)
  const server = createServer((_request, response) => response.end('fetched'))
  closers.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const versions = bind(
    handler(`api.accessToken.setCustomClaim('said', await (await fetch('http://localhost:${address.port}')).text())`),
  )
  const [outcome] = await pool.invoke(invocation(versions))
  assert.match(JSON.stringify(outcome), /"value":"fetched"/)
})

test('an action that fills the heap ends as out of memory, and the next execution finds a process', async (context) => {
  const { pool, bind } = await open(context)
  const versions = bind(
    handler(`if (event.request.body.bomb) {
      const held = []
      for (;;) held.push(new Array(1e5).fill(held.length))
    }`),
  )
  const bomb = invocation(versions)
  const body = { ...bomb.varying.request.body, bomb: 'yes' }
  const varying = { ...bomb.varying, request: { ...bomb.varying.request, body } }
  const [ended] = await pool.invoke({ ...bomb, varying, deadlineMs: 20_000 })
  assert.equal(ended?.kind, 'out-of-memory')
  const [next] = await pool.invoke(invocation(versions))
  assert.equal(next?.kind, 'completed')
})
