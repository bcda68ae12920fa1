/**
 * What authors of actions work with on their own machine: an action found on disk with its secrets, packages and modules or made of a Hook, an
 * event made of what is given, a run of it in the sandbox, cases that say what must come of it, and the types an editor checks it against.
 * Decides what a case is and whether it holds; never runs an action itself (that is `compose-try`'s), never reads the process's environment and
 * never prints: commands and test runners do.
 */
export type { ActionCase } from './case.ts'
export { type CaseLine, caseLines } from './case-lines.ts'
export { exampleTenantOf } from './example-tenant.ts'
export { AuthoringFault, FormFault } from './fault.ts'
export { codeNames, type FoundAction, findAction, kindOf, shown, tenantRootOf } from './find-action.ts'
export { folderOfCases } from './find-cases.ts'
export { assignment, type GivenParts, givenEvent, type PastEvent } from './given-event.ts'
export { actionOfHook, type HookAction } from './hook.ts'
export type { Mismatch } from './judge.ts'
export { CoverageTally, type FileCoverage } from './line-coverage.ts'
export { loadCases } from './load-cases.ts'
export {
  type CodeFile,
  type CodeFiles,
  type CodePlace,
  causeLines,
  excerptOf,
  inOwnFiles,
  ownStack,
  placeOf,
} from './places.ts'
export { reportOf, type TryReport } from './report.ts'
export { failureLines, saidLines } from './report-lines.ts'
export type { CaseResult } from './run-case.ts'
export { writtenLines } from './written.ts'
