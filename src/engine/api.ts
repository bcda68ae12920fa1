import { type Clock, guesses, type Scope } from '../domain/index.ts'
import type { Command, DenyCode } from './command.ts'
import { type ClaimValue, readClaimValue, utf8Length } from './custom-claims.ts'
import { checkRoomFor, readTargetScope, readTargetScopes } from './target-scopes.ts'
import type { Transaction } from './transaction.ts'
import { type CacheRecord, type CacheResult, readCacheEntry } from './trigger-cache.ts'

/**
 * The api object of the `credentials-exchange` trigger, version 2: exactly these four namespaces.
 *
 * @see Auth0 Docs, "credentials-exchange API object"
 */
export interface CredentialsExchangeAPI {
  access: {
    /** Denies the exchange. The handler goes on until it returns; later actions do not run. Of several calls the last counts. */
    deny(code: DenyCode, reason?: string): CredentialsExchangeAPI
  }
  accessToken: {
    /** Sets a claim of the access token. Reserved names are dropped in silence at Auth0; here `try` and `dev` say so. */
    setCustomClaim(key: string, value: unknown): CredentialsExchangeAPI
  }
  cache: {
    get(key: string): CacheRecord | undefined
    /** `ttl` in milliseconds, `expires_at` in milliseconds since the epoch; the earlier one applies. 15 minutes when neither is given. */
    set(
      key: string,
      value: string,
      options?: { ttl?: number; expires_at?: number },
    ): CacheResult<{ readonly record: CacheRecord }>
    delete(key: string): CacheResult
  }
  transaction: {
    addTargetScope(scope: string): void
    removeTargetScope(scope: string): void
    setTargetScopes(scopes: string[]): void
    clearTargetScopes(): void
  }
}

/** One action's turn within an execution. */
export interface Turn {
  readonly transaction: Transaction
  readonly clock: Clock
  /** Commands recorded in the whole execution so far, this turn's own not counted. */
  readonly recorded: number
  /** Called after every change of the target scopes, with the scopes as they now are. */
  readonly onTargetScopes: (scopes: Scope[]) => void
  /** Called for a call that came after {@link OpenApi.settle}, with the method's name. */
  readonly onLateCall: (method: string) => void
}

/** An api object and the other end of it. */
export interface OpenApi {
  readonly api: CredentialsExchangeAPI
  /** The calls so far, in order. */
  readonly commands: readonly Command[]
  /** Ends the turn: from now on every call is without effect, and answers as if it had failed where it can. */
  settle(): void
}

/** Makes the api object of one turn. Every effective call becomes a command, applied to the transaction at once. */
export function openApi({ transaction, clock, recorded, onTargetScopes, onLateCall }: Turn): OpenApi {
  const commands: Command[] = []
  let settled = false

  const isLate = (method: string): boolean => {
    if (settled) onLateCall(method)
    return settled
  }
  const isFull = (): boolean => recorded + commands.length >= guesses.commandsPerExecution
  const record = (command: Command, read?: ClaimValue): void => {
    if (isFull()) throw new Error(`An execution has at most ${guesses.commandsPerExecution} calls that take effect.`)
    transaction.apply(command, clock(), read)
    commands[commands.length] = command
  }
  const recordScopes = (command: Command): void => {
    record(command)
    onTargetScopes([...transaction.target])
  }

  const setCustomClaim = (key: unknown, value: unknown): void => {
    if (typeof key !== 'string' || key === '') {
      record({ type: 'ignored', what: 'unnamed-claim', name: nameOf(key) })
      return
    }
    const read = readClaimValue(value, transaction.claimBytesLeft - utf8Length(key))
    if (read === undefined) record({ type: 'ignored', what: 'undefined-claim', name: nameOf(key) })
    else if (read === 'too-large') record({ type: 'oversized-claims', name: nameOf(key) })
    else record({ type: 'set-claim', name: key, value: read.value }, read)
  }

  const api: CredentialsExchangeAPI = {
    access: {
      deny(code: unknown, reason?: unknown) {
        if (!isLate('api.access.deny')) {
          const reasonText = reason == null ? '' : nameOf(reason, 1_000)
          record({ type: 'deny', code: nameOf(code), ...(reasonText === '' ? {} : { reason: reasonText }) })
        }
        return api
      },
    },
    accessToken: {
      setCustomClaim(key: unknown, value: unknown) {
        if (!isLate('api.accessToken.setCustomClaim')) setCustomClaim(key, value)
        return api
      },
    },
    cache: {
      get(key) {
        return copyOf(transaction.cache.get(key, clock()))
      },
      set(key, value, options) {
        if (isLate('api.cache.set')) return { type: 'error', code: 'FailedToSetCacheRecord' }
        if (isFull()) return { type: 'error', code: 'MaxSideEffectsExceeded' }
        const entry = readCacheEntry(transaction.cache, key, value, options, clock())
        if (typeof entry === 'string') return { type: 'error', code: entry }
        record({ type: 'cache-set', key, value: entry.value, expires_at: entry.expires_at })
        return { type: 'success', record: { ...entry } }
      },
      delete(key) {
        if (isLate('api.cache.delete')) return { type: 'error', code: 'FailedToDeleteCacheRecord' }
        if (transaction.cache.get(key, clock()) === undefined) return { type: 'error', code: 'CacheKeyDoesNotExist' }
        if (isFull()) return { type: 'error', code: 'MaxSideEffectsExceeded' }
        record({ type: 'cache-delete', key })
        return { type: 'success' }
      },
    },
    transaction: {
      addTargetScope(value: unknown) {
        if (isLate('api.transaction.addTargetScope')) return
        const scope = readTargetScope(value)
        checkRoomFor(scope, transaction.target)
        recordScopes({ type: 'add-scope', scope })
      },
      removeTargetScope(value: unknown) {
        if (isLate('api.transaction.removeTargetScope')) return
        recordScopes({ type: 'remove-scope', scope: readTargetScope(value) })
      },
      setTargetScopes(value: unknown) {
        if (isLate('api.transaction.setTargetScopes')) return
        recordScopes({ type: 'set-scopes', scopes: readTargetScopes(value) })
      },
      clearTargetScopes() {
        if (isLate('api.transaction.clearTargetScopes')) return
        recordScopes({ type: 'set-scopes', scopes: [] })
      },
    },
  }
  return {
    api,
    commands,
    settle: () => {
      settled = true
    },
  }
}

function copyOf(record: CacheRecord | undefined): CacheRecord | undefined {
  return record === undefined ? undefined : { value: record.value, expires_at: record.expires_at }
}

/** A short text of whatever was passed where a text belongs; never throws, whatever its `toString` does. */
function nameOf(value: unknown, length = 256): string {
  try {
    return String(value).slice(0, length)
  } catch {
    return typeof value
  }
}
