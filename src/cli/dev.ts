import { stat } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { compose, readFolder } from '../compose.ts'
import { ConfigFault, type Environment, readConfig } from '../config.ts'
import { createObserver, type Observer } from '../observe.ts'
import { type FolderReading, formatFinding, UnbuildableFolder, watchTenantFolder } from '../tenant-folder/index.ts'
import { writeDevFile } from './dev-file.ts'
import { exchangeBlock } from './exchange-block.ts'
import { CommandFault, exitStatus } from './exit.ts'
import { collectAfterReading, startFault, stopSignal } from './running.ts'
import { managedBy, welcome } from './welcome.ts'

/**
 * `symbolon dev`: serves a tenant folder on this machine and follows its changes. Resolves with the exit status once it was told to stop.
 * A folder with mistakes stops the start, all of them named; after a save it leaves the last good configuration serving.
 */
export async function dev(dir: string, environment: Environment, flags: Environment): Promise<number> {
  const startedAt = performance.now()
  const config = readConfig(environment, flags)
  const observer = createObserver({ level: config.logLevel })
  const print = config.logLevel === 'silent' ? () => undefined : observer.print
  const root = resolve(dir)
  const isFolder = await stat(root).then(
    (found) => found.isDirectory() || /^\.ya?ml$/.test(extname(root)),
    () => false,
  )
  if (!isFolder)
    throw new CommandFault(`${dir} is no tenant folder: give a folder in the auth0-deploy-cli layout, or its YAML file`)
  const first = await readFolder(root, environment)
  for (const warning of first.warnings) print(`warning: ${formatFinding(warning)}`)
  if (first.tenant === undefined) {
    throw new CommandFault(
      [
        ...first.errors.map(formatFinding),
        `${plural(first.errors.length, 'mistake')} in ${dir}; nothing was started`,
      ].join('\n'),
    )
  }

  if (!config.plainHttp)
    throw new ConfigFault(['PLAIN_HTTP is off: `dev` answers on PORT; leave it on, or use `serve`'])
  if (config.domain === undefined && config.tlsPort === 0)
    throw new ConfigFault(['TLS_PORT is 0, and the issuer of `dev` names that port: give one, or a DOMAIN'])
  // Written as a URL's host is: without the port that https has anyway.
  const domain = config.domain ?? new URL(`https://localhost:${config.tlsPort}`).host
  const server = await compose({
    config,
    observer,
    domain,
    tenant: config.tenant ?? tenantName(root),
    errorDetail: config.errorDetail ?? true,
    makesSealingKey: true,
    egress: { kind: 'open' },
    isLocal: true,
    makesCertificate: true,
    managementClient: config.managementClient ?? 'generated',
    ...(config.logLevel === 'silent' ? {} : { onExchange: (report) => print(exchangeBlock(report)) }),
  }).catch((error: unknown) => {
    throw startFault(error, config)
  })

  const stopped = stopSignal()
  try {
    let clients = await server.serveFolder(first.tenant).catch((error: unknown) => {
      throw startFault(error, config)
    })
    const { port, tlsPort } = await server.listen().catch((error: unknown) => {
      throw startFault(error, config)
    })
    const http_url = `http://localhost:${port}`
    const https_url = tlsPort === undefined ? null : `https://localhost:${tlsPort}`
    const { caFile: ca_file = null, managementClient: management = null } = server
    const publish = () =>
      writeDevFile(server.data.devFile, { http_url, https_url, domain, ca_file, management, clients })
    await publish()
    collectAfterReading()
    server.markReady()
    print(welcome({ dir, http_url, clients, tookMs: performance.now() - startedAt }))
    if (management !== null) print(managedBy({ domain, ca_file, devFile: server.data.devFile, management }))
    print(server.hardening)
    if (server.runsActionsAsRoot) {
      print('warning: Actions run as root here, because the server does; set RUNNER_UID to run them as another user')
    }

    let served: FolderReading | undefined = first
    const follow = serially(async () => {
      const reading = await readFolder(root, environment)
      if (isDeepStrictEqual(reading, served)) return
      served = undefined
      for (const warning of reading.warnings) print(`warning: ${formatFinding(warning)}`)
      if (reading.tenant === undefined) {
        for (const error of reading.errors) print(`error: ${formatFinding(error)}`)
        print('the last good configuration keeps serving')
        return
      }
      const findings = await server.serveFolder(reading.tenant).then(
        (served) => {
          clients = served
          return []
        },
        (error: unknown) => {
          if (error instanceof UnbuildableFolder) return error.findings
          throw error
        },
      )
      if (findings.length > 0) {
        for (const finding of findings) print(`error: ${formatFinding(finding)}`)
        print('the last good configuration keeps serving')
        return
      }
      await publish()
      served = reading
      print(`${new Date().toISOString().slice(11, 23)}  ${dir} is live`)
    }, observer)
    const stopWatching = await watchTenantFolder(
      root,
      {
        onChange: follow,
        onError: (error) => observer.log.error({ err: error }, 'the tenant folder cannot be watched'),
      },
      { ignored: [server.data.path] },
    )
    // What was saved between the first reading and now nobody has seen.
    follow()
    await stopped
    await stopWatching()
  } finally {
    await server.close()
  }
  return exitStatus.done
}

function tenantName(root: string): string {
  return basename(root, extname(root)).replace(/[^a-z0-9._-]/gi, '-') || 'tenant'
}

/** Runs one change at a time, and again after it if more came meanwhile. */
function serially(work: () => Promise<void>, observer: Observer): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    if (running) {
      again = true
      return
    }
    running = true
    do {
      again = false
      await work().catch((error: unknown) => {
        observer.log.error(
          { err: error },
          'the changed folder cannot be served; the last good configuration keeps serving',
        )
      })
    } while (again)
    running = false
    collectAfterReading()
  }
  return () => {
    run().catch(() => undefined)
  }
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
