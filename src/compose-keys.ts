import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { readSealingKey } from './config.ts'
import { ensureSigningKeys, openSigningSecret, type SigningKeyPorts } from './deployment/index.ts'
import type { ResourceServer, SigningAlgorithm, TenantSettings, TenantSnapshot } from './domain/index.ts'
import { isRfc9068 } from './domain/index.ts'
import {
  AccessTokenSigner,
  type CertificateFormats,
  certificateFormats,
  encryptionFault,
  type KeySet,
  keyFamilyOf,
  openKeyRing,
  type Sealer,
  type SigningMode,
  type TokenFormat,
  tokenEncrypter,
  verificationKey,
} from './keys/index.ts'
import type { DataFolder, Store } from './storage/index.ts'

const sealingKeyRecord = 'sealing-key'

/** Holds the store to the sealing key it was first opened with. Throws for another one, which could open nothing. */
export async function checkSealingKey(store: Store, sealer: Sealer, data: DataFolder): Promise<void> {
  const check = await store.meta.get(sealingKeyRecord)
  if (check === undefined) {
    await store.meta.create({ name: sealingKeyRecord, value: sealer.checkValue() })
  } else if (!sealer.matches(check.value)) {
    throw new Error(
      `DATA_DIR ${data.path} was sealed with another sealing key: give that one, or another DATA_DIR; nothing was changed`,
    )
  }
}

/** What the tenant's access tokens are made, published and read with. Follows the store: each snapshot that is served brings its keys. */
export interface TokenKeys {
  /**
   * Makes ready what the APIs of a snapshot sign and encrypt with, and makes the first keys of a kind that one of them is the first to ask for.
   * Nothing that is signed or published changes before the function is called that this resolves with.
   */
  prepare(snapshot: TenantSnapshot): Promise<() => void>
  /** Signs for an API of a snapshot that was made ready, by the current keys. As {@link AccessTokenSigner.sign}. */
  sign(claims: string, api: ResourceServer, issuedAt: number): string | Promise<string> | undefined
  jwks(settings: TenantSettings): KeySet
  /** Of the RSA key that signs. */
  certificate(): CertificateFormats
  /** What verifies a token: the published key that `kid` names, and of HS256 the secret of the API. */
  verificationKey(alg: SigningAlgorithm, kid: string | undefined, audience: string): KeyObject | undefined
}

interface OpenedSecret {
  readonly sealed: string
  readonly secret: KeyObject
}

interface PreparedFormat {
  readonly format: TokenFormat
  /** What it was made with. */
  readonly secret: KeyObject | undefined
}

