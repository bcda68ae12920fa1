/**
 * Measures how much longer the first execution in a process that stands ready takes than a warm one: of a small action, and of one with npm
 * packages. Packages come from a registry in this process, served out of the installed ones. Asserts nothing.
 */
import type { Bundle } from '../src/domain/index.ts'
import { openBundler } from '../test/support/bundler.ts'
import { openRegistry } from '../test/support/registry.ts'
import { invocation, line, median, openPool } from './pool.ts'
import { action } from './tenant.ts'

const rounds = Number(process.argv[2] ?? 15)

const withPackages = `const axios = require('axios')
const jwt = require('jsonwebtoken')
const _ = require('lodash')
exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('seen', _.size(event.client.metadata) + typeof axios.get + typeof jwt.sign)
}`

async function measure(
  name: string,
  code: string,
  bar: string,
  bundle?: { hash: string; path: string },
): Promise<void> {
  const bench = await openPool()
  const { pool } = bench
  const first: number[] = []
  const warm: number[] = []
  const content = { code, secrets: { TIER: 'gold' }, ...(bundle === undefined ? {} : { bundle }) }
  const time = async (versions: Parameters<typeof invocation>[0]) => {
    const startedAt = performance.now()
    const [outcome] = await pool.invoke(invocation(versions))
    if (outcome?.kind !== 'completed') throw new Error(JSON.stringify(outcome))
    return performance.now() - startedAt
  }
  // The host itself is warm: what is measured is the process.
  const before = bench.bind(content)
  for (let i = 0; i < 3_000; i++) await time(before)
  for (let round = 0; round < rounds; round++) {
    const versions = bench.bind(content)
    await pool.prepare(versions)
    // Its stand-by is started now; a deployment is over by then.
    await new Promise((resolve) => setTimeout(resolve, 400))
    first.push(await time(versions))
    for (let i = 0; i < 200; i++) await time(versions)
    warm.push(await time(versions))
    pool.retain(versions)
  }
  bench.close()
  const longer = median(first) - median(warm)
  line(`first call, ${name}`, `${longer.toFixed(1)} ms longer`, bar)
  line('', `${median(first).toFixed(2)}, warm ${median(warm).toFixed(2)} ms`, '')
}

await measure('a small Action', action, 'bar 5 ms')
const registry = await openRegistry()
const { bundler, close } = await openBundler(registry.url)
try {
  const dependencies = ['axios', 'jsonwebtoken', 'lodash'].map((name) => ({ name, version: 'latest' }))
  const build = await bundler.build({ code: withPackages, dependencies, runtime: 'node22' })
  if (build.status !== 'built' || build.bundle === undefined) throw new Error(JSON.stringify(build))
  const bundle: Bundle = build.bundle
  const path = await bundler.restore(bundle)
  await measure('with axios, jsonwebtoken, lodash', withPackages, 'bar 60 ms', { hash: bundle.hash, path })
} finally {
  await close()
  await registry.close()
}
