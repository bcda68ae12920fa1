/**
 * The nouns and their rules: what a client, an API, a grant, an action or a log entry is, and what is legal for it.
 * Decides nothing about a request and never reads a clock, a file or a socket; imports no other room.
 */
export * from './action.ts'
export * from './action-content.ts'
export * from './action-module.ts'
export * from './binding.ts'
export * from './client.ts'
export * from './client-grant.ts'
export * from './clock.ts'
export * from './egress.ts'
export * from './exchange.ts'
export * from './guesses.ts'
export * from './id.ts'
export * from './json.ts'
export * from './limits.ts'
export * from './log-event.ts'
export * from './organization.ts'
export * from './resource-server.ts'
export * from './scope.ts'
export * from './snapshot.ts'
export * from './tenant.ts'
