import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ConfigFault, environment, type RemoteFlags, type Setting, settings } from '../config.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import type { ExportOptions } from './export.ts'
import type { ImportOptions } from './import.ts'
import type { KeysOptions } from './keys.ts'
import type { LogsOptions } from './logs.ts'
import { addRemoteSettings } from './remote-command.ts'
import type { TokenOptions } from './token.ts'
import type { TryFlags } from './try.ts'

const packageFile = new URL('../../package.json', import.meta.url)
const { version }: { readonly version: string } = JSON.parse(readFileSync(packageFile, 'utf8'))

// Each command is loaded when it is asked for: what one needs is not waited for by another.
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
  const { dev } = await import('./dev.ts')
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
  const { serve } = await import('./serve.ts')
  process.exitCode = await serve(environment(), flags)
})

const tryCommand = program
  .command('try')
  .description('run one Action once in the sandbox against an event, and print what it makes of the token')
  .argument('<file>', "the Action's file, or its folder")
  .option('--event <file>', 'parts of the event, as JSON or YAML; an example stands for the rest')
  .option('--set <path=value>', 'one part of the event, such as client.metadata.tier=gold (may be repeated)', collect)
  .option(
    '--secret <NAME=value>',
    'a secret of the Action; others come from a .env beside it (may be repeated)',
    collect,
  )
  .option('--json', 'print the result as one JSON object')
  .addHelpText(
    'after',
    `
Exit status: 0 issued, 2 denied, 3 the Action failed, 64 bad usage, 1 it cannot be run here.

Examples:
  symbolon try examples/quickstart/actions/enrich-token --set client.metadata.team=orders
  symbolon try action.js --event event.yaml --secret API_KEY=example --json
`,
  )
tryCommand.action(async (file: string, flags: TryFlags) => {
  const { tryFile } = await import('./try.ts')
  process.exitCode = await tryFile(file, environment(), flags)
})

const doctorCommand = program
  .command('doctor')
  .description('check what a server with these settings would find on this machine, and say what to mend')
  .option('--json', 'print the checks as one JSON object')
addSettings(doctorCommand)
doctorCommand.action(async ({ json, ...flags }: Readonly<Record<string, string>> & { readonly json?: true }) => {
  const { doctor } = await import('./doctor.ts')
  process.exitCode = await doctor(environment(), flags, json === true)
})

const tokenCommand = program
  .command('token')
  .description('ask a running server for a token, and show what is in it')
  .option('--client <name>', 'a client of dev.json, by name or id (default: the first that has an audience)')
  .option('--audience <audience>', "the API the token is for (default: the client's first)")
  .option('--scope <scopes>', 'scopes to request, separated by spaces')
  .option('--organization <organization>', 'the organization the token is for, by id or name')
  .option('--param <name=value>', 'a further parameter of the request; may be repeated', collect)
  .option('--raw', 'print the token alone')
  .option('--json', 'print one JSON object')
  .addHelpText(
    'after',
    '\nExamples:\n  symbolon token --client partner-portal\n  curl -H "authorization: Bearer $(symbolon token --raw)" http://localhost:3000/orders\n',
  )
addRemoteSettings(tokenCommand).action(async (flags: TokenOptions & RemoteFlags) => {
  const { token } = await import('./token.ts')
  process.exitCode = await token(flags, environment(), flags)
})

const logsCommand = program
  .command('logs')
  .description("print the tenant's log of a running server, oldest first")
  .option('--follow', 'go on with what comes, until Ctrl-C')
  .option('--query <query>', "only the entries that a condition in Auth0's syntax is for")
  .option('--limit <count>', 'entries of the past, 0 to 1000 (default: 50)')
  .option('--all', 'the tokens too that commands like this one asked for to call the Management API')
  .option('--json', 'print one JSON object a line')
  .addHelpText('after', "\nExamples:\n  symbolon logs --follow\n  symbolon logs --query 'type:feccft' --limit 10\n")
addRemoteSettings(logsCommand).action(async (flags: LogsOptions & RemoteFlags) => {
  const { logs } = await import('./logs.ts')
  process.exitCode = await logs(flags, environment(), flags)
})

const exportCommand = program
  .command('export')
  .description('write the tenant of a running server into a folder (auth0-deploy-cli layout)')
  .argument('<dir>', 'the folder; it is made when absent')
  .option('--secret-placeholders', "write ##ACTION_SECRET## keywords in the place of secrets' values")
  .option('--prune', 'remove the files of objects that the server does not have')
  .option('--json', 'print one JSON object')
  .addHelpText('after', '\nExample:\n  symbolon export tenant --prune\n')
addRemoteSettings(exportCommand).action(async (dir: string, flags: ExportOptions & RemoteFlags) => {
  const { exportTenant } = await import('./export.ts')
  process.exitCode = await exportTenant(dir, flags, environment(), flags)
})

const importCommand = program
  .command('import')
  .description("make a running server's tenant what a folder says (auth0-deploy-cli layout, or its YAML file)")
  .argument('<dir>', 'the tenant folder')
  .option('--dry-run', 'only say what would be done')
  .option('--allow-delete', "delete what the folder lacks, among the kinds it holds; never the server's own")
  .option('--update-secrets', 'send the values of secrets that the server has already, too')
  .option('--json', 'print one JSON object')
  .addHelpText(
    'after',
    '\nExamples:\n  symbolon import tenant --dry-run\n  symbolon import tenant --url https://auth.example.com\n',
  )
addRemoteSettings(importCommand).action(async (dir: string, flags: ImportOptions & RemoteFlags) => {
  const { importFolder } = await import('./import.ts')
  process.exitCode = await importFolder(dir, flags, environment(), flags)
})

const keysCommand = program.command('keys').description('the signing keys of a running server')
const keysListCommand = keysCommand
  .command('list')
  .description('say which key signs, which comes next, and which are still published')
  .option('--json', 'print one JSON object')
  .addHelpText('after', '\nExample:\n  symbolon keys list\n')
addRemoteSettings(keysListCommand).action(async (flags: KeysOptions & RemoteFlags) => {
  const { listKeys } = await import('./keys.ts')
  process.exitCode = await listKeys(flags, environment(), flags)
})
const keysRotateCommand = keysCommand
  .command('rotate')
  .description('let the next key sign from now on; tokens that were issued stay valid')
  .option('--yes', 'do it without asking')
  .option('--json', 'print one JSON object')
  .addHelpText('after', '\nExample:\n  symbolon keys rotate --yes\n')
addRemoteSettings(keysRotateCommand).action(async (flags: KeysOptions & { readonly yes?: boolean } & RemoteFlags) => {
  const { rotateKeys } = await import('./keys.ts')
  process.exitCode = await rotateKeys(flags, environment(), flags)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = await report(error)
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

/** Gathers the values of an option that may be repeated. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
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
