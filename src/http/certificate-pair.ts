import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

/** A day in milliseconds. */
export const dayMs = 86_400_000

/** A private key and the certificate of its public one, PEM. */
export interface Pair {
  readonly key: string
  readonly cert: string
}

/** What a certificate is to be: without an authority above it, it is one itself. */
export interface WantedPair {
  readonly name: string
  readonly days: number
  readonly nowMs: number
  readonly authority?: Pair
  /** Hosts and addresses that a server is known by. */
  readonly names?: readonly string[]
}

const signature = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * Makes a key of its own and a certificate for it, good from the day before.
 *
 * @see RFC 5280 §4.2.1.1, §4.2.1.2: strict clients, Python's among them, demand the identifiers of both keys
 */
export async function makePair({ name, days, nowMs, authority, names = [] }: WantedPair): Promise<Pair> {
  // Loaded on use: a server whose certificates last never needs it. The first of them has to be there when the second is read.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const keys = await webcrypto.subtle.generateKey(signature, true, ['sign', 'verify'])
  const above = authority === undefined ? undefined : await openPair(authority)
  const signer = above ?? keys
  const usage = x509.KeyUsageFlags
  const certificate = await x509.X509CertificateGenerator.create(
    {
      // RFC 5280 §4.1.2.2: positive, and not longer than twenty octets.
      serialNumber: `00${randomBytes(16).toString('hex')}`,
      subject: [{ CN: [name] }],
      issuer: authority === undefined ? [{ CN: [name] }] : new x509.X509Certificate(authority.cert).subject,
      // A client's clock may be behind.
      notBefore: new Date(nowMs - dayMs),
      notAfter: new Date(nowMs + days * dayMs),
      publicKey: keys.publicKey,
      signingKey: signer.privateKey,
      signingAlgorithm: signature,
      extensions: [
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ...(above === undefined
          ? [
              new x509.BasicConstraintsExtension(true, 0, true),
              new x509.KeyUsagesExtension(usage.keyCertSign | usage.cRLSign, true),
            ]
          : [
              await x509.AuthorityKeyIdentifierExtension.create(above.publicKey, false, webcrypto),
              new x509.BasicConstraintsExtension(false, undefined, true),
              new x509.KeyUsagesExtension(usage.digitalSignature, true),
              new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
              new x509.SubjectAlternativeNameExtension(
                names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
              ),
            ]),
      ],
    },
    webcrypto,
  )
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' })
  return { key: key.toString(), cert: certificate.toString('pem') }
}

async function openPair({ key, cert }: Pair): Promise<webcrypto.CryptoKeyPair> {
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  const spki = createPublicKey(cert).export({ type: 'spki', format: 'der' })
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, signature, false, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, signature, true, ['verify']),
  }
}
