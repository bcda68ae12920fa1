/**
 * Types of what an Action of the `credentials-exchange` trigger, version 2, is called with. Nothing here runs: an Action names these types for
 * its editor and for `tsc`, and imports nothing of them, here or at Auth0.
 *
 * @see Auth0 Docs, "credentials-exchange event object" and "credentials-exchange API object"
 */

/** The handler that an Action exports as `onExecuteCredentialsExchange`: an async function. What it returns is ignored. */
export type CredentialsExchangeAction = (event: Event, api: CredentialsExchangeAPI) => Promise<unknown>

// biome-ignore lint/suspicious/noExplicitAny: callers and other Actions may have put anything there, and Auth0's typings say so
type Anything = any

/**
 * The secrets of the Action itself, in the clear; never those of another one. Names have at most 128 characters, values 4,096.
 * Declare yours by adding members to this interface: `declare module 'symbolon/actions' { interface Secrets { API_KEY: string } }`.
 */
export interface Secrets {
  [name: string]: string
}

/** Private to Auth0, and empty. */
export interface Configuration {
  [name: string]: Anything
}

/** The exchange that an Action may change. Each Action has a copy of its own: writing onto it changes nothing, that is what `api` is for. */
export interface Event {
  /** The access token that is about to be issued. */
  accessToken: {
    /** The claims that earlier Actions set, as they stood when this one began. */
    customClaims: { [claim: string]: Anything }
    /** The scopes that are about to be issued. */
    scope: string[]
  }
  /** The agent behind the client: Early Access at Auth0, and absent here. */
  agent?: {
    /** Begins with `agt_`. */
    agent_id: string
    agent_metadata: { [name: string]: Anything }
    name: string
  }
  /** The client that asks for a token. */
  client: {
    client_id: string
    /** The client's `client_metadata`: names and values of at most 255 characters. */
    metadata: { [name: string]: string }
    name: string
  }
  configuration: Configuration
  /** The custom domain that was asked; absent where it was the tenant's own. */
  custom_domain?: {
    domain: string
    domain_metadata: { [name: string]: string }
  }
  /** The organization that the exchange is bound to, by its `organization` parameter or as the client's default. */
  organization?: {
    display_name: string
    /** Begins with `org_`. */
    id: string
    metadata: { [name: string]: string }
    name: string
    [more: string]: Anything
  }
  /** The token request. */
  request: {
    /** The parameters of the request, also those of the caller's own. Credentials such as `client_secret` and `client_assertion` are left out. */
    body: { [parameter: string]: Anything }
    /** Where `ip` is thought to be; empty where that is not known. */
    geoip: Geoip
    /** The domain that was asked, the tenant's or a custom one. */
    hostname?: string
    ip: string
    /** The caller's language, such as `en`. */
    language?: string
    /** `POST`. */
    method: string
    user_agent?: string
  }
  /** The API that the token is for. */
  resource_server: {
    /** The audience. */
    identifier: string
  }
  secrets: Secrets
  tenant: {
    /** The tenant's name. */
    id: string
  }
  transaction: {
    /** The caller's mark on the request, for logs: 1 to 64 characters of `-`, `_`, letters, digits and `. * ~ @ + / :`. Early Access at Auth0. */
    correlation_id?: string
    /** The scopes that the request named; empty where it named none. */
    requested_scopes: string[]
    /**
     * The scopes that the token will carry as far as the client grant holds them: at first those of the grant. Each call of `api.transaction` puts a
     * new list here, so read it anew. Always present here, Early Access at Auth0.
     */
    target_scopes?: string[]
  }
}

/** Where an address is thought to be: whatever of it is known. */
export interface Geoip {
  cityName?: string
  /** Two letters, such as `EU`. */
  continentCode?: string
  /** ISO 3166-1, two letters. */
  countryCode?: string
  /** ISO 3166-1, three letters. */
  countryCode3?: string
  countryName?: string
  /** Degrees. */
  latitude?: number
  /** Degrees. */
  longitude?: number
  subdivisionCode?: string
  subdivisionName?: string
  /** Such as `Europe/Berlin`. */
  timeZone?: string
  [more: string]: Anything
}

