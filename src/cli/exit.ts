/** Exit statuses of every command. */
export const exitStatus = { done: 0, failed: 1, usage: 64 } as const

/** A command cannot go on for a reason its user can mend: printed as it is, without a stack. */
export class CommandFault extends Error {}
