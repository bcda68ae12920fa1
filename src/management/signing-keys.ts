import Type from 'typebox'
import { revokeSigningKey, rotateSigningKeys } from '../deployment/index.ts'
import { certificateFormats } from '../keys/index.ts'
import type { SigningKeyRecord } from '../storage/index.ts'
import { operation } from './operation.ts'
import { ManagementRefusal } from './refusals.ts'

const SigningKey = Type.Object({
  kid: Type.String(),
  cert: Type.String(),
  pkcs7: Type.String(),
  current: Type.Boolean(),
  next: Type.Boolean(),
  previous: Type.Boolean(),
  current_since: Type.Optional(Type.String()),
  current_until: Type.Optional(Type.String()),
  fingerprint: Type.String(),
  thumbprint: Type.String(),
  revoked: Type.Boolean(),
  revoked_at: Type.Optional(Type.String()),
  alg: Type.Optional(Type.String()),
})

const KeyWithCertificate = Type.Object({ kid: Type.String(), cert: Type.String() })

/** `GET /keys/signing`: those that verify first, and of them those of RSA: clients of Auth0 take the first that is current. */
export const listSigningKeys = operation({ answer: Type.Array(SigningKey) }, async (_request, { store }) => {
  const keys = await store.signingKeys.list()
  return keys.toSorted((a, b) => rankOf(a) - rankOf(b)).map(view)
})

/** `GET /keys/signing/:kid`. */
export const getSigningKey = operation({ answer: SigningKey }, async ({ params }, { store }) => {
  const key = await store.signingKeys.get(params.kid ?? '')
  if (key === undefined) throw new ManagementRefusal('signing-key-unknown', {})
  return view(key)
})

/** `POST /keys/signing/rotate`: of every family; answered is the RSA key that signs now. */
export const rotateKeys = operation({ status: 201, answer: KeyWithCertificate }, async (_request, { signingKeys }) => {
  const current = await rotateSigningKeys(signingKeys)
  const rsa = current.find(({ alg }) => alg === 'RS256')
  if (rsa === undefined) throw new Error('no RSA key is current after a rotation')
  return withCertificate(rsa)
})

/** `PUT /keys/signing/:kid/revoke`. */
export const revokeKey = operation({ answer: KeyWithCertificate }, async ({ params }, { store, clock }) => {
  const kid = params.kid ?? ''
  if ((await store.signingKeys.get(kid)) === undefined) throw new ManagementRefusal('signing-key-unknown', {})
  return withCertificate(await revokeSigningKey(kid, { store, clock }))
})

const families = ['RS256', 'ES256', 'EdDSA']
const states = ['current', 'next', 'previous', 'revoked']

function rankOf({ alg, state }: SigningKeyRecord): number {
  return states.indexOf(state) * families.length + families.indexOf(alg)
}

/** The keys of the families that Auth0 does not have show what they are for, and have no certificate: its members are empty then. */
function view({ kid, alg, cert, state, current_since, current_until, revoked_at }: SigningKeyRecord): object {
  const formats = cert === undefined ? undefined : certificateFormats(cert)
  return {
    kid,
    cert: formats?.pem ?? '',
    pkcs7: formats?.pkcs7 ?? '',
    current: state === 'current',
    next: state === 'next',
    previous: state === 'previous',
    ...(current_since !== undefined && { current_since }),
    ...(current_until !== undefined && { current_until }),
    fingerprint: formats?.fingerprint ?? '',
    thumbprint: formats?.thumbprint ?? '',
    revoked: state === 'revoked',
    ...(revoked_at !== undefined && { revoked_at }),
    ...(formats === undefined && { alg }),
  }
}

function withCertificate({ kid, cert }: SigningKeyRecord): object {
  return { kid, cert: cert === undefined ? '' : certificateFormats(cert).pem }
}
