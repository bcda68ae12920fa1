import { createPrivateKey, createPublicKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { TlsIdentity } from './tls.ts'

/** A certificate authority of this machine alone, and the certificate of a server under it. */
export interface LocalAuthority {
  /** The authority's certificate, PEM: what clients are to trust. */
  readonly caFile: string
  /** What the server proves itself with now. */
  readonly identity: TlsIdentity
  /** Makes a new certificate where the one in use ends soon; `undefined` where it does not. */
  renew(): Promise<TlsIdentity | undefined>
}

const dayMs = 86_400_000
/** What clients trust is not replaced while anybody works with it. */
const authorityDays = 3_650
/** Clients refuse certificates of servers that are good for years. */
const certificateDays = 90
const renewedBeforeDays = 30

/**
 * Opens the authority kept in a folder, which is made when absent, and a certificate under it for hosts and addresses; what is missing, over
 * soon or for other names is made. The private keys are for their owner alone. Throws one sentence with the way out where the folder cannot be
 * used, and for an authority that is none: clients trust it, so it is never replaced unasked while it lasts.
 */
export async function openLocalAuthority(
  folder: string,
  names: readonly string[],
  clock: () => number,
): Promise<LocalAuthority> {
  const caFile = join(folder, 'ca.crt')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const authority = await openAuthority(folder, caFile, clock())
    const certificate = async (): Promise<{ readonly identity: TlsIdentity; readonly isNew: boolean }> => {
      const kept = await readPair(folder, 'localhost')
      if (kept !== undefined && isGood(kept, names, authority, clock())) return { identity: kept, isNew: false }
      const made = await makePair({
        name: 'localhost',
        days: certificateDays,
        nowMs: clock(),
        authority,
        names,
      })
      await writePair(folder, 'localhost', made)
      return { identity: made, isNew: true }
    }
    const { identity } = await certificate()
    return {
      caFile,
      identity,
      renew: async () => {
        const { identity: renewed, isNew } = await certificate()
        return isNew ? renewed : undefined
      },
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && 'path' in cause)) throw cause
    throw new Error(
      `${folder} cannot be used (${String(cause.code)}): give a DATA_DIR whose files this user may write`,
      {
        cause,
      },
    )
  }
}

interface Pair {
  readonly key: string
  readonly cert: string
}

/** The authority as it is kept. One that is over, or whose writing was cut off, is made anew. */
async function openAuthority(folder: string, caFile: string, nowMs: number): Promise<Pair> {
  const certificate = await readText(caFile)
  if (certificate !== undefined) {
    const key = (await readText(join(folder, 'ca.key'))) ?? ''
    const fault = faultOf({ key, cert: certificate })
    if (fault !== undefined)
      throw new Error(
        `${caFile} and ca.key beside it hold no certificate authority: ${fault}; remove ${folder} to have a new one made, which clients have to trust anew`,
      )
    if (endOf(certificate) - nowMs > certificateDays * dayMs) return { key, cert: certificate }
  }
  const made = await makePair({
    // Nobody confuses two authorities, also where both are trusted.
    name: `Symbolon on ${hostname()
      .replace(/[^\w.-]/g, '-')
      .slice(0, 20)} since ${new Date(nowMs).toISOString()}`,
    days: authorityDays,
    nowMs,
  })
  await writePair(folder, 'ca', made)
  return made
}

/** What a certificate is to be: without an authority above it, it is one itself. */
interface Wanted {
  readonly name: string
  readonly days: number
  readonly nowMs: number
  readonly authority?: Pair
  /** Hosts and addresses that a server is known by. */
  readonly names?: readonly string[]
}

const signature = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** @see RFC 5280 §4.2.1.1, §4.2.1.2: strict clients, Python's among them, demand the identifiers of both keys */
async function makePair({ name, days, nowMs, authority, names = [] }: Wanted): Promise<Pair> {
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

/** Under this authority, with its own key, for just these names, and not over soon. */
function isGood(pair: Pair, names: readonly string[], authority: Pair, nowMs: number): boolean {
  if (faultOf(pair) !== undefined) return false
  const certificate = new X509Certificate(pair.cert)
  const named = (certificate.subjectAltName ?? '').split(', ').length
  return (
    certificate.verify(new X509Certificate(authority.cert).publicKey) &&
    endOf(pair.cert) - nowMs > renewedBeforeDays * dayMs &&
    named === names.length &&
    names.every((name) =>
      isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined,
    )
  )
}

function faultOf({ key, cert }: Pair): string | undefined {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? undefined : 'the key is not its own'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function endOf(cert: string): number {
  return Date.parse(new X509Certificate(cert).validTo)
}

async function readPair(folder: string, name: string): Promise<Pair | undefined> {
  const [key, cert] = await Promise.all([readText(join(folder, `${name}.key`)), readText(join(folder, `${name}.crt`))])
  return key === undefined || cert === undefined ? undefined : { key, cert }
}

/** The key first: a certificate on disk always has its key. */
async function writePair(folder: string, name: string, { key, cert }: Pair): Promise<void> {
  await replaceFile(join(folder, `${name}.key`), key, 0o600)
  await replaceFile(join(folder, `${name}.crt`), cert, 0o644)
}

/** In one step: whoever reads it finds the old content or the new. */
async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const next = `${path}.new`
  await writeFile(next, content, { mode })
  await chmod(next, mode)
  await rename(next, path)
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
