import type { DeploymentPorts, DraftBuilds, SigningKeyPorts, TryRunner } from '../deployment/index.ts'
import type { Clock, RateLimitSettings, TenantSnapshot } from '../domain/index.ts'
import type { ReportDefect } from '../http/index.ts'
import type { CertificateFormats, ClientSecretDigests, VerificationKeyOf } from '../keys/index.ts'
import type { LogStore } from '../storage/index.ts'

/** What the Management API needs of other rooms. */
export interface ManagementPorts extends DeploymentPorts {
  readonly digests: ClientSecretDigests
  /** The tenant's id. */
  readonly tenant: string
  /** The configuration that is served. */
  readonly snapshot: () => TenantSnapshot
  /** Serves what was just stored. Resolves once the next exchange sees it; rejects when it cannot be served, and then it is stored all the same. */
  readonly serveStored: () => Promise<void>
  readonly builds: DraftBuilds
  readonly tries: TryRunner
  readonly signingKeys: SigningKeyPorts
  /** Of the RSA key that signs. */
  readonly certificate: () => CertificateFormats
  readonly verificationKey: VerificationKeyOf
  /** Whether a token was revoked, by its `id`. */
  readonly isRevoked: (token: string) => boolean
  readonly logs: LogStore
  readonly clock: Clock
  readonly reportDefect: ReportDefect
}

/** What the operator set for the Management API. */
export interface ManagementSettings {
  /** Host, with its port unless that is 443, that the API is known by first. */
  readonly domain: string
  /** Largest request body. */
  readonly bodyLimitBytes: number
  /** How often the tenant's clients may call, all together; absent where they may without limit. */
  readonly rateLimit?: RateLimitSettings
  /** Where log streams may go beside HTTPS: to plain HTTP, and below a folder, where one is set. */
  readonly logStreams: { readonly allowsHttp: boolean; readonly folder?: string }
  /** What log entries call this server's environment. */
  readonly environmentName: string
}
