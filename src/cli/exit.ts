/** Exit statuses of every command; `denied` and `actionFailed` are those of one that runs an action, `couldNotRun` that of one that runs cases. */
export const exitStatus = { done: 0, failed: 1, denied: 2, actionFailed: 3, couldNotRun: 3, usage: 64 } as const

/** A command cannot go on for a reason its user can mend: printed as it is, without a stack. */
export class CommandFault extends Error {}

/** A command was told what it does not take: a fault of that kind that ends with the status of bad usage. */
export class UsageFault extends CommandFault {}
