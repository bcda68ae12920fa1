/**
 * What other servers embed: the trigger's engine, with the port behind which a server of theirs runs the actions.
 */
export * from './engine/index.ts'
