import { AssertionError } from 'node:assert'
import { type Json, openTries } from '../compose-try.ts'
import { type Environment, environment as environmentOfProcess, readConfig } from '../config.ts'
import { createObserver } from '../observe.ts'
import { ActionFinder } from './action-finder.ts'
import type { ActionCase, CaseGiven } from './case.ts'
import { readGiven } from './case-form.ts'
import { caseLines } from './case-lines.ts'
import { planRun } from './case-plan.ts'
import { AuthoringFault, FormFault } from './fault.ts'
import { placeOfAction } from './find-cases.ts'
import { prepareOutbound } from './outbound-stubs.ts'
import { readCaseFiles } from './read-cases.ts'
import { type CaseResult, runCases } from './run-case.ts'
import { type CaseRun, runPlan } from './run-plan.ts'

export type { ActionCase, CaseGiven, Expectation } from './case.ts'
export type { OutboundRequest, OutboundStub } from './outbound-stubs.ts'
export type { CaseRun } from './run-plan.ts'

/** Where settings, and secrets without a value of their own, come from. */
export interface SandboxOptions {
  /** In place of the process's environment. The names are those of the commands' settings, such as `EXECUTION_DEADLINE_MS`. */
  readonly environment?: Environment
}

/** What a run is given; its clock may be a `Date`. */
export type RunGiven = Omit<CaseGiven, 'clock'> & { readonly clock?: CaseGiven['clock'] | Date }

/** The sandbox of `symbolon dev` and `serve`, for tests. Each run has a fresh process in it. */
export interface Sandbox {
  /**
   * Runs an action once, by its file or its folder, and tells what came of it. An action that throws or denies is a result, not a rejection.
   * Rejects for an action that is not there, for what is given amiss, and where no process can be started. Values of secrets stand where they came.
   *
   * ```js
   * const run = await sandbox.run('actions/enrich-token', { event: { client: { metadata: { team: 'orders' } } } })
   * assert.equal(run.result, 'issued')
   * assert.equal(run.claims['https://orders.example.com/team'], 'orders')
   * ```
   */
  run(action: string, given?: RunGiven): Promise<CaseRun>
  /**
   * Holds a case, or all cases of a path, against what comes of them. Rejects with an `AssertionError` that says what did not come, its `expected`
   * and `actual` by member; no value of a secret is in it. A case that is skipped is not run.
   *
   * ```js
   * await sandbox.check('actions/enrich-token/cases')
   * ```
   */
  check(cases: string | ActionCase): Promise<void>
  /** Ends what runs. Nothing keeps the process alive afterwards. */
  close(): Promise<void>
}

/**
 * Opens a sandbox for the tests of a file. It reads the settings that the commands read. Rejects with one sentence when the sandbox cannot be had
 * as they want it; `symbolon doctor` says what to mend.
 *
 * ```js
 * import { after, test } from 'node:test'
 * import { openSandbox, readCases } from 'symbolon/testing'
 *
 * const sandbox = await openSandbox()
 * after(() => sandbox.close())
 * for (const each of await readCases('tenant')) test(each.name, { skip: each.skip }, () => sandbox.check(each))
 * ```
 */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const environment = options.environment ?? environmentOfProcess()
  const config = readConfig(environment)
  prepareOutbound()
  const tries = await openTries({ config, observer: createObserver({ level: 'silent' }) })
  const runner = { tries, ...(config.tenant !== undefined && { tenant: config.tenant }) }
  return {
    run: async (action, given = {}) => {
      // As a file would hold it: a date is written out, and what is undefined is not there.
      const written: Json = JSON.parse(JSON.stringify(given))
      const checked = readGiven(written)
      demand(checked.faults)
      const place = await placeOfAction(action)
      const isNamed = checked.given.actions !== undefined || place.actionPath !== undefined
      if (!isNamed) throw new FormFault(`${action} is no Action: give its file or its folder`)
      const { plan, faults, others } = await planRun(checked.given, place, new ActionFinder(environment))
      demand([...faults, ...others.map((message) => ({ message }))])
      if (plan === undefined) throw new Error(`${action} cannot be run, without a reason`)
      return (await runPlan(plan, runner)).run
    },
    check: async (cases) => {
      const checked = typeof cases === 'string' ? (await readCaseFiles(cases, environment)).cases : [cases]
      const failed = (await runCases(checked, runner, () => undefined)).filter(({ status }) => status === 'failed')
      if (failed.length > 0) throw failureOf(failed)
    },
    close: () => tries.close(),
  }
}

/**
 * Reads the cases of a tenant folder, of an action's folder or file, or of one file of cases. Rejects with everything that is wrong with any of
 * them, and where there is none.
 */
export async function readCases(path: string, options: SandboxOptions = {}): Promise<readonly ActionCase[]> {
  return (await readCaseFiles(path, options.environment ?? environmentOfProcess())).cases
}

function demand(faults: readonly { readonly message: string }[]): void {
  if (faults.length > 0) throw new AuthoringFault(faults.map(({ message }) => message).join('\n'))
}

/** What test runners show: the message, and a difference of what was expected and what came. */
function failureOf(failed: readonly CaseResult[]): AssertionError {
  const texts = failed.map((result) => [result.of.name, ...caseLines(result).map(({ text }) => `  ${text}`)].join('\n'))
  const side = (name: 'expected' | 'came') =>
    Object.fromEntries(
      failed.map(({ of, mismatches }) => [
        of.name,
        Object.fromEntries(mismatches.map((each) => [each.member, each[name]])),
      ]),
    )
  const only = failed.length === 1 ? failed[0]?.of.name : undefined
  const [expected, actual] = [side('expected'), side('came')]
  return new AssertionError({
    message: texts.join('\n\n'),
    ...{ expected: only === undefined ? expected : expected[only], actual: only === undefined ? actual : actual[only] },
    operator: 'deepStrictEqual',
  })
}
