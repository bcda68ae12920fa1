import type { KeyObject } from 'node:crypto'
import type { SigningAlgorithm } from '../domain/index.ts'
import type { KeyRing } from './key-ring.ts'
import { SameSecondTokens } from './same-second.ts'
import {
  isDeterministic,
  type PendingSignatures,
  type SignInput,
  type SigningMode,
  signerOfKey,
  signerOfSecret,
} from './signature.ts'
import { keyFamilyOf } from './signing-key.ts'

/** How the access tokens of one API are made: one object an API and configuration, since what is prepared is kept by it. */
export interface TokenFormat {
  readonly alg: SigningAlgorithm
  /** RFC 9068 §2.1 for `at+jwt`. */
  readonly typ: 'JWT' | 'at+jwt'
  /** Whether claims of this format hold a `jti`: no two tokens are then alike, and none is used twice. */
  readonly isUnique: boolean
  /** Of HS256, and of nothing else. */
  readonly secret?: KeyObject
  /** Of an API that has its tokens encrypted. */
  readonly encrypt?: (token: string) => Promise<string>
}

/** What makes the tokens of one format under one key, with one header. */
interface Maker {
  /** In base64url, with the dot. */
  readonly header: string
  readonly sign: SignInput
  readonly isShareable: boolean
}

/** Signs access tokens with the current keys of a ring that may be replaced at any time. */
export class AccessTokenSigner {
  readonly #mode: SigningMode
  readonly #pending: PendingSignatures = { count: 0 }
  readonly #thisSecond = new SameSecondTokens()
  #ring: KeyRing
  #makers = new WeakMap<TokenFormat, Maker>()
  /** By algorithm: formats share the copies of a key. */
  #signers = new Map<SigningAlgorithm, SignInput>()

  constructor(ring: KeyRing, mode: SigningMode) {
    this.#ring = ring
    this.#mode = mode
  }

  /** Signs with another ring's current keys from now on. Signatures under way end under the key they began with. */
  use(ring: KeyRing): void {
    this.#ring = ring
    this.#makers = new WeakMap()
    this.#signers = new Map()
    // An older key's token is valid still, but a rotation is there to end its use.
    this.#thisSecond.clear()
  }

  /**
   * The compact JWS of a claims set given as JSON text (RFC 7515 §3.1), or the JWE around it; `undefined` when the pool holds as many signatures
   * as it may. Throws when the ring has no key for the format: such an API is refused when it is configured.
   *
   * Tokens of the same second that would be equal byte for byte are signed once.
   *
   * @param issuedAt - the claims' `iat`
   */
  sign(claims: string, format: TokenFormat, issuedAt: number): string | Promise<string> | undefined {
    const token = this.#signed(claims, format, issuedAt)
    const { encrypt } = format
    if (encrypt === undefined || token === undefined) return token
    return typeof token === 'string' ? encrypt(token) : token.then(encrypt)
  }

  #signed(claims: string, format: TokenFormat, issuedAt: number): string | Promise<string> | undefined {
    const maker = this.#makers.get(format) ?? this.#prepare(format)
    if (!maker.isShareable) return maker.sign(maker.header + base64url(claims))
    const known = this.#thisSecond.find(maker, claims, issuedAt)
    if (known !== undefined) return known
    const token = maker.sign(maker.header + base64url(claims))
    if (token !== undefined) this.#thisSecond.keep(maker, claims, issuedAt, token)
    return token
  }

  #prepare(format: TokenFormat): Maker {
    const { alg, typ, isUnique, secret } = format
    const family = keyFamilyOf(alg)
    const kid = family === undefined ? undefined : this.#ring.current.get(family)?.kid
    const maker = {
      // `alg, typ, kid`, in the order Auth0 writes them; a secret has no name.
      header: `${base64url(JSON.stringify({ alg, typ, ...(kid !== undefined && { kid }) }))}.`,
      sign: alg === 'HS256' ? signerOfSecret(demandSecret(secret)) : this.#signerOf(alg),
      isShareable: isDeterministic(alg) && !isUnique,
    }
    this.#makers.set(format, maker)
    return maker
  }

  #signerOf(alg: Exclude<SigningAlgorithm, 'HS256'>): SignInput {
    const known = this.#signers.get(alg)
    if (known !== undefined) return known
    const family = keyFamilyOf(alg)
    const key = family === undefined ? undefined : this.#ring.current.get(family)
    if (key === undefined) throw new Error(`there is no signing key for ${alg}`)
    // A failed signature is kept as a promise that rejects: none who comes after gets it.
    const forget = () => this.#thisSecond.clear()
    const signer = signerOfKey(alg, key.privateKey, this.#mode, this.#pending, forget)
    this.#signers.set(alg, signer)
    return signer
  }
}

function demandSecret(secret: KeyObject | undefined): KeyObject {
  if (secret === undefined) throw new Error('an API signs with HS256 and has no signing secret')
  return secret
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
