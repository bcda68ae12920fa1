/**
 * What authors of actions work with on their own machine: an action found on disk with its secrets, packages and modules, an event made of what
 * is given, a run of it in the sandbox, cases that say what must come of it, and the types an editor checks it against.
 * Decides what a case is and whether it holds; never runs an action itself (that is `compose-try`'s), never reads the process's environment and
 * never prints: commands and test runners do.
 */
export { AuthoringFault, FormFault } from './fault.ts'
export { type FoundAction, findAction } from './find-action.ts'
export { assignment, type GivenParts, givenEvent } from './given-event.ts'
export { reportOf, type TryReport } from './report.ts'
