import type { Bundle } from '../../src/domain/index.ts'
import { parseEgressRule } from '../../src/domain/index.ts'
import type { Outcome } from '../../src/engine/index.ts'
import type { OpenBundler } from '../support/bundler.ts'
import { invocation, type OpenPool, openPool, processLimits } from '../support/runner.ts'

/** Code with what it needs to run. */
export interface PackagedCode {
  readonly code: string
  readonly secrets?: Record<string, string>
  readonly bundle?: Bundle
  readonly modules?: readonly (PackagedCode & { readonly name: string })[]
}

/** A pool whose actions may connect to the given ports of the loopback, and nowhere else. */
export function openPackagePool(...ports: readonly number[]): Promise<OpenPool> {
  const egress = parseEgressRule(ports.length === 0 ? 'none' : ports.map((port) => `127.0.0.1:${port}`).join(','))
  if (egress === undefined) throw new Error('not an egress rule')
  // A busy machine is not what is tested.
  return openPool({ limits: processLimits({ egress, stuckMs: 15_000 }) })
}

/** Runs actions once, in order, in the real sandbox. */
export async function runActions(
  { pool, bind }: OpenPool,
  { root }: OpenBundler,
  ...actions: readonly PackagedCode[]
): Promise<readonly Outcome[]> {
  const laid = ({ code, secrets = {}, bundle }: PackagedCode) => ({
    code,
    secrets,
    ...(bundle !== undefined && { bundle: { hash: bundle.hash, path: `${root}/${bundle.hash}` } }),
  })
  const sources = actions.map((action) => ({
    ...laid(action),
    modules: (action.modules ?? []).map((module) => ({ ...laid(module), name: module.name })),
  }))
  const versions = bind(...sources)
  await pool.prepare(versions)
  return pool.invoke(invocation(versions, { deadlineMs: 20_000 }))
}

/** The claims of a completed outcome; throws with the outcome when it is another. */
export function claimsOf(outcome: Outcome | undefined): Record<string, unknown> {
  if (outcome?.kind !== 'completed') throw new Error(`not completed: ${JSON.stringify(outcome)}`)
  return Object.fromEntries(
    outcome.commands.flatMap((command) => (command.type === 'set-claim' ? [[command.name, command.value]] : [])),
  )
}

/** An action: its `require`s, and the body of its handler. `claim` sets a claim. */
export function action(head: string, body: string): string {
  return `${head}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const claim = (name, value) => api.accessToken.setCustomClaim(name, value)
  ${body}
}`
}
