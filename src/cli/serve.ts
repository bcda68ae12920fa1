import { compose } from '../compose.ts'
import { ConfigFault, type Environment, readConfig } from '../config.ts'
import { createObserver } from '../observe.ts'
import { CommandFault, exitStatus } from './exit.ts'
import { collectAfterReading, startFault, stopSignal } from './running.ts'

/**
 * `symbolon serve`: serves what is stored in DATA_DIR. Resolves with the exit status once it was told to stop. Whatever would make it less
 * than it promises stops the start: no issuer, no sealing key, actions that would run as root.
 */
export async function serve(environment: Environment, flags: Environment): Promise<number> {
  const config = readConfig(environment, flags)
  const { domain, tenant } = config
  const missing = [
    ...(domain === undefined ? ['DOMAIN is missing: set it to the host of the issuer, such as auth.example.com'] : []),
    ...(tenant === undefined
      ? ["TENANT is missing: set it to the tenant's name, which actions read as event.tenant.id"]
      : []),
    ...(config.sealingKey === undefined
      ? ['SEALING_KEY is missing: set it, or SEALING_KEY_FILE, to the 32 bytes that close stored secrets']
      : []),
  ]
  if (domain === undefined || tenant === undefined || missing.length > 0) throw new ConfigFault(missing)
  const observer = createObserver({ level: config.logLevel })
  const server = await compose({
    config,
    observer,
    domain,
    tenant,
    errorDetail: config.errorDetail ?? false,
    recordsEvents: config.recordEvents ?? false,
    makesSealingKey: false,
    egress: { kind: 'public' },
    ...(config.managementClient !== undefined && { managementClient: config.managementClient }),
  }).catch((error: unknown) => {
    throw startFault(error, config)
  })
  const stopped = stopSignal()
  try {
    if (server.runsActionsAsRoot) {
      throw new CommandFault(
        `actions would run as root (${server.hardening}): give RUNNER_UID a user of their own, or start as another user`,
      )
    }
    await server.serveStored().catch((error: unknown) => {
      throw startFault(error, config)
    })
    const ports = await server.listen().catch((error: unknown) => {
      throw startFault(error, config)
    })
    collectAfterReading()
    server.markReady()
    if (config.managementTokensSkipActions)
      observer.log.warn(
        'MANAGEMENT_TOKENS_SKIP_ACTIONS is on: no Action runs for tokens of the Management API; mend the one that keeps them out, and set it off',
      )
    observer.log.info({ ...ports, issuer: `https://${domain}/`, hardening: server.hardening }, 'Symbolon serves')
    await stopped
  } finally {
    await server.close()
  }
  return exitStatus.done
}