/** The codes that a denial may have. The caller gets it as `error`: the first two with status 400, `server_error` with 500. */
export type DenyCode = 'invalid_scope' | 'invalid_request' | 'server_error'

/** What an Action may ask for. It has no effect after the handler has settled. */
export interface CredentialsExchangeAPI {
  access: {
    /**
     * Denies the exchange: no token. The handler goes on until it returns, later Actions do not run, and what was written into the cache stays.
     * Of several calls the last one counts. The caller gets `reason` as `error_description`.
     */
    deny(code: DenyCode, reason?: string): CredentialsExchangeAPI
  }
  accessToken: {
    /**
     * Sets a claim of the access token; of several calls with one name the last one counts. `value` is anything that has a JSON form, at most 100 KB
     * for all claims together, names included. Reserved names such as `iss`, and namespaces of Auth0's, are dropped without an error.
     */
    setCustomClaim(key: string, value: unknown): CredentialsExchangeAPI
  }
  /** A cache of texts that all Actions of the trigger share: 20 entries and 8 kB in all. Later executions may find it empty. */
  cache: {
    /** The entry of a key, unless it has expired: the record, not the value alone. */
    get(key: string): CacheRecord | undefined
    /**
     * Keeps a value of at most 4,096 bytes under a key of at most 64, for 15 minutes unless told otherwise and never for longer than 24 hours.
     * Throws a TypeError for a key or a value that is no text; whatever else is wrong is answered as a code.
     */
    set(
      key: string,
      value: string,
      options?: {
        /** Milliseconds from now. With `expires_at`, the earlier of the two counts. */
        ttl?: number | undefined
        /** Milliseconds since the epoch. */
        expires_at?: number | undefined
      },
    ): CacheSetResult
    /** Removes the entry of a key, and says so if there was none. */
    delete(key: string): CacheDeleteResult
  }
  /**
   * The scopes that the token will carry, as far as the client grant holds them: what is outside of it is dropped without an error after the last
   * Action. Early Access at Auth0. A scope has 1 to 280 characters and no white space inside; these throw for another one, and for more than 1,000.
   */
  transaction: {
    addTargetScope(scope: string): void
    removeTargetScope(scope: string): void
    /** Puts scopes in the place of all others; the empty list clears them. */
    setTargetScopes(scopes: string[]): void
    clearTargetScopes(): void
  }
}

/** An entry of the cache. */
export interface CacheRecord {
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly expires_at: number
}

/** What `api.cache.set` answers. It is no promise; `await` on it does no harm. */
export type CacheSetResult = { readonly type: 'success'; readonly record: CacheRecord } | CacheError

/** What `api.cache.delete` answers. It is no promise; `await` on it does no harm. */
export type CacheDeleteResult = { readonly type: 'success' } | CacheError

/** That nothing was changed, and why. */
export interface CacheError {
  readonly type: 'error'
  readonly code: CacheErrorCode
}

/** Why the cache was not changed. */
export type CacheErrorCode =
  /** The execution has recorded as many effects as it may, or the cache as many entries. */
  | 'MaxSideEffectsExceeded'
  /** The key has more than 64 bytes. */
  | 'CacheKeySizeExceeded'
  /** The value has more than 4,096 bytes. */
  | 'CacheValueSizeExceeded'
  /** Keys and values together would be too large; a value that is overwritten still counts. */
  | 'CacheSizeExceeded'
  /** `ttl` or `expires_at` is in the past. */
  | 'ItemAlreadyExpired'
  /** `ttl` or `expires_at` is no finite number. */
  | 'InvalidExpiry'
  | 'FailedToSetCacheRecord'
  | 'FailedToDeleteCacheRecord'
  /** There was nothing to delete. */
  | 'CacheKeyDoesNotExist'
