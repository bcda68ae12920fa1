/**
 * What an action sees, may ask for, and causes: the event, the api, the commands, and their fold into claims, target scopes or a denial.
 * Pure: no I/O, no clock, no randomness. Never runs code of an action itself (that is behind the port {@link Runner}) and never signs.
 */
export type * from './command.ts'
export type * from './decision.ts'
export * from './drop.ts'
export type * from './runner.ts'
