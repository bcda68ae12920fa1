import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { dayMs, makePair, type Pair } from './certificate-pair.ts'
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
