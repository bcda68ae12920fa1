/**
 * Measures how much longer exchanges of the same group wait while hostile ones run in it: the same load with and without an attack, for each
 * kind of attack. Asserts nothing.
 */
import { invocation, line, openPool } from './pool.ts'
import { action } from './tenant.ts'

const attacks: Readonly<Record<string, string>> = {
  'never settles': 'await new Promise(() => {})',
  'loop before an await': 'for (;;);',
  'loop after an await': 'await null; for (;;);',
  'heap bomb': 'const all = []; for (;;) all.push(new Array(1000).fill(all.length))',
  'Buffer bomb': `const all = []; for (;;) { all.push(Buffer.alloc(8 << 20, 1)); await new Promise(setImmediate) }`,
  'catastrophic regex': `/^(a+)+$/.test('a'.repeat(40) + '!')`,
  'process.exit': 'process.exit(1)',
  'console flood': `for (let i = 0; i < 200_000; i++) console.log('x'.repeat(200))`,
  'throws late': `setTimeout(() => { throw new Error('late') }, 1)`,
}

const elsewhere = `exports.onExecuteCredentialsExchange = async (event, api) => { api.accessToken.setCustomClaim('a', event.client.name) }`
const secondsEach = Number(process.argv[2] ?? 4)

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
}

for (const [name, body] of Object.entries(attacks)) {
  // Two groups, as two isolated actions or the versions before and after a deployment: the attack in one, those that wait in both.
  const bench = await openPool({ maxProcesses: 2, events: silent() })
  const { pool } = bench
  const gated = `exports.onExecuteCredentialsExchange = async (event, api) => { if (event.request.body.attack) { ${body} } }`
  const same = bench.bind({ code: action, secrets: { TIER: 'x' } }, { code: gated, secrets: {} })
  const other = bench.bind({ code: elsewhere, secrets: {} })
  await pool.prepare(same)
  await pool.prepare(other)
  for (let i = 0; i < 2_000; i++) await pool.invoke(invocation(other))
  await new Promise((resolve) => setTimeout(resolve, 500))
  const load = async (isAttacked: boolean) => {
    const waits: number[] = []
    const siblings = { served: 0, failed: 0 }
    const until = performance.now() + secondsEach * 1_000
    let isDone = false
    const attacking = (async () => {
      while (isAttacked && !isDone) {
        const one = invocation(same)
        const request = { ...one.varying.request, body: { attack: true } }
        await pool.invoke({ ...one, varying: { ...one.varying, request }, deadlineMs: 1_000 })
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    })()
    while (performance.now() < until) {
      const startedAt = performance.now()
      const sibling = pool.invoke({ ...invocation(same), deadlineMs: 5_000 }).then((outcomes) => {
        siblings[outcomes.at(-1)?.kind === 'completed' ? 'served' : 'failed'] += 1
      })
      const [outcome] = await pool.invoke(invocation(other))
      if (outcome?.kind !== 'completed') throw new Error(JSON.stringify(outcome))
      waits.push(performance.now() - startedAt)
      await Promise.race([sibling, new Promise((resolve) => setTimeout(resolve, 5))])
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    isDone = true
    await attacking
    return { waits, siblings }
  }
  const calm = await load(false)
  const attacked = await load(true)
  const longer = (share: number) => percentile(attacked.waits, share) - percentile(calm.waits, share)
  line(`other exchanges during: ${name}`, `p99 ${longer(0.99).toFixed(1)} ms longer`, 'bar 25 ms')
  const { served, failed } = attacked.siblings
  line(
    '',
    `worst ${longer(0.9999).toFixed(1)} ms longer`,
    `of the same group ${served} served, ${failed} failed closed`,
  )
  bench.close()
}

function silent() {
  const nothing = () => undefined
  return { onSpawn: nothing, onEnd: nothing, onBreaker: nothing, onLate: nothing, onDefect: nothing }
}
