import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseEgressRule } from '../../src/domain/index.ts'
import { probeHardening } from '../../src/runner/hardening/hardening.ts'
import { buildPrograms } from '../../src/runner/index.ts'
import { openYardFolder, removeFolder } from '../support/hardening.ts'
import { openPool, processLimits } from '../support/runner.ts'
import { buildBundle, installed, openInstalledBundler } from './declared.ts'
import { openLoopback } from './loopback.ts'
import { action, claimsOf, runActions } from './run-action.ts'

test('packages load and connect behind every layer that was found here', { timeout: 120_000 }, async ({ skip }) => {
  const folder = await openYardFolder()
  onTestFinished(() => removeFolder(folder))
  const { launcher } = await buildPrograms(join(folder, 'programs'))
  const hardening = await probeHardening({ node: process.execPath, folder, launcher })
  if (hardening.launcher === undefined) return skip('no layer of the kernel was found here')
  const service = await openLoopback(({ path }) => ({ path }))
  onTestFinished(service.close)
  const opened = await openInstalledBundler()
  onTestFinished(opened.close)
  const bundle = await buildBundle(opened, '', installed('axios', 'jsonwebtoken', 'node-fetch', 'pg'))
  const egress = parseEgressRule(`127.0.0.1:${service.port}`)
  if (egress === undefined) throw new Error('not an egress rule')
  const pool = await openPool({ limits: processLimits({ egress, hardening, stuckMs: 15_000 }) })
  onTestFinished(pool.close)
  const head = `const axios = require('axios'); const jwt = require('jsonwebtoken'); const { Client } = require('pg')`
  const body = `
    const url = 'http://127.0.0.1:' + event.secrets.PORT
    const { data } = await axios.get(url + '/axios')
    const { default: fetched } = await import('node-fetch')
    const again = await (await fetched(url + '/fetched')).json()
    const refused = await new Client({ host: '127.0.0.1', port: 1 }).connect().catch((error) => error.code)
    claim('it', [data.path, again.path, jwt.verify(jwt.sign({ a: 1 }, 'k'), 'k').a, refused !== 'ECONNREFUSED'])`
  const [outcome] = await runActions(pool, opened, {
    code: action(head, body),
    secrets: { PORT: String(service.port) },
    bundle,
  })
  expect(claimsOf(outcome).it).toEqual(['/axios', '/fetched', 1, true])
})
