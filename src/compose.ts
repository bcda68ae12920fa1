import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { make, readExisting } from './compose-folder.ts'
import { checkSealingKey, openTokenKeys, ownSealingKey } from './compose-keys.ts'
import { openManagement } from './compose-management.ts'
import { openBundler, openPool, openPrograms } from './compose-runner.ts'
import { checkTransport, type ListeningPorts, openTransport } from './compose-transport.ts'
import type { Config } from './config.ts'
import {
  type ClientSecretState,
  DraftBuilds,
  endPreviousClientSecret,
  ensureSystemRecords,
  type IssuableClient,
  listClientSecrets,
  type ManagementClient,
  openBound,
  openCredentialUses,
  readIssuableClients,
  revokeSigningKey,
  rotateClientSecret,
  rotateSigningKeys,
  type WantedManagementClient,
  writeTenant,
} from './deployment/index.ts'
import type { Clock, EgressRule, TenantSnapshot } from './domain/index.ts'
import { execute, SharedTriggerCache } from './engine/index.ts'
import { defaultHttpLimits, httpServer, registerHealth } from './http/index.ts'
import { openClientSecretDigests, openSealer, pooledRandom, type SigningMode } from './keys/index.ts'
import { type ExchangeReport, openIssuerKeys, openRevokedTokens, registerOauth, TokenQuotas } from './oauth/index.ts'
import type { Observer } from './observe.ts'
import { type DataFolder, type Ephemeral, type LogStore, openDataFolder, readSnapshot } from './storage/index.ts'
import { type FolderTenant, reconcile, UnbuildableFolder } from './tenant-folder/index.ts'

export { readFolder } from './compose-folder.ts'
export type { IssuableClient, ManagementClient } from './deployment/index.ts'
export { type Drop, dropRules } from './engine/index.ts'
export type { ExchangeReport } from './oauth/index.ts'
/** The room of the sandbox, entered when it is asked for: to look at what a server would find on this machine. */
export const openRunner = () => import('./runner/index.ts')

/** What a server is made of, beside its settings. */
export interface Composition {
  readonly config: Config
  readonly tenant: string
  readonly domain: string
  readonly observer: Observer
  readonly errorDetail: boolean
  /** Whether a sealing key is made in the data folder when none is configured: for a server on its author's machine. */
  readonly makesSealingKey: boolean
  /** Where actions may connect to unless the settings say so. */
  readonly egress: EgressRule
  /** Whether clients may know the server by the addresses it listens on, beside the issuer's: on its author's machine alone. */
  readonly isLocal?: boolean
  /** The client that manages the server, where there is to be one from the start. */
  readonly managementClient?: WantedManagementClient
  /** The system's unless another is given. */
  readonly clock?: Clock
  /** Told of every exchange, by whoever watches; actions' whole console output comes back then. */
  readonly onExchange?: (report: ExchangeReport) => void
}

/** The whole server, composed and not yet listening. */
export interface Server {
  readonly data: DataFolder
  /** The client that manages the server, where the composition wants one. */
  readonly managementClient?: ManagementClient
  /** What the system keeps actions in with, in one line. */
  readonly hardening: string
  /** Whether actions run as root. */
  readonly runsActionsAsRoot: boolean
  /**
   * Makes the server hold and serve what a tenant folder says, and nothing else. Resolves, with the folder's clients in their order, once
   * the next exchange sees it; when it rejects, what was served before still is. Rejects with {@link UnbuildableFolder} for what cannot be built.
   */
  serveFolder(tenant: FolderTenant): Promise<readonly IssuableClient[]>
  /** Serves what is stored, as it is. Resolves once an exchange sees it, its actions loaded. */
  serveStored(): Promise<void>
  /** Makes the next signing key of each kind the current one. Resolves once exchanges sign with it, with the ids of those that are current now. */
  rotateSigningKeys(): Promise<readonly string[]>
  /** Revokes a previous signing key, for good. Resolves once it is not published any more. */
  revokeSigningKey(kid: string): Promise<void>
  /** Gives a client a new secret; the one before goes on for so many seconds. Resolves once exchanges know both. */
  rotateClientSecret(client_id: string, overlapSeconds?: number): Promise<{ readonly client_secret: string }>
  /** Ends the secret before, whatever is left of its time. Resolves, with whether there was one, once exchanges know. */
  endPreviousClientSecret(client_id: string): Promise<boolean>
  /** The secrets of a client as they stand, the one in use first: when each was made, ends, and was used. */
  listClientSecrets(client_id: string): Promise<readonly ClientSecretState[]>
  /** Listens on every configured address; resolves with the ports. */
  listen(): Promise<ListeningPorts>
  /** From now on `/readyz` says yes, as long as a process for the actions stands ready. */
  markReady(): void
  /** Lets requests in flight end, then ends every process and closes the stores. */
  close(): Promise<void>
}

