import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, type ExpectStatic, test } from 'vitest'
import type { Outcome } from '../../src/engine/index.ts'
import { isFull } from '../support/in-full.ts'
import { openPeers, type Peers } from '../support/peers.ts'
import { type ActionSource, invocation, type OpenPool, openPool, processLimits } from '../support/runner.ts'
import { type Expected, readExpected } from './expected.ts'
import { isAlive } from './processes.ts'

const folder = import.meta.dirname
const attacks = (await readdir(folder)).filter((name) => name.endsWith('.js')).sort()
/** Every sixth one, unless all are asked for. */
const slice = isFull ? attacks : attacks.filter((_name, index) => index % 6 === 0)

const deadlineMs = 2_500
/** How long after its deadline an execution may be answered: the machine may be busy, the server is not. */
const slackMs = 1_000
/** What an attack must not find, wherever it looks. */
const canary = 'canary-3b1f9c'
const bystanderSecret = `bystander-${canary}`

/** Sets one claim out of its event and its secret: what an attack must neither change nor read. */
const bystander: ActionSource = {
  code: `exports.onExecuteCredentialsExchange = async (event, api) => {
  console.log('bystander', event.client)
  api.accessToken.setCustomClaim('bystander', { plan: event.client.metadata.plan, secret: event.secrets.BYSTANDER.length })
}`,
  secrets: { BYSTANDER: bystanderSecret },
}
const bystanderClaim = { plan: 'gold', secret: bystanderSecret.length }

/** One exchange asks for the attack, the ones around it for nothing, a last one for what the attack has found out since. */
type Phase = 'attack' | 'harmless' | 'report'

/** The action as it stands in its file, kept from attacking where an exchange does not ask for it. */
function gated(code: string): string {
  return `${code}
;{
  const { onExecuteCredentialsExchange, report } = module.exports
  const phases = { attack: onExecuteCredentialsExchange, harmless: undefined, report }
  module.exports.onExecuteCredentialsExchange = async (event, api) => phases[event.request.body.phase]?.(event, api)
}`
}

let dataFolder: string
/** Serves another group of actions, for the whole of the run. */
let others: OpenPool

beforeAll(async () => {
  // An action would find it in its own environment if the server handed that on.
  process.env.SYMBOLON_CANARY = canary
  dataFolder = await mkdtemp(join(tmpdir(), 'symbolon-data-'))
  await writeFile(join(dataFolder, 'config.db'), canary)
  others = await openPool()
})

afterAll(async () => {
  await others.close()
  await rm(dataFolder, { recursive: true, force: true })
})

describe.concurrent('a hostile action', () => {
  test('is one of at least a hundred and twenty', ({ expect }) => expect(attacks.length).toBeGreaterThanOrEqual(120))

  test.for(slice)('%s ends as declared, alone', async (name, { expect }) => {
    const code = await readFile(join(folder, name), 'utf8')
    const expected = readExpected(name, code)
    const pids = new Set<number>()
    // Servers on loopback and a unix socket, which no action may reach under this rule.
    const canaries = await openPeers()
    const opened = await openPool({
      limits: processLimits({ egress: { kind: 'public' }, heapMiB: 64 }),
      events: {
        onSpawn: (pid) => pid !== undefined && pids.add(pid),
        onEnd: () => {},
        onBreaker: () => {},
        onLate: () => {},
        onDefect: () => {},
      },
    })
    try {
      await attack(opened, canaries, code, expected, expect)
      // The test's own knock comes after whatever the action sent.
      expect(await (await fetch(`http://127.0.0.1:${canaries.port}/`)).text()).toBe('reached')
      expect(canaries.arrived).toBe(1)
    } finally {
      await canaries.close()
      for (const pid of opened.pool.pids) pids.add(pid)
      await opened.close()
    }
    await expect.poll(() => [...pids].filter(isAlive), { timeout: 5_000 }).toEqual([])
  })
})

async function attack(
  opened: OpenPool,
  canaries: Peers,
  code: string,
  expected: Expected,
  expect: ExpectStatic,
): Promise<void> {
  const versions = opened.bind({ code: gated(code), secrets: { OWN: 'own' } }, bystander)
  const elsewhere = others.bind(bystander)
  const exchange = (pool: OpenPool, of: typeof versions, phase: Phase): Promise<readonly Outcome[]> => {
    const plain = invocation(of)
    const body = {
      phase,
      caller: `caller-${canary}`,
      data: dataFolder,
      parent: process.pid,
      canary_port: canaries.port,
      canary_udp_port: canaries.udpPort,
      canary_socket: canaries.socketPath,
    }
    const varying = { ...plain.varying, request: { ...plain.varying.request, body } }
    return pool.pool.invoke({ ...plain, varying, deadlineMs: phase === 'attack' ? deadlineMs : 10_000 })
  }
  const untouched = (outcomes: readonly Outcome[]): void => {
    expect(
      outcomes.map(({ kind }) => kind),
      JSON.stringify(outcomes),
    ).not.toContain('threw')
    expect(claimsOf(outcomes.at(-1))).toEqual({ bystander: bystanderClaim })
  }

  await opened.pool.prepare(versions)
  await others.pool.prepare(elsewhere)
  if (!expected.atLoad) untouched(await exchange(opened, versions, 'harmless'))

  const startedAt = Date.now()
  const attacked = exchange(opened, versions, 'attack')
  const beside = [exchange(opened, versions, 'harmless')]
  const elsewhereBeside = [exchange(others, elsewhere, 'harmless')]
  const more = setInterval(() => {
    beside.push(exchange(opened, versions, 'harmless'))
    elsewhereBeside.push(exchange(others, elsewhere, 'harmless'))
  }, 200)
  const outcomes = await attacked
  clearInterval(more)
  const took = Date.now() - startedAt

  expect([expected.outcome, expected.orElse], JSON.stringify(outcomes[0])).toContain(outcomes[0]?.kind)
  expect(took).toBeLessThan(deadlineMs + slackMs)
  if (expected.outcome === 'completed') {
    expect(claimsOf(outcomes[0]), JSON.stringify(claimsOf(outcomes[0]))).toEqual(expected.claims)
    untouched(outcomes)
  }

  // Right after it, of the same group and of another.
  if (!expected.atLoad) untouched(await exchange(opened, versions, 'harmless'))
  untouched(await exchange(others, elsewhere, 'harmless'))
  for (const other of await Promise.all(elsewhereBeside)) untouched(other)
  for (const sibling of await Promise.all(beside)) {
    // What a process had taken when it was lost ends closed; nothing ends with other claims than it should.
    if (expected.besideServed || sibling.every(({ kind }) => kind === 'completed')) untouched(sibling)
  }
  if (expected.later !== undefined) {
    const [own, neighbours] = await exchange(opened, versions, 'report')
    const later = claimsOf(own)
    expect(later, JSON.stringify(later)).toEqual(expected.later)
    expect(claimsOf(neighbours)).toEqual({ bystander: expected.neighbour ?? bystanderClaim })
  }
}

function claimsOf(outcome: Outcome | undefined): Record<string, unknown> {
  if (outcome?.kind !== 'completed') throw new Error(`not completed: ${JSON.stringify(outcome)}`)
  return Object.fromEntries(
    outcome.commands.flatMap((command) => (command.type === 'set-claim' ? [[command.name, command.value]] : [])),
  )
}
