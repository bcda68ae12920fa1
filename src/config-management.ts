import { readFileSync } from 'node:fs'
import { clientId, headerText, integer, type Kind, onOff, path } from './config-kinds.ts'
import { optional, secret, setting } from './config-setting.ts'

/** The client that the settings say is to manage the server. */
export interface ManagementClientSetting {
  readonly client_id: string
  readonly client_secret: string
}

/** The Management API: what it takes, and who may call it from the start. */
export const managementSettings = {
  managementRateLimitPerSecond: setting(
    'MANAGEMENT_RATE_LIMIT_PER_SECOND',
    integer({ min: 0, max: 1_000_000 }),
    100,
    'Calls of the Management API a second that this server takes, on average; 0 is no limit. Beyond it the answer is 429.',
  ),
  managementRateLimitBurst: optional(
    'MANAGEMENT_RATE_LIMIT_BURST',
    integer({ min: 1, max: 1_000_000 }),
    'MANAGEMENT_RATE_LIMIT_PER_SECOND',
    'Calls of the Management API this server takes at once after a rest.',
  ),
  managementTokensSkipActions: setting(
    'MANAGEMENT_TOKENS_SKIP_ACTIONS',
    onOff,
    false,
    'Whether tokens for the Management API are issued without running any action: the way out when a bound action denies or fails all of them. Off again once it is mended.',
  ),
  managementBodyLimitBytes: setting(
    'MANAGEMENT_BODY_LIMIT_BYTES',
    integer({ min: 65_536, max: 16_777_216 }),
    1_048_576,
    'Largest request body of the Management API in bytes. Beyond it the answer is 413.',
  ),
  logStreamDir: optional(
    'LOG_STREAM_DIR',
    path,
    'no such streams',
    'Folder that log streams of type `file` are written below; it is made when absent, and must neither hold DATA_DIR nor lie in it. What is in it is never read and never removed.',
  ),
  logStreamsOverHttp: setting(
    'LOG_STREAMS_OVER_HTTP',
    onOff,
    false,
    'Whether a log stream may go to an address of plain HTTP, where what it sends can be read on the way: for a collector on the same machine.',
  ),
  managementClientId: optional(
    'MANAGEMENT_CLIENT_ID',
    clientId,
    'no client; in `dev` one that it makes',
    'Client that may call the Management API with every scope: made, or given back its secret, its scopes and whatever else it lacks for a token, at each start. Without the setting it stays as it is.',
  ),
  managementClientSecret: secret(
    'MANAGEMENT_CLIENT_SECRET',
    headerText,
    'MANAGEMENT_CLIENT_SECRET_FILE',
    'The secret of MANAGEMENT_CLIENT_ID.',
  ),
  managementClientSecretFile: optional(
    'MANAGEMENT_CLIENT_SECRET_FILE',
    path,
    'no secret',
    'File that holds the secret of MANAGEMENT_CLIENT_ID. Give this or MANAGEMENT_CLIENT_SECRET.',
  ),
} as const

/**
 * The client that three settings name whose variables begin with `prefix`; `undefined` where they name none. What contradicts itself is added
 * to `faults`, a line each, never with the secret.
 */
export function givenClient(
  given: {
    readonly client_id: string | undefined
    readonly secretText: string | undefined
    readonly file: string | undefined
  },
  { prefix, secretKind }: { readonly prefix: string; readonly secretKind: Kind<string> },
  faults: string[],
): ManagementClientSetting | undefined {
  const { client_id, secretText, file } = given
  const variable = `${prefix}CLIENT_SECRET`
  if (secretText !== undefined && file !== undefined) {
    faults.push(`${variable} and ${variable}_FILE are both given; give one of them`)
    return undefined
  }
  const hasSecret = secretText !== undefined || file !== undefined
  if (client_id === undefined && !hasSecret) return undefined
  if (client_id === undefined || !hasSecret) {
    faults.push(`${prefix}CLIENT_ID and ${variable} belong together; give both or none`)
    return undefined
  }
  const client_secret = secretText ?? secretOf(file ?? '', `${variable}_FILE`, secretKind, faults)
  return client_secret === undefined ? undefined : { client_id, client_secret }
}

function secretOf(file: string, variable: string, secretKind: Kind<string>, faults: string[]): string | undefined {
  try {
    const text = secretKind.parse(readFileSync(file, 'utf8').trim())
    if (text === undefined) faults.push(`${variable}: ${file} does not hold a secret; it must be ${secretKind.accepts}`)
    return text
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    faults.push(`${variable}: ${file} cannot be read (${code}); give a file this user may read`)
    return undefined
  }
}
