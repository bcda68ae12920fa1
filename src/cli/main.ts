import { ConfigFault } from '../config.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import { program } from './program.ts'

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = await report(error)
}

/** One line for whoever typed the command; a stack only for a defect of ours. */
async function report(error: unknown): Promise<number> {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
    return 'exitCode' in error && error.exitCode === 0 ? exitStatus.done : exitStatus.usage
  }
  // Loaded for what it is about alone: it is the door of a room.
  const { AuthoringFault, FormFault } = await import('../authoring/index.ts')
  if (error instanceof ConfigFault || error instanceof CommandFault || error instanceof AuthoringFault) {
    for (const line of error.message.split('\n')) process.stderr.write(`symbolon: ${line}\n`)
    const isUsage = [ConfigFault, UsageFault, FormFault].some((fault) => error instanceof fault)
    return isUsage ? exitStatus.usage : exitStatus.failed
  }
  process.stderr.write(`symbolon: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return exitStatus.failed
}
