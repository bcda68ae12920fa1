import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { parseEgressRule } from '../../src/domain/index.ts'
import { type DnsServer, openDnsServer } from '../support/dns.ts'
import { openPeers, type Peers } from '../support/peers.ts'
import { invocation, type OpenPool, openPool, processLimits } from '../support/runner.ts'

const source = await readFile(join(import.meta.dirname, 'ways.js'), 'utf8')

/** One process under a rule, with servers of the test around it. */
export interface World {
  readonly peers: Peers
  readonly dns: DnsServer
  /** What came back by one way out, or `{code, message}` of its error. */
  go(way: string, given: Record<string, unknown>): Promise<unknown>
}

/** Opens a world for a block of tests; `PORT` in the rule stands for the port of its HTTP server, `UDP` for that of the other. */
export function under(rule: string): World {
  let world: World | undefined
  let opened: OpenPool | undefined
  beforeAll(async () => {
    const peers = await openPeers()
    const dns = await openDnsServer('127.0.0.1')
    const egress = parseEgressRule(rule.replaceAll('PORT', `${peers.port}`).replaceAll('UDP', `${peers.udpPort}`))
    if (egress === undefined) throw new Error(`no rule: ${rule}`)
    const pool = await openPool({ limits: processLimits({ egress }) })
    opened = pool
    world = {
      peers,
      dns,
      go: wayOf(pool),
    }
  })
  afterAll(async () => {
    await opened?.close()
    await world?.peers.close()
    world?.dns.close()
  })
  const present = (): World => {
    if (world === undefined) throw new Error('not open')
    return world
  }
  return {
    get peers() {
      return present().peers
    },
    get dns() {
      return present().dns
    },
    go: (way, given) => present().go(way, given),
  }
}

/** Runs the action once, by one way out, and reads how that ended. */
export function wayOf({ pool, bind }: OpenPool): World['go'] {
  const versions = bind(source)
  return async (way, given) => {
    const plain = invocation(versions)
    const request = { ...plain.varying.request, body: { way, given } }
    const [outcome] = await pool.invoke({ ...plain, varying: { ...plain.varying, request } })
    if (outcome?.kind !== 'completed') throw new Error(`not completed: ${JSON.stringify(outcome)}`)
    const [command] = outcome.commands
    if (command?.type !== 'set-claim') throw new Error(`no claim: ${JSON.stringify(outcome)}`)
    return command.value
  }
}

/** An error that names what was tried, the rule and the way out. */
export function refused(attempt: string | RegExp, rule: RegExp = /.+/): object {
  const tried = typeof attempt === 'string' ? attempt.replaceAll(/[.[\]]/g, '\\$&') : attempt.source
  return {
    code: 'ERR_ACCESS_DENIED',
    message: expect.stringMatching(
      new RegExp(`^${tried} is outside the egress rule "${rule.source}"; an operator can allow it with RUNNER_EGRESS$`),
    ),
  }
}
