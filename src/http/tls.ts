import type { X509Certificate } from 'node:crypto'
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'

/** What a TLS server proves itself with, and by what it tells clients' certificates. */
export interface TlsIdentity {
  /** PEM. */
  readonly key: string | Buffer
  /** PEM, the server's own first. */
  readonly cert: string | Buffer
  /** Authorities that clients' certificates may lead to, PEM. Without them no client's certificate counts as verified. */
  readonly clientCa?: string | Buffer
}

/** Where an identity is kept. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
  readonly clientCaFile?: string
}

/** The certificate that the other end of a connection showed, and proved to hold the key of. */
export interface PeerCertificate {
  readonly x509: X509Certificate
  /** Whether it leads to one of {@link TlsIdentity.clientCa}, and was valid when the connection was made. */
  readonly isVerified: boolean
}

/** The authorities that a server verifies against: another object once they are others. */
interface Trust {
  readonly clientCa: string | Buffer | undefined
}

const trusts = new WeakMap<TlsServer, Trust>()

/** The certificate of each connection that showed one, as it was when the connection was made, and whom the server trusted then. */
const peers = new WeakMap<
  Socket,
  { readonly peer: PeerCertificate; readonly server: TlsServer; readonly trust: Trust }
>()

/**
 * The certificate of a connection; `undefined` for one without, and for one without TLS. On a connection that outlives the authorities it was
 * verified against, it is not verified any more.
 */
export function peerCertificateOf(socket: Socket): PeerCertificate | undefined {
  const known = peers.get(socket)
  if (known === undefined || !known.peer.isVerified || known.trust === trusts.get(known.server)) return known?.peer
  const peer = { x509: known.peer.x509, isVerified: false }
  peers.set(socket, { ...known, peer })
  return peer
}

/**
 * A server that asks each client for its certificate and takes whatever comes, none included: what a certificate is good for is not decided
 * here. Throws for an identity that is none.
 */
export function createTlsServer(
  options: Parameters<typeof createServer>[0] & { readonly handshakeTimeout: number },
  identity: TlsIdentity,
  listener: Parameters<typeof createServer>[1],
): TlsServer {
  const server = createServer(
    { ...options, ...contextOf(identity), requestCert: true, rejectUnauthorized: false },
    listener,
  )
  trusts.set(server, { clientCa: identity.clientCa })
  server.on('secureConnection', (socket: TLSSocket) => {
    // A renegotiation could change the certificate under a connection that was looked at already.
    socket.disableRenegotiation()
    const x509 = socket.getPeerX509Certificate()
    const trust = trusts.get(server)
    if (x509 === undefined || trust === undefined) return
    // `authorized` alone says nothing: a resumed connection without a certificate is authorized too.
    const isVerified = socket.authorized && trust.clientCa !== undefined
    peers.set(socket, { peer: { x509, isVerified }, server, trust })
  })
  return server
}

/** Makes a server prove itself with another identity, from the next connection on. Throws, and changes nothing, for one that is none. */
export function renewIdentity(server: TlsServer, identity: TlsIdentity): void {
  const context = contextOf(identity)
  createSecureContext(context)
  server.setSecureContext(context)
  const { clientCa } = identity
  const isSame = String(trusts.get(server)?.clientCa) === String(clientCa)
  if (!isSame) trusts.set(server, { clientCa })
}

function contextOf({ key, cert, clientCa }: TlsIdentity): SecureContextOptions {
  // No authority is none: without the empty list, everybody whom the Web trusts would be verified.
  return { key, cert, ca: clientCa ?? [], minVersion: 'TLSv1.2' }
}

/** Reads an identity. Throws, naming the file, when one cannot be read, and when they do not fit together. */
export function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsFiles): TlsIdentity {
  const clientCa = clientCaFile === undefined ? undefined : readFileSync(clientCaFile)
  // OpenSSL takes a file without certificates for an empty list, and says nothing.
  if (clientCa?.includes('-----BEGIN CERTIFICATE-----') === false)
    throw new Error(`${clientCaFile} holds no certificate in PEM`)
  const identity = {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(clientCa !== undefined && { clientCa }),
  }
  try {
    createSecureContext(contextOf(identity))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const others = clientCaFile === undefined ? '' : ` and ${clientCaFile}`
    throw new Error(`${certFile}, ${keyFile}${others} hold no certificate with its key: ${reason}`, { cause })
  }
  return identity
}

/** Between two looks at the files. */
export const tlsPollMs = 2_000

/**
 * Calls `onChange` with each new identity that the files come to hold, `onFault` with why a change is none: files are not replaced at the same
 * moment, so the last good identity is kept until they fit. Looks at what a name leads to, as often as `pollMs` says, which also sees the
 * swapped links of a mounted secret. The function returned ends it.
 */
export function watchTlsFiles(
  files: TlsFiles,
  {
    onChange,
    onFault,
  }: { readonly onChange: (identity: TlsIdentity) => void; readonly onFault: (fault: unknown) => void },
  pollMs: number = tlsPollMs,
): () => void {
  const paths = [files.certFile, files.keyFile, ...(files.clientCaFile === undefined ? [] : [files.clientCaFile])]
  const look = () => {
    try {
      onChange(readTlsFiles(files))
    } catch (fault) {
      onFault(fault)
    }
  }
  for (const path of paths) watchFile(path, { interval: pollMs, persistent: false }, look)
  return () => {
    for (const path of paths) unwatchFile(path, look)
  }
}