const configurationTopic = 'configuration'

/** Milliseconds between two writes of which credentials were used: told to the hour. */
const usesFlushMs = 15 * 60 * 1_000

/** Builds every room of the server and joins them. Throws with one clear sentence when what is stored cannot be used. */
export async function compose(composition: Composition): Promise<Server> {
  const { config, observer, tenant, domain } = composition
  // Before anything is opened: a second start of the same server is told of the port, not of the folder behind it.
  await checkTransport(config)
  const data = await openDataFolder(config.dataDir)
  const clock = composition.clock ?? Date.now
  const [{ lockDataFolder }, { openSqliteStore }, { openSqliteLogStore }, { openMemoryEphemeral }] = await Promise.all([
    import('./storage/sqlite/folder-lock.ts'),
    import('./storage/sqlite/store.ts'),
    import('./storage/sqlite/log-store.ts'),
    import('./storage/memory/ephemeral.ts'),
  ])
  const closing: (() => Promise<void> | void)[] = [lockDataFolder(data)]
  const closeAll = async () => {
    const failures: unknown[] = []
    for (const close of closing.toReversed()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the server did not close cleanly')
  }
  try {
    const sealer = openSealer(config.sealingKey ?? (await ownSealingKey(data, composition.makesSealingKey)))
    const digests = openClientSecretDigests(sealer.digestKey)
    const store = await openSqliteStore(data.configFile)
    closing.push(() => store.close())
    await checkSealingKey(store, sealer, data)
    const ephemeral: Ephemeral = openMemoryEphemeral(clock)
    closing.push(() => ephemeral.close())
    const transport = openTransport(config, {
      domain,
      isLocal: composition.isLocal ?? false,
      digestKey: sealer.digestKey,
      ephemeral,
      observer,
    })
    closing.push(() => transport.close())
    const quotas = new TokenQuotas(ephemeral)
    closing.push(() => quotas.close())
    const cache = new SharedTriggerCache()
    const openingLogs = openSqliteLogStore({
      file: data.logsFile,
      durability: config.logDurability,
      clock,
      onDefect: (error) => observer.log.error({ err: error }, 'the tenant log cannot be written: no token is issued'),
    })
    // What did not open need not be closed.
    const nothing = () => undefined
    closing.push(() => openingLogs.then((logs) => logs.close(), nothing))
    // A log file that is not ours is refused at once, while its thread takes a moment to start: nothing else is written before that is known.
    await Promise.race([openingLogs, Promise.resolve()])
    const programs = await openPrograms(data)
    const bundler = await openBundler(config, data, programs)
    closing.push(() => bundler.close())
    const deployment = { store, sealer, bundler, clock, random: randomBytes }
    const managementClient = await ensureSystemRecords(composition.managementClient, { ...deployment, digests, domain })
    const builds = new DraftBuilds(deployment)
    for (const action of await builds.recover())
      observer.log.warn({ action }, 'the build of a draft was cut off by the end of the server: it is pending again')
    const signingKeys = { ...deployment, commonName: domain.replace(/:\d+$/, '') }
    const openingPool = openPool({
      config,
      observer,
      data,
      programs,
      cache,
      egress: composition.egress,
      isWatched: composition.onExchange !== undefined,
      content: (version) => openBound(version, deployment),
    })
    closing.push(() => openingPool.then(({ pool }) => pool.close(), nothing))
    const [logs, tokenKeys, { pool, hardening, isRoot }] = await Promise.all([
      openingLogs,
      openTokenKeys(signingKeys, signingMode(config)),
      openingPool,
    ])

    const revokedTokens = await openRevokedTokens(store, clock)
    let snapshot: TenantSnapshot | undefined
    let isReady = false
    const refresh = serially(async () => {
      if (snapshot !== undefined && snapshot.revision === (await store.revision())) return
      const next = await readSnapshot(store, tenant, domain)
      // Another server on the same store may have revoked some.
      await revokedTokens.reload()
      // Warm before the switch: the first exchange on a new version waits for nothing.
      for (const { version_id, error } of await pool.prepare(next.bound)) {
        if (error !== undefined)
          observer.log.warn({ version_id, error }, 'a bound action does not parse: its exchanges fail')
      }
      const useKeys = await tokenKeys.prepare(next)
      snapshot = next
      useKeys()
      pool.retain(next.bound)
    })
    /** Serves what was just stored, and tells the other servers. */
    const announce = async () => {
      await refresh()
      await ephemeral.publish(configurationTopic, String(await store.revision()))
    }
    const stop = await ephemeral.subscribe(configurationTopic, () => {
      refresh().catch((error: unknown) =>
        observer.log.error({ err: error }, 'a changed configuration cannot be served'),
      )
    })
    closing.push(stop)

    const reportDefect = (defect: unknown, request: object) =>
      observer.log.error({ err: defect, ...request }, 'a request could not be answered')
    const uses = openCredentialUses({ store, clock })
    // What this process remembers of used assertions begins with it; nothing was used after the last entry of the log.
    const [lastEntry] = await logs.list({ newest: true, limit: 1 })
    const forgottenUntilMs = lastEntry && Math.min(Date.parse(lastEntry.date), clock())
    const flushUses = () =>
      uses.flush().catch((error: unknown) => observer.log.error({ err: error }, 'uses of credentials were not written'))
    const flushing = setInterval(flushUses, usesFlushMs).unref()
    closing.push(async () => {
      clearInterval(flushing)
      await flushUses()
    })
    const http = httpServer(
      {
        ...defaultHttpLimits,
        bodyBytes: config.bodyLimitBytes,
        requestTimeoutMs: config.requestTimeoutMs,
        drainMs: config.shutdownDeadlineMs,
      },
      reportDefect,
    )
    closing.push(() => http.close())
    const served = () => {
      if (snapshot === undefined) throw new Error('no configuration is served yet')
      return snapshot
    }
    const ports = { runner: pool, cache, clock, deadlineMs: config.executionDeadlineMs }
    registerHealth(http.routes, {
      isReady: () => isReady && snapshot !== undefined && pool.isReady(snapshot.bound),
      detail: () => ({ runner: { ...pool.state, hardening } }),
      metrics: observer.metrics,
    })
    registerOauth(
      http.routes,
      {
        snapshot: served,
        authentication: {
          findClientSecret: digests.find,
          ephemeral,
          issuerKeys: openIssuerKeys({ clock, allowsLoopbackHttp: config.issuerKeysOverHttp }),
          clock,
          domain,
          assertionAudience: config.clientAssertionAudience,
          noteUse: uses.note,
          ...(forgottenUntilMs !== undefined && { forgottenUntilMs }),
        },
        ...(transport.presentedCertificate !== undefined && { presentedCertificate: transport.presentedCertificate }),
        senderConstraint: transport.senderConstraint,
        execute: (exchange) => execute(exchange, ports),
        sign: tokenKeys.sign,
        jwks: () => tokenKeys.jwks(snapshot?.settings ?? {}),
        certificate: tokenKeys.certificate,
        verificationKey: tokenKeys.verificationKey,
        revokedTokens,
        quotas,
        logs: countingLogs(logs, observer),
        clock,
        random: pooledRandom(),
        reportDefect,
        onExchange: (report) => {
          observer.counters.exchanges[resultOf(report)] += 1
          composition.onExchange?.(report)
        },
      },
      {
        domain,
        scopeNarrowing: config.scopeNarrowing,
        errorDetail: composition.errorDetail,
        errorProfile: config.errorProfile,
        ...(config.mtlsDomain !== undefined && { mtlsDomain: config.mtlsDomain }),
        environmentName: 'self-hosted',
        ...(config.mtlsDomain !== undefined && { mtlsDomain: config.mtlsDomain }),
        ...(config.rateLimitPerSecond > 0 && {
          rateLimit: {
            perSecond: config.rateLimitPerSecond,
            burst: config.rateLimitBurst ?? config.rateLimitPerSecond,
          },
        }),
      },
    )
    openManagement(
      http,
      {
        ...deployment,
        digests,
        tenant,
        snapshot: served,
        serveStored: announce,
        builds,
        signingKeys,
        certificate: tokenKeys.certificate,
        verificationKey: tokenKeys.verificationKey,
        isRevoked: revokedTokens.has,
        logs,
        reportDefect,
      },
      config,
      domain,
    )
    return {
      data,
      ...(managementClient !== undefined && { managementClient }),
      hardening,
      runsActionsAsRoot: isRoot,
      serveFolder: async (folder) => {
        const configuration = reconcile(folder, await readExisting(store), make)
        const written = await writeTenant(configuration, { ...deployment, digests, tenant })
        if (written.kind === 'not-built') throw new UnbuildableFolder(folder, written.failures)
        await announce()
        const issuable = new Map(
          (await readIssuableClients({ store, sealer })).map((client) => [client.client_id, client]),
        )
        return configuration.clients.flatMap(({ client }) => issuable.get(client.client_id) ?? [])
      },
      serveStored: refresh,
      rotateSigningKeys: async () => {
        const current = await rotateSigningKeys(signingKeys)
        await announce()
        return current.map(({ kid }) => kid)
      },
      revokeSigningKey: async (kid) => {
        await revokeSigningKey(kid, deployment)
        await announce()
      },
      rotateClientSecret: async (client_id, overlapSeconds) => {
        const rotated = await rotateClientSecret(client_id, { ...deployment, digests }, overlapSeconds)
        await announce()
        return rotated
      },
      endPreviousClientSecret: async (client_id) => {
        const isEnded = await endPreviousClientSecret(client_id, { ...deployment, digests })
        await announce()
        return isEnded
      },
      listClientSecrets: async (client_id) => {
        await flushUses()
        return listClientSecrets(client_id, { store })
      },
      listen: () => transport.listen(http),
      markReady: () => {
        isReady = true
      },
      close: closeAll,
    }
  } catch (error) {
    // Why it did not start matters more than what else went wrong on the way out.
    await closeAll().catch(() => undefined)
    throw error
  }
}

function signingMode({ signing, signingQueue }: Config): SigningMode {
  const threads = availableParallelism()
  if (signing === 'direct' || (signing === 'auto' && threads === 1)) return { kind: 'direct' }
  return { kind: 'pool', threads, most: signingQueue }
}

function countingLogs(logs: LogStore, { counters }: Observer): Pick<LogStore, 'append'> {
  return {
    append: (batch) =>
      logs.append(batch).catch((error: unknown) => {
        counters.logs.failedBatches += 1
        throw error
      }),
  }
}

function resultOf({ refusal, decision }: ExchangeReport): 'granted' | 'denied' | 'refused' | 'failed' {
  if (refusal === undefined) return 'granted'
  if (refusal.status >= 500 && decision?.kind !== 'denied') return 'failed'
  return decision?.kind === 'denied' ? 'denied' : 'refused'
}

/** Runs one at a time, in order; a failure is the caller's that asked for it. */
function serially(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return () => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
