import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { environment, type RemoteFlags, type Setting, settings } from '../config.ts'
import type { DevOptions } from './dev.ts'
import type { ExportOptions } from './export.ts'
import type { ImportOptions } from './import.ts'
import type { InitOptions } from './init.ts'
import type { KeysOptions } from './keys.ts'
import type { LogsOptions } from './logs.ts'
import { addRemoteSettings } from './remote-command.ts'
import type { TestFlags } from './test.ts'
import type { TokenOptions } from './token.ts'
import type { TryFlags } from './try.ts'

const packageFile = new URL('../../package.json', import.meta.url)
const { version }: { readonly version: string } = JSON.parse(readFileSync(packageFile, 'utf8'))

/**
 * Every command with its arguments and options. Parsing a command line runs one of them and gives its exit status to the process; what it
 * does not take is thrown. Each command is loaded when it is asked for: what one needs is not waited for by another.
 */
export const program = new Command('symbolon')
  .description('Issues OAuth 2.0 machine-to-machine tokens and runs Auth0 credentials-exchange Actions unchanged.')
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  // One line, said as every other fault is; a suggestion comes on a second.
  .configureOutput({
    outputError: (text, write) => {
      const line = text
        .trim()
        .replace(/^error:/, 'symbolon:')
        .replaceAll('\n', ' ')
      write(`${line}${line.includes('(Did you mean') ? '' : ' (see --help)'}\n`)
    },
  })

program
  .command('init')
  .description(
    'write a tenant folder to start from: an API, two clients, an Action and its cases; nothing is overwritten',
  )
  .argument('[dir]', 'the folder; it is made when absent', '.')
  .option('--typescript', 'write the Action in TypeScript')
  .option('--from-hook <file>', 'make the Action of a client-credentials-exchange Hook, which it runs unchanged')
  .option('--json', 'print one JSON object')
  .addHelpText(
    'after',
    `
In a tenant folder, --from-hook adds the Action alone, and says how to bind it.

Examples:
  symbolon init tenant
  symbolon init tenant --from-hook hooks/add-claims.js
`,
  )
  .action(async (dir: string, options: InitOptions) => {
    const { init } = await import('./init.ts')
    process.exitCode = await init(dir, options)
  })

const devCommand = program
  .command('dev')
  .description('serve a tenant folder, or one Action, on this machine, and follow every save')
  .argument(
    '[source]',
    'a tenant folder (auth0-deploy-cli layout) or its YAML file, or the file of an Action (default: the folder it is started in)',
  )
  .addHelpText(
    'after',
    '\nExamples:\n  symbolon dev examples/quickstart --port 4400\n  symbolon dev action.js --inspect\n',
  )
  .option(
    '--inspect [port]',
    'let debuggers reach the Actions on this port of 127.0.0.1 (default: 9229); nothing keeps the Actions in then',
  )
addSettings(devCommand)
devCommand.action(
  async (source: string | undefined, { inspect, ...flags }: Readonly<Record<string, string>> & DevOptions) => {
    const { dev } = await import('./dev.ts')
    process.exitCode = await dev(source, { inspect }, environment(), flags)
  },
)

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
  .option(
    '--from-log <id>',
    'the event of a past exchange of a running server, by the id of its log entry or `last`; it stands for the rest',
  )
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
  symbolon try action.js --from-log last --set request.body.region=eu
`,
  )
addRemoteSettings(tryCommand).action(async (file: string, flags: TryFlags) => {
  const { tryFile } = await import('./try.ts')
  process.exitCode = await tryFile(file, environment(), flags)
})

const testCommand = program
  .command('test')
  .description('run the cases beside Actions in the sandbox, and show what did not come of those that fail')
  .argument('[dir]', "a tenant folder, an Action's folder or file, or a file of cases", '.')
  .option('--filter <text>', 'only cases whose name contains it')
  .option('--watch', 'run again the cases that concern what changed, until Ctrl-C')
  .option('--coverage', 'tell which lines of the Actions never ran')
  .option('--min-coverage <percent>', 'fail when less of the lines of a file ran')
  .option('--junit <file>', 'write the results as JUnit XML, too')
  .option('--json', 'print the results as one JSON object')
  .addHelpText(
    'after',
    `
Exit status: 0 all passed, 1 a case failed, 3 they cannot be run (a mistake in a case, no case, no sandbox), 64 bad usage.

Examples:
  symbolon test examples/quickstart
  symbolon test tenant/actions/enrich-token --filter region --watch
  symbolon test tenant --coverage --junit report.xml
`,
  )
testCommand.action(async (dir: string, flags: TestFlags) => {
  const { testCases } = await import('./test.ts')
  process.exitCode = await testCases(dir, environment(), flags)
})

const doctorCommand = program
  .command('doctor')
  .description('check what a server with these settings would find on this machine, and say what to mend')
  .option('--json', 'print the checks as one JSON object')
  .addHelpText(
    'after',
    `
Exit status: 0 nothing failed, 1 something would keep a server from starting or from what it says.

Example:
  symbolon doctor --data-dir /var/lib/symbolon --port 443
`,
  )
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
