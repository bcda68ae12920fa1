import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bundle } from '../../src/domain/index.ts'
import { parseEgressRule } from '../../src/domain/index.ts'
import type { Outcome } from '../../src/engine/index.ts'
import { buildPrograms, type Hardening, probeHardening } from '../../src/runner/index.ts'
import type { OpenBundler } from '../support/bundler.ts'
import { invocation, type OpenPool, openPool, processLimits, programsFolder } from '../support/runner.ts'

/** Code with what it needs to run. */
export interface PackagedCode {
  readonly code: string
  readonly secrets?: Record<string, string>
  readonly bundle?: Bundle
  readonly modules?: readonly (PackagedCode & { readonly name: string })[]
}

let probed: Promise<Hardening> | undefined

/** What a server of these tests' user finds around its actions: used, as it is unless an operator says otherwise. */
async function probe(): Promise<Hardening> {
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-probe-'))
  try {
    await chmod(folder, 0o755)
    const { launcher } = await buildPrograms(programsFolder())
    return await probeHardening({ node: process.execPath, launcher, folder })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A pool whose actions may connect to the given ports of the loopback, and nowhere else, behind every layer that this system has. */
export async function openPackagePool(...ports: readonly number[]): Promise<OpenPool> {
  const egress = parseEgressRule(ports.length === 0 ? 'none' : ports.map((port) => `127.0.0.1:${port}`).join(','))
  if (egress === undefined) throw new Error('not an egress rule')
  // A busy machine is not what is tested.
  probed ??= probe()
  return openPool({ limits: processLimits({ egress, stuckMs: 15_000, hardening: await probed }) })
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
