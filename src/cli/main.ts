import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ConfigFault, environment, type Setting, settings } from '../config.ts'
import { dev } from './dev.ts'
import { doctor } from './doctor.ts'
import { CommandFault, exitStatus } from './exit.ts'
import { serve } from './serve.ts'

const packageFile = new URL('../../package.json', import.meta.url)
const { version }: { readonly version: string } = JSON.parse(readFileSync(packageFile, 'utf8'))

const program = new Command('symbolon')
  .description('Issues OAuth 2.0 machine-to-machine tokens and runs Auth0 credentials-exchange Actions unchanged.')
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })

const devCommand = program
  .command('dev')
  .description(
    'serve a tenant folder (auth0-deploy-cli layout, or its YAML file) on this machine, and follow its changes',
  )
  .argument('<dir>', 'the tenant folder')
  .addHelpText('after', '\nExample:\n  symbolon dev examples/quickstart --port 4400\n')
addSettings(devCommand)
devCommand.action(async (dir: string, flags: Readonly<Record<string, string>>) => {
  process.exitCode = await dev(dir, environment(), flags)
})

const serveCommand = program
  .command('serve')
  .description('serve what DATA_DIR holds, in production: needs DOMAIN, TENANT and a sealing key')
  .addHelpText(
    'after',
    '\nExample:\n  SEALING_KEY_FILE=sealing.key symbolon serve --domain auth.example.com --tenant example\n',
  )
addSettings(serveCommand)
serveCommand.action(async (flags: Readonly<Record<string, string>>) => {
  process.exitCode = await serve(environment(), flags)
})

const doctorCommand = program
  .command('doctor')
  .description('check what a server with these settings would find on this machine, and say what to mend')
  .option('--json', 'print the checks as one JSON object')
addSettings(doctorCommand)
doctorCommand.action(async ({ json, ...flags }: Readonly<Record<string, string>> & { readonly json?: true }) => {
  process.exitCode = await doctor(environment(), flags, json === true)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Every setting that may be a flag, as an option of a command. */
function addSettings(command: Command): void {
  for (const setting of Object.values<Setting<unknown>>(settings)) {
    if (setting.flag === undefined) continue
    command.option(
      `${setting.flag} <value>`,
      `${setting.sentence} (${setting.accepts}; default: ${setting.defaultText})`,
    )
  }
}

/** One line for whoever typed the command; a stack only for a defect of ours. */
function report(error: unknown): number {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
    return 'exitCode' in error && error.exitCode === 0 ? exitStatus.done : exitStatus.usage
  }
  if (error instanceof ConfigFault || error instanceof CommandFault) {
    for (const line of error.message.split('\n')) process.stderr.write(`symbolon: ${line}\n`)
    return error instanceof ConfigFault ? exitStatus.usage : exitStatus.failed
  }
  process.stderr.write(`symbolon: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return exitStatus.failed
}
