import { createHmac, type KeyObject, randomUUID, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import {
  base64url,
  type Members,
  newKey,
  ownClaims,
  signatureOf,
  signed,
  type TestKey,
} from '../../support/assertions.ts'
import { billing } from '../../support/tenant.ts'

/** The victim's keys and the attacker's. */
export const [rsa, ec, mallory, malloryEc] = [newKey('RS256'), newKey('ES256'), newKey('RS256'), newKey('ES256')]
/** The external issuer that the victim lists, and the id of the victim's RSA key. */
export const issuer = 'https://issuer.example.com'
export const kid = 'the-key-of-the-victim'

/** Whom an attack would pass for: the claims its assertions have, and what else a request needs. */
export interface Victim {
  readonly claims: (changes?: Members) => Members
  readonly parameters: Members
}

/** Every victim, by what it is. */
export const victims: Readonly<Record<string, Victim>> = {
  'a client with a key of its own': {
    claims: (changes) => ownClaims('keyed', changes),
    parameters: { client_id: undefined },
  },
  'a workload of an external issuer': {
    claims: (changes) => ownClaims('keyed', { iss: issuer, sub: 'workload', ...changes }),
    parameters: { client_id: 'federated' },
  },
}

/** One attack: the assertions it sends, one after the other. */
export type Attack = (victim: Victim, lure: Lure) => string | readonly string[]

/** What an attack would have the server take for a key. */
export interface Lure {
  /** An address of the attacker's, without a trailing slash. */
  readonly url: string
  /** A certificate of the attacker's: DER, base64. */
  readonly certificate: string
}

/** A key as a JWK. */
export const jwk = (key: KeyObject) => key.export({ format: 'jwk' })
const hmac = (secret: string | Buffer, payload: Members, header: Members = {}, hash = 'sha256') => {
  const input = `${base64url(JSON.stringify({ alg: 'HS256', ...header }))}.${base64url(JSON.stringify(payload))}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}
/** The victim's own assertion, one of its three segments changed. */
const changed = (victim: Victim, segment: 0 | 1 | 2, by: (text: string) => string, key: TestKey = rsa) =>
  signed(key, victim.claims())
    .split('.')
    .map((text, index) => (index === segment ? by(text) : text))
    .join('.')
const headed = (victim: Victim, head: string, key: TestKey = rsa) => {
  const input = `${base64url(head)}.${base64url(JSON.stringify(victim.claims()))}`
  return `${input}.${signatureOf(key, input).toString('base64url')}`
}
const raw = (body: string) => signed(rsa, body)
const withMember = (victim: Victim, text: string) => `${JSON.stringify(victim.claims()).slice(0, -1)},${text}}`
const noneInEveryCase = Array.from({ length: 16 }, (_, bits) =>
  Array.from('none', (letter, index) => ((bits >> index) & 1 ? letter.toUpperCase() : letter)).join(''),
)
const pem = (key: KeyObject, type: 'spki' | 'pkcs1') => String(key.export({ type, format: 'pem' }))
const encodings: Readonly<Record<string, string | Buffer>> = {
  'PEM as configured': rsa.pem,
  'PEM without its last line feed': rsa.pem.trimEnd(),
  'PEM with CRLF': rsa.pem.replaceAll('\n', '\r\n'),
  'DER (SPKI)': rsa.publicKey.export({ type: 'spki', format: 'der' }),
  'PEM (PKCS #1)': pem(rsa.publicKey, 'pkcs1'),
  'DER (PKCS #1)': rsa.publicKey.export({ type: 'pkcs1', format: 'der' }),
  JWK: JSON.stringify(jwk(rsa.publicKey)),
  'the base64 within the PEM': rsa.pem.split('\n').slice(1, -2).join(''),
  'the modulus': Buffer.from(String(jwk(rsa.publicKey).n), 'base64url'),
  'the modulus in base64url': String(jwk(rsa.publicKey).n),
}
/** Order of the group of P-256. */
export const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
/** A number as 32 bytes. */
export const bytes32 = (number: bigint) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
const ecSignature = (r: bigint, s: bigint) => Buffer.concat([bytes32(r), bytes32(s)]).toString('base64url')
const ecChanged = (victim: Victim, signature: string) => changed(victim, 2, () => signature, ec)
const injections = [
  '../../../../../../dev/null',
  '/proc/sys/kernel/randomize_va_space',
  "x' UNION SELECT 'AA",
  '$(touch /tmp/x)',
  'a\0b',
  '__proto__',
  'constructor',
  'https://evil.example.com/key.pem',
  'x'.repeat(1_000),
  '',
]
const notTimes = [9_999_999_999_999, -1, 'soon', null, true, [1], { a: 1 }, '9999999999']

/** Every attack, by what it does. None of its assertions is to be accepted. */
export const attacks: Readonly<Record<string, Attack>> = {
  'no signature, by every spelling of none': (v) =>
    noneInEveryCase.flatMap((alg) => {
      const input = `${base64url(JSON.stringify({ alg }))}.${base64url(JSON.stringify(v.claims()))}`
      return [`${input}.`, input, `${input}.AA`, `${input}.${signatureOf(rsa, input).toString('base64url')}`]
    }),
  'an algorithm that is none or no text': (v) =>
    [undefined, '', null, 0, ['RS256'], { alg: 'RS256' }, 'rs256', ' RS256', 'RS256\0', 'RS', 'x'.repeat(17)].map(
      (alg) => signed(rsa, v.claims(), { alg }),
    ),
  ...Object.fromEntries(
    Object.entries(encodings).map(([name, secret]): [string, Attack] => [
      `HMAC with the public key: ${name}`,
      (v) =>
        (['HS256', 'HS384', 'HS512'] as const).flatMap((alg) => {
          const hash = alg.replace('HS', 'sha')
          return [hmac(secret, v.claims(), { alg }, hash), hmac(secret, v.claims(), { alg: 'RS256' }, hash)]
        }),
    ]),
  ),
  'HMAC with nothing, with a guess, with the client secret': (v) =>
    ['', 'secret', billing.client_secret, 'keyed-secret'].map((secret) => hmac(secret, v.claims())),
  "a key of the attacker's": (v) => [signed(mallory, v.claims()), signed(malloryEc, v.claims())],
  "the victim's key id with a key of the attacker's": (v) => signed(mallory, v.claims(), { kid }),
  'jwk in the header': (v) => [
    signed(mallory, v.claims(), { jwk: jwk(mallory.publicKey) }),
    signed(mallory, v.claims(), { jwk: { ...jwk(mallory.publicKey), kid }, kid }),
    signed(malloryEc, v.claims(), { jwk: jwk(malloryEc.publicKey) }),
  ],
  'jku in the header': (v, lure) =>
    [
      `${lure.url}/jwks.json`,
      `https://auth.example.com@${lure.url.slice(7)}/`,
      `${lure.url}/#https://auth.example.com`,
    ].flatMap((jku) => [signed(mallory, v.claims(), { jku, kid: 'evil' }), signed(mallory, v.claims(), { jku, kid })]),
  'x5u in the header': (v, lure) => signed(mallory, v.claims(), { x5u: `${lure.url}/cert.pem` }),
  'x5c in the header': (v, lure) => signed(mallory, v.claims(), { x5c: [lure.certificate], kid }),
  'a header that brings a key beside a good signature': (v, lure) => [
    signed(rsa, v.claims(), { jwk: jwk(rsa.publicKey) }),
    signed(rsa, v.claims(), { jku: `${lure.url}/jwks.json` }),
    signed(rsa, v.claims(), { x5u: `${lure.url}/cert.pem` }),
    signed(rsa, v.claims(), { x5c: [lure.certificate] }),
  ],
  'a key id that leads somewhere': (v) =>
    injections.flatMap((evil) => [
      signed(mallory, v.claims(), { kid: evil }),
      hmac('', v.claims(), { kid: evil }),
      hmac(Buffer.from('AA'), v.claims(), { kid: evil }),
    ]),
  'a key id that is no text': (v) => [7, null, {}, [kid], true].map((evil) => signed(rsa, v.claims(), { kid: evil })),
  'critical members': (v) =>
    [['exp'], ['b64'], ['unknown'], [], 'exp', null, {}].flatMap((crit) => [
      signed(rsa, v.claims(), { crit }),
      signed(rsa, v.claims(), { crit, b64: false, unknown: 1 }),
    ]),
  'an unencoded payload': (v) => {
    const head = base64url(JSON.stringify({ alg: 'RS256', b64: false, crit: ['b64'] }))
    const body = JSON.stringify(v.claims())
    const signature = signatureOf(rsa, `${head}.${body}`).toString('base64url')
    const input = `${base64url(JSON.stringify({ alg: 'RS256', b64: false }))}.${base64url(body)}`
    return [`${head}.${body}.${signature}`, `${input}.${signatureOf(rsa, input).toString('base64url')}`]
  },
  'a header with a member twice': (v) => [
    headed(v, '{"alg":"RS256","alg":"RS256"}'),
    headed(v, '{"alg":"none","alg":"RS256"}'),
    headed(v, '{"alg":"RS256","\\u0061lg":"RS256"}'),
    headed(v, `{"alg":"RS256","kid":"${kid}","kid":"${kid}"}`),
  ],
  'a claim twice': (v) =>
    Object.entries(v.claims()).flatMap(([name, value]) => [
      raw(withMember(v, `${JSON.stringify(name)}:${JSON.stringify(value)}`)),
      raw(`{${JSON.stringify(name)}:"other",${JSON.stringify(v.claims()).slice(1)}`),
    ]),
  'a claim twice, deep inside': (v) => raw(withMember(v, '"a":{"b":[{"c":1,"c":2}]}')),
  'a signed token inside of a signed token': (v) => [
    raw(JSON.stringify(signed(rsa, v.claims()))),
    raw(signed(rsa, v.claims())),
    signed(mallory, signed(rsa, v.claims()), { cty: 'JWT' }),
  ],
  'an encrypted token': (v) => {
    const head = (members: Members) => base64url(JSON.stringify(members))
    const [body, alg] = [base64url(JSON.stringify(v.claims())), 'RSA-OAEP-256']
    return [
      `${head({ alg, enc: 'A256GCM' })}.AA.AA.${body}.AA`,
      `${head({ alg: 'dir', enc: 'A256GCM' })}..AA.${body}.AA`,
      signed(rsa, v.claims(), { enc: 'A256GCM' }),
      signed(rsa, v.claims(), { alg, enc: 'A256GCM' }),
    ]
  },
  'the JSON forms of a JWS': (v) => {
    const [head = '', payload = '', signature = ''] = signed(rsa, v.claims()).split('.')
    return [
      JSON.stringify({ protected: head, payload, signature }),
      JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
      JSON.stringify({ payload, signature, header: { alg: 'RS256' } }),
    ]
  },
  'a compressed payload': (v) => {
    const body = deflateRawSync(JSON.stringify(v.claims()))
    const input = `${base64url(JSON.stringify({ alg: 'RS256', zip: 'DEF' }))}.${base64url(body)}`
    return [`${input}.${signatureOf(rsa, input).toString('base64url')}`, signed(rsa, v.claims(), { zip: 'DEF' })]
  },
  'a huge one': (v) => [
    signed(rsa, v.claims({ more: 'x'.repeat(6_000) })),
    signed(rsa, v.claims({ more: 'x'.repeat(30_000) })),
    signed(rsa, v.claims(), { more: 'x'.repeat(30_000) }),
    `${'a.'.repeat(20_000)}a`,
    `.${'a'.repeat(40_000)}.`,
  ],
  'a deep one': (v) => [
    raw(withMember(v, `"a":${'['.repeat(500)}${']'.repeat(500)}`)),
    raw(`${'{"a":'.repeat(400)}1${'}'.repeat(400)}`),
    headed(v, `{"alg":"RS256","a":${'['.repeat(400)}${']'.repeat(400)}}`),
  ],
  'an altered header, claim or signature': (v) => [
    changed(v, 0, () => base64url(JSON.stringify({ alg: 'RS256', kid }))),
    changed(v, 1, () => base64url(JSON.stringify(v.claims({ admin: true })))),
    changed(v, 1, () => base64url(JSON.stringify(v.claims()))),
    changed(v, 2, (text) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`),
    changed(v, 2, (text) => Array.from(text).toReversed().join('')),
  ],
  'a cut signature': (v) =>
    [0, 1, 2, 100, 340]
      .map((length) => changed(v, 2, (text) => text.slice(0, length)))
      .concat(signed(rsa, v.claims()).slice(0, -1)),
  'a longer signature': (v) => ['AA', 'AAAA', '.AA'].map((more) => changed(v, 2, (text) => text + more)),
  'white space, padding and other alphabets': (v) => [
    ...[' ', '\n', '\t', '\r\n', '=', '==', '\0', '\u00a0', '\u200b', '%20'].flatMap((space) => [
      space + signed(rsa, v.claims()),
      signed(rsa, v.claims()) + space,
      ...([0, 1, 2] as const).map((segment) => changed(v, segment, (text) => text.slice(0, 9) + space + text.slice(9))),
      ...([0, 1] as const).map((segment) => changed(v, segment, (text) => text + space)),
    ]),
    signed(rsa, v.claims()).replaceAll('.', '\u2024'),
    `Bearer ${signed(rsa, v.claims())}`,
    ...([0, 1, 2] as const).map((segment) =>
      changed(v, segment, (text) => Buffer.from(text, 'base64url').toString('base64').padEnd(400, '=')),
    ),
  ],
  'unused bits of the last character': (v) =>
    ['h', 'hh'].flatMap((more) => {
      const text = signed(rsa, v.claims({ jti: randomUUID() + more }))
      const segments = text.split('.')
      return ([0, 1, 2] as const).flatMap((index) => {
        const segment = segments[index] ?? ''
        const bits = (segment.length * 6) % 8
        if (bits === 0) return []
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
        const last = alphabet[alphabet.indexOf(segment.at(-1) ?? '') + 1] ?? ''
        return [segments.with(index, segment.slice(0, -1) + last).join('.')]
      })
    }),
  'signatures without a key': (v) => [
    ecChanged(v, ecSignature(0n, 0n)),
    ecChanged(v, ecSignature(order, order)),
    ecChanged(v, ecSignature(0n, 1n)),
    ecChanged(v, ecSignature(1n, 0n)),
    ecChanged(v, ecSignature(1n, 1n)),
    changed(v, 2, () => base64url(Buffer.alloc(256))),
    changed(v, 2, () => base64url(Buffer.alloc(256, 0xff))),
    changed(v, 2, () => base64url(Buffer.concat([Buffer.alloc(255), Buffer.from([1])]))),
  ],
  'an elliptic signature in DER, or over another hash': (v) => {
    const input = (alg: string) => `${base64url(JSON.stringify({ alg }))}.${base64url(JSON.stringify(v.claims()))}`
    const by = (hash: string, alg: string, dsaEncoding: 'der' | 'ieee-p1363') => {
      const text = input(alg)
      return `${text}.${sign(hash, Buffer.from(text), { key: ec.privateKey, dsaEncoding }).toString('base64url')}`
    }
    return [
      by('sha256', 'ES256', 'der'),
      by('sha512', 'ES256', 'ieee-p1363'),
      by('sha384', 'ES384', 'ieee-p1363'),
      by('sha256', 'ES256K', 'ieee-p1363'),
    ]
  },
  'the right key under another algorithm': (v) => [
    signed({ ...rsa, alg: 'PS256' }, v.claims()),
    signed({ ...rsa, alg: 'PS256' }, v.claims(), { alg: 'RS256' }),
    signed({ ...rsa, alg: 'RS384' }, v.claims()),
    signed(rsa, v.claims(), { alg: 'RS512' }),
    signed(rsa, v.claims(), { alg: 'ES256' }),
    signed(ec, v.claims(), { alg: 'RS256' }),
    signed(ec, v.claims(), { alg: 'EdDSA' }),
  ],
  'claims of other types': (v) => [
    ...['iss', 'sub', 'jti'].flatMap((name) =>
      [7, true, null, {}, ['keyed'], [], ''].map((value) => signed(rsa, v.claims({ [name]: value }))),
    ),
    ...['exp', 'nbf', 'iat'].flatMap((name) =>
      notTimes
        // Whatever began before now has begun.
        .filter((value) => name !== 'nbf' || value !== -1)
        .map((value) => signed(rsa, v.claims({ [name]: value }))),
    ),
    raw(JSON.stringify(v.claims()).replace(/"exp":\d+/, '"exp":1e999')),
    raw(JSON.stringify(v.claims()).replace(/"exp":\d+/, '"exp":NaN')),
  ],
  'payloads that are no object': () =>
    ['[]', '"text"', 'null', '7', '', '{', '{"iss":"keyed"}x'].map((body) => raw(body)),
  'headers that are no object': (v) =>
    ['[]', '"RS256"', 'null', '', '{"alg":"RS256"', '{"alg":"RS256"}{}'].map((head) => headed(v, head)),
  'claims by way of a prototype': (v) => raw(`{"__proto__":${JSON.stringify(v.claims())}}`),
  'a name that only looks the same': (v) =>
    ['keyed ', ' keyed', 'KEYED', 'keyed\0', 'keуed', 'key\u0000ed', 'keyed/', 'workload\0', 'WORKLOAD'].map((sub) =>
      signed(rsa, v.claims({ sub, ...(v.claims().iss === 'keyed' && { iss: sub }) })),
    ),
  "another client's key": (v) => signed(malloryEc, v.claims(), { kid: 'mallorys-own-key' }),
  'an assertion for another server, without an end, or that is over': (v) => [
    signed(rsa, v.claims({ aud: 'https://other.example.com/' })),
    signed(rsa, v.claims({ aud: ['https://auth.example.com/', 'https://other.example.com/'] })),
    signed(rsa, v.claims({ exp: undefined })),
    signed(rsa, v.claims({ exp: 1, iat: 0 })),
  ],
}
