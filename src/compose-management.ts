import { resolve, sep } from 'node:path'
import type { Config } from './config.ts'
import type { HttpServer } from './http/index.ts'
import { type ManagementPorts, type ManagementSettings, registerManagement } from './management/index.ts'

/** Registers the Management API as the settings have it. */
export function openManagement(http: HttpServer, ports: ManagementPorts, config: Config, domain: string): void {
  const { managementRateLimitPerSecond: perSecond, managementRateLimitBurst: burst = perSecond } = config
  registerManagement(http.routes, ports, {
    domain,
    bodyLimitBytes: config.managementBodyLimitBytes,
    ...(perSecond > 0 && { rateLimit: { perSecond, burst } }),
    logStreams: logStreamReach(config),
    environmentName: 'self-hosted',
  })
}

/** Where log streams may go beside HTTPS. */
export function logStreamReach({ logStreamsOverHttp, logStreamDir }: Config): ManagementSettings['logStreams'] {
  return { allowsHttp: logStreamsOverHttp, ...(logStreamDir !== undefined && { folder: logStreamDir }) }
}

/** Throws where log streams would be written among what the server keeps: a caller of the Management API names their files. */
export function checkLogStreamFolder({ logStreamDir, dataDir }: Config): void {
  if (logStreamDir === undefined) return
  const [streams, data] = [resolve(logStreamDir) + sep, resolve(dataDir) + sep]
  if (streams.startsWith(data) || data.startsWith(streams))
    throw new Error(
      `LOG_STREAM_DIR ${logStreamDir} and DATA_DIR ${dataDir} must not hold each other: give a folder of its own`,
    )
}
