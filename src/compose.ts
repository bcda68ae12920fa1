import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { make, readExisting } from './compose-folder.ts'
import { checkSealingKey, openTokenKeys, ownSealingKey } from './compose-keys.ts'
import { checkLogStreamFolder, logStreamReach, openManagement } from './compose-management.ts'
import { openBundler, openPool, openPrograms } from './compose-runner.ts'
import type { AuthoredFile, Composition, Inspection, Server } from './compose-server.ts'
import { checkTransport, openAuthority, openTransport } from './compose-transport.ts'
import type { Config } from './config.ts'
import {
  DraftBuilds,
  endPreviousClientSecret,
  ensureSystemRecords,
  listClientSecrets,
  openBound,
  openCredentialUses,
  readIssuableClients,
  revokeSigningKey,
  rotateClientSecret,
  rotateSigningKeys,
  writeTenant,
} from './deployment/index.ts'
import type { TenantSnapshot } from './domain/index.ts'
import { execute, SharedTriggerCache } from './engine/index.ts'
import { defaultHttpLimits, httpServer, registerHealth } from './http/index.ts'
import { openClientSecretDigests, openSealer, pooledRandom, type SigningMode } from './keys/index.ts'
import { openLogStreams } from './log-streams/index.ts'
import { type ExchangeReport, openIssuerKeys, openRevokedTokens, registerOauth, TokenQuotas } from './oauth/index.ts'
import type { Observer } from './observe.ts'
import type { VersionContent } from './runner/index.ts'
import { type Ephemeral, type LogStore, openDataFolder, snapshotReader } from './storage/index.ts'
import { reconcile, UnbuildableFolder } from './tenant-folder/index.ts'

export { checkFolder, readFolder } from './compose-folder.ts'
export type { AuthoredFile, Composition, Server } from './compose-server.ts'
export type { IssuableClient, ManagementClient } from './deployment/index.ts'
export { type Drop, dropRules } from './engine/index.ts'
export type { ExchangeReport } from './oauth/index.ts'
export { foreignAmong } from './storage/index.ts'
/** The room of the sandbox, entered when it is asked for: to look at what a server would find on this machine. */
export const openRunner = () => import('./runner/index.ts')

const configurationTopic = 'configuration'

/** Milliseconds between two writes of which credentials were used: told to the hour. */
const usesFlushMs = 15 * 60 * 1_000

/** Builds every room of the server and joins them. Throws with one clear sentence when what is stored cannot be used. */
export async function compose(composition: Composition): Promise<Server> {
  const { config, observer, tenant, domain, inspection } = composition
  // Before anything is opened: a second start of the same server is told of the port, not of the folder behind it.
  const makesCertificate = composition.makesCertificate === true && config.tlsCertFile === undefined
  await checkTransport(config, makesCertificate)
  checkLogStreamFolder(config)
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
      ...(makesCertificate && { authority: await openAuthority(config, { folder: data.tlsFolder, domain, clock }) }),
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
    // What is being built is broken off first, and stored as such before the store closes.
    closing.push(() => bundler.close().then(() => builds.settled()))
    const cutOff = await builds.recover()
    for (const { name: action } of cutOff)
      observer.log.warn({ action }, 'the build of a draft was cut off by the end of the server: it is built again')
    const signingKeys = { ...deployment, commonName: domain.replace(/:\d+$/, '') }
    const openingPool = openPool({
      config,
      observer,
      data,
      programs,
      cache,
      egress: composition.egress,
      isWatched: composition.onExchange !== undefined,
      ...(inspection !== undefined && { inspectPort: inspection.port }),
      content: async (version) => withFiles(await openBound(version, deployment), inspection),
    })
    closing.push(() => openingPool.then(({ pool }) => pool.close(), nothing))
    const [logs, tokenKeys, { pool, hardening, isRoot }] = await Promise.all([
      openingLogs,
      openTokenKeys(signingKeys, signingMode(config)),
      openingPool,
    ])

    const streams = openLogStreams(
      { store, logs, sealer, clock, report: (fact, sentence) => observer.log.warn(fact, sentence) },
      logStreamReach(config),
    )
    closing.push(() => streams.close())
    const revokedTokens = await openRevokedTokens(store, clock)
    let snapshot: TenantSnapshot | undefined
    let isReady = false
    const readSnapshot = snapshotReader({ store, tenant, domain })
    const refresh = serially(async () => {
      // Another server on the same store may have revoked some: that is no change of the configuration.
      await revokedTokens.reload()
      const next = await readSnapshot()
      if (next === snapshot) return
      // Warm before the switch: the first exchange on a new version waits for nothing.
      for (const { version_id, error } of await pool.prepare(next.bound)) {
        if (error !== undefined)
          observer.log.warn({ version_id, error }, 'a bound action does not parse: its exchanges fail')
      }
      const useKeys = await tokenKeys.prepare(next)
      snapshot = next
      useKeys()
      pool.retain(next.bound)
      await streams.refresh()
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
    // Before requests are waited for: one may stand still in a debugger.
    closing.push(() => pool.endInspection())
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
        recordsEvents: composition.recordsEvents,
        skipsActions: ({ client_id }) =>
          config.managementTokensSkipActions ||
          (composition.managementClientSkipsActions === true && client_id === managementClient?.client_id),
        errorProfile: config.errorProfile,
        ...(config.mtlsDomain !== undefined && { mtlsDomain: config.mtlsDomain }),
        environmentName: 'self-hosted',
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
        tries: {
          runOnce: (...given) => pool.runOnce(...given),
          deadlineMs: config.executionDeadlineMs,
        },
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
      ...(transport.caFile !== undefined && { caFile: transport.caFile }),
      ...(managementClient !== undefined && { managementClient }),
      hardening,
      runsActionsAsRoot: isRoot,
      ...(pool.inspectPort !== undefined && { inspectPort: pool.inspectPort }),
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
        for (const { id, name: action } of cutOff)
          builds
            .build(id)
            .catch((error: unknown) => observer.log.error({ err: error, action }, 'a draft was not built'))
      },
      close: closeAll,
    }
  } catch (error) {
    // Why it did not start matters more than what else went wrong on the way out.
    await closeAll().catch(() => undefined)
    throw error
  }
}

/** What runs, under the names of the author's own files where a debugger may look at it. */
function withFiles(content: VersionContent, inspection: Inspection | undefined): VersionContent {
  if (inspection === undefined) return content
  const named = <C extends { readonly code: string }>(code: C, file: AuthoredFile | undefined): C => {
    if (file === undefined) return code
    const map = file.sourceMap && Buffer.from(file.sourceMap).toString('base64')
    const link = map === undefined ? '' : `\n//# sourceMappingURL=data:application/json;base64,${map}`
    return { ...code, code: `${code.code}${link}`, file: file.path }
  }
  const modules = content.modules?.map((module) => named(module, inspection.fileOf(content.action_name, module.name)))
  return named(
    { ...content, ...(modules !== undefined && { modules }) },
    inspection.fileOf(content.action_name, undefined),
  )
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
