import { createPublicKey, type KeyObject } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import {
  type Client,
  type ClientCredential,
  isLive,
  isOwnIssuer,
  type KnownClient,
  limits,
  type PublicKeyCredential,
  type TenantSnapshot,
} from '../domain/index.ts'
import { type Assertion, type AssertionPorts, demandForUs, demandInTime, rejected, spend } from './assertion-rules.ts'

/**
 * Holds a client to its own assertion: signed with one of its credentials, made for this server, short-lived and never used before.
 *
 * @see RFC 7523 §3; Auth0 Docs, "Authenticate with Private Key JWT"
 */
export async function authenticateByPrivateKey(
  assertion: Assertion,
  known: KnownClient,
  domains: TenantSnapshot['domains'],
  ports: Omit<AssertionPorts, 'issuerKeys'>,
): Promise<Client> {
  const { client } = known
  const { clock, assertionAudience, noteUse } = ports
  if (client.client_authentication_methods?.private_key_jwt == null)
    throw rejected('the client does not authenticate by private_key_jwt')
  const jti = demandWithinLimits(assertion)
  const nowMs = clock()
  demandInTime(assertion, nowMs, limits.clientAssertionLifetimeSeconds)
  const isStrict = assertionAudience === 'issuer' || client.compliance_level?.startsWith('fapi2_') === true
  demandForUs(assertion, (audience) => (isStrict ? isOwnIssuer(audience, domains) : isServer(audience, domains)))
  const credential = await demandSignature(assertion, candidates(assertion, known.credentials ?? [], nowMs))
  await spend(assertion, jti, limits.clientAssertionLifetimeSeconds, ports)
  noteUse?.(credential, client.client_id)
  return client
}

/** Refuses what is longer than Auth0 takes, and answers the `jti`. */
function demandWithinLimits({ text, iss, sub, jti }: Assertion): string {
  const most = limits.clientAssertionClaimLength
  if (text.length > limits.clientAssertionBytes)
    throw rejected(`the client assertion has ${text.length} bytes; the limit is ${limits.clientAssertionBytes}`)
  if (jti === undefined) throw rejected(`'jti' claim is missing`)
  for (const [name, value] of Object.entries({ iss, sub, jti }))
    if (value.length > most) throw rejected(`'${name}' claim has ${value.length} characters; the limit is ${most}`)
  return jti
}

/** The issuer of a domain with and without its slash, and its token endpoint's address: what clients of Auth0 send. */
function isServer(audience: string, domains: TenantSnapshot['domains']): boolean {
  return [audience, `${audience}/`, audience.replace(/oauth\/token$/, '')].some((issuer) =>
    isOwnIssuer(issuer, domains),
  )
}

/** The credentials that an assertion may be signed with: by its `kid`, or without one all for its `alg`. */
function candidates(
  { alg, kid }: Assertion,
  credentials: readonly ClientCredential[],
  nowMs: number,
): readonly PublicKeyCredential[] {
  const keys = credentials.filter((credential) => credential.credential_type === 'public_key')
  const named = kid === undefined ? keys : keys.filter((credential) => credential.kid === kid)
  if (named.length === 0)
    throw rejected(kid === undefined ? 'the client has no credential' : `'kid' names no credential of the client`)
  const fitting = named.filter((credential) => namesOf(credential).includes(alg))
  if (fitting.length === 0)
    throw rejected(`'alg' is not that of the credential: ${named.map((credential) => credential.alg).join(', ')}`)
  const live = fitting.filter((credential) => isLive(credential, nowMs))
  if (live.length === 0) throw rejected(`the credential ${fitting.map(({ id }) => id).join(', ')} has expired`)
  return live
}

/** What a header may call a credential's algorithm. Keys of EdDSA are Ed25519 here, whose own name is RFC 9864 §2.2's. */
function namesOf({ alg }: PublicKeyCredential): readonly string[] {
  return alg === 'EdDSA' ? [alg, 'Ed25519'] : [alg]
}

/** The credential that an assertion is signed with. */
async function demandSignature(
  { text }: Assertion,
  credentials: readonly PublicKeyCredential[],
): Promise<PublicKeyCredential> {
  for (const credential of credentials) if (await isSignedWith(text, credential)) return credential
  throw rejected('the signature of the client assertion is not that of the credential')
}

async function isSignedWith(text: string, credential: PublicKeyCredential): Promise<boolean> {
  try {
    await compactVerify(text, publicKeyOf(credential), { algorithms: [...namesOf(credential)] })
    return true
  } catch (error) {
    // A signature that does not verify is the answer itself; anything else is ours to mend and lets nobody in either.
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}

const publicKeys = new WeakMap<PublicKeyCredential, KeyObject>()

/** The key of a credential, made once while its snapshot is in use. */
function publicKeyOf(credential: PublicKeyCredential): KeyObject {
  const known = publicKeys.get(credential)
  if (known !== undefined) return known
  const key = createPublicKey(credential.pem)
  publicKeys.set(credential, key)
  return key
}