/** Opens the tenant's signing keys; on the first start makes an RSA key that signs and one that will. */
export async function openTokenKeys(ports: SigningKeyPorts, mode: SigningMode): Promise<TokenKeys> {
  const { store, sealer } = ports
  let stored = await ensureSigningKeys(['RS256'], ports)
  let ring = openKeyRing(stored, sealer)
  let secrets: ReadonlyMap<string, KeyObject> = new Map()
  /** By the API's id, each with the sealed text it was opened from. */
  let opened: ReadonlyMap<string, OpenedSecret> = new Map()
  /** The certificate that was asked for last: many answers show it. */
  let shown: { readonly cert: string; readonly formats: CertificateFormats } | undefined
  const signer = new AccessTokenSigner(ring, mode)
  // By the API of a snapshot: an exchange ends as the snapshot had it that it began with.
  const formats = new WeakMap<ResourceServer, PreparedFormat>()
  return {
    async prepare({ resourceServers }) {
      const apis = [...resourceServers.values()]
      const families = apis.map(({ signing_alg }) => keyFamilyOf(signing_alg ?? 'RS256') ?? 'RS256')
      const next = await ensureSigningKeys(['RS256', ...families], ports)
      const isSame = versionsOf(next) === versionsOf(stored)
      const nextRing = isSame ? ring : openKeyRing(next, sealer)
      const reopened = new Map<string, OpenedSecret>()
      for (const record of await store.signingSecrets.list()) {
        const { resource_server_id, sealed } = record
        const before = opened.get(resource_server_id)
        const isKnown = before?.sealed === sealed
        const secret = isKnown ? before.secret : createSecretKey(openSigningSecret(record, sealer), 'utf8')
        reopened.set(resource_server_id, { sealed, secret })
      }
      opened = reopened
      const renewed = new Map<ResourceServer, PreparedFormat>()
      for (const api of apis) {
        const secret = reopened.get(api.id)?.secret
        const prepared = formats.get(api)
        if (prepared !== undefined && prepared.secret === secret) continue
        const format = { format: formatOf(api, secret), secret }
        // What no snapshot had before, nobody signs with before this one is served; what one has, is signed with as it was.
        if (prepared === undefined) formats.set(api, format)
        else renewed.set(api, format)
      }
      return () => {
        for (const [api, format] of renewed) formats.set(api, format)
        // An API may keep a secret that it does not sign with now.
        const symmetric = apis.filter(({ signing_alg }) => signing_alg === 'HS256')
        secrets = new Map(symmetric.flatMap(({ identifier, id }) => pairOf(identifier, reopened.get(id)?.secret)))
        if (isSame) return
        stored = next
        ring = nextRing
        signer.use(ring)
      }
    },
    sign(claims, api, issuedAt) {
      const format = formats.get(api)?.format
      if (format === undefined) throw new Error(`nothing was made ready to sign for the API "${api.identifier}"`)
      return signer.sign(claims, format, issuedAt)
    },
    jwks: ({ flags }) => (flags?.remove_alg_from_jwks === true ? ring.jwksWithoutAlg : ring.jwks),
    certificate: () => {
      const cert = ring.current.get('RS256')?.cert ?? ''
      if (shown?.cert !== cert) shown = { cert, formats: certificateFormats(cert) }
      return shown.formats
    },
    verificationKey: (alg, kid, audience) =>
      alg === 'HS256' ? secrets.get(audience) : verificationKey(ring, kid ?? '', keyFamilyOf(alg)),
  }
}

function formatOf(api: ResourceServer, secret: KeyObject | undefined): TokenFormat {
  const { signing_alg: alg = 'RS256', token_dialect, token_encryption } = api
  const isRfc = isRfc9068(token_dialect)
  const fault = token_encryption == null ? undefined : encryptionFault(token_encryption)
  return {
    alg,
    typ: isRfc ? 'at+jwt' : 'JWT',
    isUnique: isRfc,
    ...(secret !== undefined && alg === 'HS256' && { secret }),
    ...(token_encryption != null && {
      // Such an API is refused when it is configured; one that is stored all the same gets no token, and keeps nobody else from theirs.
      encrypt: fault === undefined ? tokenEncrypter(token_encryption) : () => Promise.reject(new Error(fault)),
    }),
  }
}

function pairOf<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]]
}

/** Equal for equal keys: a record's revision moves with every change of it. */
function versionsOf(stored: readonly { readonly kid: string; readonly revision: number }[]): string {
  return stored.map(({ kid, revision }) => `${kid}:${revision}`).join()
}

/** The key made in the data folder, or made now: never a new one for records that an older one closed. */
export async function ownSealingKey(
  { path, sealingKeyFile, hasRecords }: DataFolder,
  mayMake: boolean,
): Promise<Uint8Array> {
  if (!existsSync(sealingKeyFile)) {
    if (!mayMake) throw new Error('no sealing key is given: set SEALING_KEY or SEALING_KEY_FILE to 32 random bytes')
    if (hasRecords) {
      throw new Error(
        `DATA_DIR ${path} has records but its sealing.key is gone: put it back, give it as SEALING_KEY, or give another DATA_DIR; nothing was changed`,
      )
    }
    await writeFile(sealingKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  }
  return readSealingKey(sealingKeyFile)
}
