import { compose, type ExchangeReport, type IssuableClient, type Server } from '../compose.ts'
import { type Config, ConfigFault, type Environment, readConfig } from '../config.ts'
import { createObserver } from '../observe.ts'
import { type Finding, type FolderTenant, UnbuildableFolder } from '../tenant-folder/index.ts'
import { writeDevFile } from './dev-file.ts'
import { followSaves } from './dev-follow.ts'
import { authoredFile, codeFilesOf, type DevReading, type DevSource, findDevSource } from './dev-source.ts'
import { exchangeBlock } from './exchange-block.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import { managementUserAgent } from './management-client.ts'
import { patiently } from './patience.ts'
import { collectAfterReading, startFault, stopSignal } from './running.ts'
import { terminal } from './terminal.ts'
import { managedBy, welcome } from './welcome.ts'

/** What `symbolon dev` was told beside its source. */
export interface DevOptions {
  /** The port for debuggers; `true` for the usual one. */
  readonly inspect?: string | true | undefined
}

/** Where debuggers look for a Node process. */
const usualInspectPort = 9_229

/**
 * `symbolon dev`: serves a tenant folder, or one Action with an example tenant around it, on this machine and follows its saves. Resolves with
 * the exit status once it was told to stop, be it while it starts. Mistakes stop the start, all of them named; after a save they leave the last
 * good configuration serving.
 */
export async function dev(
  named: string | undefined,
  options: DevOptions,
  environment: Environment,
  flags: Environment,
): Promise<number> {
  const startedAt = performance.now()
  const stopped = stopSignal()
  const config = readConfig(environment, flags)
  const { given, inspectPort } = understood(named, options)
  if (inspectPort !== undefined && config.runnerHardening === 'required')
    throw new UsageFault('RUNNER_HARDENING is required, and with --inspect nothing keeps the Actions in: leave one out')
  const observer = createObserver({ level: config.logLevel })
  const print = config.logLevel === 'silent' ? () => undefined : observer.print
  const source = await findDevSource(given, environment)
  const first = await source.read()
  for (const warning of first.warnings) print(`warning: ${warning}`)
  if (first.tenant === undefined) throw mistakes(source, first)

  const domain = demandDomain(config)
  let served = first.tenant
  // What is being made to serve, too: a debugger is led to its files.
  let newest = first.tenant
  const server = await compose({
    config,
    observer,
    domain,
    tenant: config.tenant ?? source.tenant,
    errorDetail: config.errorDetail ?? true,
    recordsEvents: config.recordEvents ?? true,
    makesSealingKey: true,
    egress: { kind: 'open' },
    isLocal: true,
    makesCertificate: true,
    managementClient: config.managementClient ?? 'generated',
    managementClientSkipsActions: true,
    ...(inspectPort !== undefined && {
      inspection: { port: inspectPort, fileOf: (action, module) => authoredFile(source, newest, action, module) },
    }),
    ...(config.logLevel === 'silent'
      ? {}
      : {
          onExchange: (report) => {
            if (isOwnLogin(report)) return
            print(exchangeBlock(report, { ...terminal(), filesOf: (action) => codeFilesOf(source, served, action) }))
          },
        }),
  }).catch((error: unknown) => {
    throw startFault(error, config)
  })

  try {
    const begun = await Promise.race([begin(server, first.tenant, stopped), stopped]).catch((error: unknown) => {
      throw startFault(error, config)
    })
    if (begun === undefined) return exitStatus.done
    const { port, tlsPort } = begun
    let { clients } = begun
    const http_url = `http://localhost:${port}`
    const https_url = tlsPort === undefined ? null : `https://localhost:${tlsPort}`
    const { caFile: ca_file = null, managementClient: management = null } = server
    const publish = () =>
      writeDevFile(server.data.devFile, { http_url, https_url, domain, ca_file, management, clients })
    await publish()
    collectAfterReading()
    server.markReady()
    const { shown, edited } = source
    print(welcome({ shown, edited, http_url, clients, tookMs: performance.now() - startedAt }))
    if (management !== null) print(managedBy({ domain, ca_file, devFile: server.data.devFile, management }))
    if (server.inspectPort !== undefined)
      print(
        `warning: debuggers reach the Actions on 127.0.0.1:${server.inspectPort} (chrome://inspect, or an editor that attaches); nothing keeps the Actions in meanwhile`,
      )
    else print(server.hardening)
    if (server.runsActionsAsRoot) {
      print('warning: Actions run as root here, because the server does; set RUNNER_UID to run them as another user')
    }

    const follow = async (tenant: FolderTenant): Promise<readonly Finding[]> => {
      newest = tenant
      try {
        clients = await serve(server, tenant)
      } catch (error) {
        newest = served
        if (error instanceof UnbuildableFolder) return error.findings
        throw error
      }
      served = tenant
      await publish()
      return []
    }
    const ignored = [server.data.path]
    const stopFollowing = await followSaves(source, first, { serve: follow, print, observer, ignored })
    await stopped
    await stopFollowing()
  } finally {
    await server.close()
  }
  return exitStatus.done
}

