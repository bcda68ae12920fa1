import type { CodeCoverage, Json } from '../compose-try.ts'
import type { ActionCase } from './case.ts'
import { type SecretHider, secretHider } from './hide-secrets.ts'
import { judge, type Mismatch } from './judge.ts'
import { type TryReport, withoutSecrets } from './report.ts'
import { type PlanRunner, runPlan } from './run-plan.ts'

/** What became of a case. No value of a secret is in it. */
export interface CaseResult {
  readonly of: ActionCase
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Milliseconds that it took, its process and all. */
  readonly ms: number
  /** What did not come, where it failed. */
  readonly mismatches: readonly Mismatch[]
  /** What is said of its run, where there was one. */
  readonly report?: TryReport
  /** `METHOD URL` of each outbound request. */
  readonly requests: readonly string[]
  readonly coverage: readonly CodeCoverage[]
}

/** Runs a case once and holds what came against what it expects. One that is skipped is not run. Rejects when nothing can be run here. */
export async function runCase(of: ActionCase, runner: PlanRunner): Promise<CaseResult> {
  if (of.skip !== undefined) return { of, status: 'skipped', ms: 0, mismatches: [], requests: [], coverage: [] }
  const startedAt = performance.now()
  const { run, report, coverage } = await runPlan(of.plan, runner)
  const hider = secretHider(of.plan.actions)
  const mismatches = judge(of.expect, run).map((mismatch) => hidden(mismatch, hider))
  return {
    of,
    status: mismatches.length === 0 ? 'passed' : 'failed',
    ms: Math.round(performance.now() - startedAt),
    mismatches,
    report: withoutSecrets(report, hider),
    requests: run.requests.map(({ method, url }) => hider.text(`${method} ${url}`)),
    coverage,
  }
}

function hidden({ member, expected, came, note }: Mismatch, { text, json }: SecretHider): Mismatch {
  const side = (value: Json | undefined, name: 'expected' | 'came') => value !== undefined && { [name]: json(value) }
  return {
    member: text(member),
    ...side(expected, 'expected'),
    ...side(came, 'came'),
    ...(note !== undefined && { note }),
  }
}

/** Cases at a time: the sandbox runs as many, and what waits for a process need not wait for the one before. */
const casesAtOnce = 2

/** Runs cases, each in a process of its own, and tells of each in their order as soon as those before it are told. Rejects as {@link runCase} does. */
export async function runCases(
  cases: readonly ActionCase[],
  runner: PlanRunner,
  onResult: (result: CaseResult) => void,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = []
  const ended = new Map<number, CaseResult>()
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < cases.length; index = next++) {
      const of = cases[index]
      if (of === undefined) return
      ended.set(index, await runCase(of, runner))
      for (let told = ended.get(results.length); told !== undefined; told = ended.get(results.length)) {
        results.push(told)
        onResult(told)
      }
    }
  }
  await Promise.all(Array.from({ length: casesAtOnce }, work))
  return results
}
