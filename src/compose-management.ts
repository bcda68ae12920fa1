import type { Config } from './config.ts'
import type { HttpServer } from './http/index.ts'
import { type ManagementPorts, registerManagement } from './management/index.ts'

/** Registers the Management API as the settings have it. */
export function openManagement(http: HttpServer, ports: ManagementPorts, config: Config, domain: string): void {
  const { managementRateLimitPerSecond: perSecond, managementRateLimitBurst: burst = perSecond } = config
  registerManagement(http.routes, ports, {
    domain,
    bodyLimitBytes: config.managementBodyLimitBytes,
    ...(perSecond > 0 && { rateLimit: { perSecond, burst } }),
    logStreams: {
      allowsHttp: config.logStreamsOverHttp,
      ...(config.logStreamDir !== undefined && { folder: config.logStreamDir }),
    },
    environmentName: 'self-hosted',
  })
}