/** Serves and listens. Nothing is listened on once it was told to stop: it answers nothing then. */
async function begin(
  server: Server,
  tenant: FolderTenant,
  stopped: Promise<void>,
): Promise<(Awaited<ReturnType<Server['listen']>> & { readonly clients: readonly IssuableClient[] }) | undefined> {
  let isStopped = false
  stopped.then(
    () => {
      isStopped = true
    },
    () => undefined,
  )
  const clients = await serve(server, tenant)
  return isStopped ? undefined : { clients, ...(await server.listen()) }
}

/** What takes a while is the building of npm packages. */
function serve(server: Server, tenant: FolderTenant): Promise<readonly IssuableClient[]> {
  const withPackages = [...tenant.actions, ...(tenant.modules ?? [])].filter(
    ({ dependencies }) => dependencies.length > 0,
  )
  const names = [...new Set(withPackages.flatMap(({ dependencies }) => dependencies.map(({ name }) => name)))]
  return patiently(server.serveFolder(tenant), () =>
    names.length > 0 ? `building the packages: ${names.join(', ')}` : undefined,
  )
}

function mistakes({ shown }: DevSource, { errors }: DevReading): CommandFault {
  const count = `${errors.length} mistake${errors.length === 1 ? '' : 's'}`
  return new CommandFault([...errors, `${count} in ${shown}; nothing was started`].join('\n'))
}

/** Each command asks for a token of its own: of most interest to nobody. */
function isOwnLogin({ origin, refusal }: ExchangeReport): boolean {
  return refusal === undefined && origin.user_agent === managementUserAgent
}

function demandDomain(config: Config): string {
  if (!config.plainHttp)
    throw new ConfigFault(['PLAIN_HTTP is off: `dev` answers on PORT; leave it on, or use `serve`'])
  if (config.domain === undefined && config.tlsPort === 0)
    throw new ConfigFault(['TLS_PORT is 0, and the issuer of `dev` names that port: give one, or a DOMAIN'])
  // Written as a URL's host is: without the port that https has anyway.
  return config.domain ?? new URL(`https://localhost:${config.tlsPort}`).host
}

/** What stands behind `--inspect` may be the source, where that has no place of its own. */
function understood(
  given: string | undefined,
  { inspect }: DevOptions,
): { readonly given: string | undefined; readonly inspectPort: number | undefined } {
  if (inspect === undefined) return { given, inspectPort: undefined }
  if (inspect === true) return { given, inspectPort: usualInspectPort }
  const port = Number(inspect)
  if (/^\d{1,5}$/.test(inspect) && port <= 65_535) return { given, inspectPort: port }
  if (given === undefined) return { given: inspect, inspectPort: usualInspectPort }
  throw new UsageFault(`--inspect is "${inspect}"; it must be a port from 0 to 65535 (without it: ${usualInspectPort})`)
}
