import { type CompactVerifyGetKey, createLocalJWKSet, errors } from 'jose'
import { type Clock, type FederatedIssuer, isJsonObject, type KeySet } from '../domain/index.ts'
import { fetchJson } from './fetch-json.ts'

/** Finds the key that a token's header names, or throws: by the published keys of one issuer. */
export type FindIssuerKey = CompactVerifyGetKey

/** The keys that an external issuer signs with, as an entry of a client says. */
export type IssuerKeys = (entry: FederatedIssuer) => FindIssuerKey

/** How external issuers may be asked. */
export interface IssuerKeysOptions {
  readonly clock: Clock
  /** Whether plain HTTP will do for an address of this machine itself: for development. */
  readonly allowsLoopbackHttp: boolean
}

/** Milliseconds that a fetched key set is used. An issuer's revoked key is believed no longer than this. */
const maxAgeMs = 10 * 60 * 1_000
/** Milliseconds between two questions to one issuer, whatever tokens come in: also after one that was not answered. */
const cooldownMs = 30_000
/** Key sets kept. They belong to configured issuers, so there are few; old ones go when configurations have changed often. */
const mostSets = 1_000

/**
 * The keys of external issuers: those written into the entry, or fetched from its `jwks_uri`, or from where its discovery document says. One
 * question at a time and issuer, answers kept for ten minutes; a key that is not in them is asked for again after half a minute at the earliest.
 *
 * Fails, and lets nobody in, while an issuer cannot be reached.
 */
export function openIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const given = new WeakMap<KeySet, FindIssuerKey>()
  const fetched = new Map<string, FetchedKeys>()
  return (entry) => {
    const { jwks, jwks_uri, issuer } = entry
    if (jwks !== undefined) {
      const known = given.get(jwks) ?? localKeys(jwks)
      given.set(jwks, known)
      return known
    }
    const name = JSON.stringify([jwks_uri ?? null, jwks_uri === undefined ? issuer : null])
    const known = fetched.get(name) ?? new FetchedKeys(entry, options)
    if (fetched.size >= mostSets && !fetched.has(name))
      for (const oldest of fetched.keys()) {
        fetched.delete(oldest)
        break
      }
    fetched.set(name, known)
    return (header, token) => known.find(header, token)
  }
}

class FetchedKeys {
  readonly #entry: FederatedIssuer
  readonly #options: IssuerKeysOptions
  #keys: FindIssuerKey | undefined
  #fetchedAtMs = Number.NEGATIVE_INFINITY
  #askedAtMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(entry: FederatedIssuer, options: IssuerKeysOptions) {
    this.#entry = entry
    this.#options = options
  }

  readonly find: FindIssuerKey = async (header, token) => {
    const keys = this.#isFresh() ? this.#keys : await this.#ask()
    if (keys === undefined) throw new Error('the keys of the issuer could not be fetched a moment ago')
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      // The issuer may have a new key; who asks with made-up ones does not make us ask more often.
      const newer = await this.#ask()
      if (newer === undefined || newer === keys) throw error
      return newer(header, token)
    }
  }

  #isFresh(): boolean {
    const age = this.#options.clock() - this.#fetchedAtMs
    return age >= 0 && age < maxAgeMs
  }

  /** The keys as they are now, asked for again unless that was just done; `undefined` when there are none to rely on. */
  async #ask(): Promise<FindIssuerKey | undefined> {
    const sinceAsked = this.#options.clock() - this.#askedAtMs
    if (this.#asking === undefined && (sinceAsked < 0 || sinceAsked >= cooldownMs)) {
      this.#askedAtMs = this.#options.clock()
      this.#asking = this.#fetch().finally(() => {
        this.#asking = undefined
      })
    }
    await this.#asking
    return this.#isFresh() ? this.#keys : undefined
  }

  async #fetch(): Promise<void> {
    const { issuer, jwks_uri } = this.#entry
    const { allowsLoopbackHttp } = this.#options
    let address = jwks_uri
    if (address === undefined) {
      // OpenID Connect Discovery 1.0 §4.1
      const document = await fetchJson(
        `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        allowsLoopbackHttp,
      )
      // §4.3: it must name the issuer that was asked for.
      if (document.issuer !== issuer) throw new Error(`the discovery document of ${issuer} names another issuer`)
      if (typeof document.jwks_uri !== 'string')
        throw new Error(`the discovery document of ${issuer} names no jwks_uri`)
      address = document.jwks_uri
    }
    const { keys } = await fetchJson(address, allowsLoopbackHttp)
    if (!Array.isArray(keys)) throw new Error(`${address} is not a key set`)
    // Whoever can read it can sign as the issuer.
    if (keys.some((key: unknown) => isJsonObject(key) && key.d !== undefined))
      throw new Error(`${address} publishes a private key`)
    this.#keys = createLocalJWKSet({ keys })
    this.#fetchedAtMs = this.#options.clock()
  }
}

function localKeys(jwks: KeySet): FindIssuerKey {
  return createLocalJWKSet({ keys: jwks.keys.map((key) => ({ ...key })) })
}
