/**
 * What an action sees, may ask for, and causes: the event, the api, the commands, and their fold into claims, target scopes or a denial.
 * Pure: no I/O, no clock, no randomness. Never runs code of an action itself (that is behind the port {@link Runner}) and never signs.
 */
export { type CredentialsExchangeAPI, type OpenApi, openApi, type Turn } from './api.ts'
export * from './command.ts'
export type * from './decision.ts'
export * from './drop.ts'
export * from './event.ts'
export * from './execution.ts'
export type * from './runner.ts'
export { SharedTriggerCache } from './shared-trigger-cache.ts'
export { type Denial, Transaction, type TransactionStart } from './transaction.ts'
export type { CacheChange, CacheRecord, CacheResult, CacheSnapshot } from './trigger-cache.ts'
