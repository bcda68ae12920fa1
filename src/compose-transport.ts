import { createHmac, type KeyObject } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Config } from './config.ts'
import {
  type HttpServer,
  type LocalAuthority,
  openLocalAuthority,
  probeAddress,
  readTlsFiles,
  type TlsFiles,
  type TlsIdentity,
  watchTlsFiles,
} from './http/index.ts'
import {
  certificateReader,
  openDpopNonces,
  type ReadPresentedCertificate,
  type SenderConstraint,
  tokenPath,
} from './oauth/index.ts'
import type { Observer } from './observe.ts'
import type { Ephemeral } from './storage/index.ts'

/** The ports a server was given, each absent where it does not listen so. */
export interface ListeningPorts {
  /** Without TLS. */
  readonly port?: number
  readonly tlsPort?: number
}

/** How requests reach the server, and what their senders may prove on the way. */
export interface Transport {
  /** The certificate of the authority of this machine, where HTTPS is served under one. */
  readonly caFile?: string
  readonly presentedCertificate?: ReadPresentedCertificate
  readonly senderConstraint: SenderConstraint
  /** Listens on every configured address, and follows the certificate's files from then on. */
  listen(http: HttpServer): Promise<ListeningPorts>
  /** Follows no file any more. */
  close(): void
}

/** What a transport is made of, beside its settings. */
export interface TransportParts {
  readonly domain: string
  /** Whether clients may know the server by the addresses it listens on: on its author's machine, where the issuer's host leads nowhere. */
  readonly isLocal: boolean
  /** Of this machine, under which HTTPS is served where no certificate is configured. */
  readonly authority?: LocalAuthority
  /** What the key of nonces is derived from: every server of the tenant has it. */
  readonly digestKey: KeyObject
  readonly ephemeral: Ephemeral
  readonly observer: Observer
}

/** A nonce is good for this long at least, and for twice as long at most. */
const nonceSlotMs = 150_000

/** Between two looks at when the certificate of this machine ends. */
const renewalCheckMs = 3_600_000

/**
 * Rejects, before anything else is done, when an address of the configuration cannot be had now or its certificate is none. With
 * `makesCertificate` HTTPS is served in any case.
 */
export async function checkTransport(config: Config, makesCertificate: boolean): Promise<void> {
  const {
    host: [host = ''],
    port,
    tlsPort,
    plainHttp,
  } = config
  const files = tlsFiles(config)
  if (files !== undefined) readTlsFiles(files)
  if (plainHttp && port !== 0) await probeAddress({ host, port })
  const usesTls = files !== undefined || makesCertificate
  if (usesTls && tlsPort !== 0) await probeAddress({ host, port: tlsPort })
}

/** The certificate authority of this machine, in its folder: for the names that its server is known by there. */
export function openAuthority(
  config: Config,
  { folder, domain, clock }: { readonly folder: string; readonly domain: string; readonly clock: () => number },
): Promise<LocalAuthority> {
  const host = new URL(`https://${domain}`).hostname.replace(/^\[|\]$/g, '')
  const names = new Set(['localhost', '127.0.0.1', '::1', host, ...config.host])
  return openLocalAuthority(folder, [...names], clock)
}

/** Reads the certificate, where there is one, and makes what follows from the settings. Throws, naming the file, for a certificate that is none. */
export function openTransport(
  config: Config,
  { domain, isLocal, authority, digestKey, ephemeral, observer }: TransportParts,
): Transport {
  const files = tlsFiles(config)
  const identity = files === undefined ? authority?.identity : readTlsFiles(files)
  const endpoint = (origin: string) => new URL(tokenPath, origin).href
  const urls = new Set([endpoint(`https://${domain}`), endpoint(`https://${config.mtlsDomain ?? domain}`)])
  const closing: (() => void)[] = []
  const { trustedProxies, clientCertHeader } = config
  const isForwarded = clientCertHeader !== 'off' && trustedProxies !== undefined
  const presentedCertificate =
    identity === undefined && !isForwarded
      ? undefined
      : certificateReader({
          ownTls: identity !== undefined,
          ...(isForwarded && {
            forwarded: {
              form: clientCertHeader,
              proxies: trustedProxies,
              proxyVerifies: config.clientCertProxyVerifies,
              ...(config.clientCertApiKey !== undefined && { apiKey: config.clientCertApiKey }),
            },
          }),
        })
  return {
    ...(files === undefined && authority !== undefined && { caFile: authority.caFile }),
    ...(presentedCertificate !== undefined && { presentedCertificate }),
    senderConstraint: {
      dpop: {
        algorithms: config.dpopAlgorithms,
        urls,
        ...(config.dpopNonce && {
          nonces: openDpopNonces(createHmac('sha256', digestKey).update('symbolon dpop nonces').digest(), nonceSlotMs),
        }),
      },
      certificateTokenType: config.mtlsTokenType,
      used: ephemeral,
    },
    async listen(http) {
      const port = config.plainHttp ? await listenOn(http, config.host, config.port) : undefined
      const tlsPort = identity === undefined ? undefined : await listenOn(http, config.host, config.tlsPort, identity)
      if (files !== undefined) closing.push(follow(files, http, observer))
      else if (authority !== undefined) closing.push(keepRenewed(authority, http, observer))
      if (isLocal) {
        for (const host of ['localhost', ...config.host].map((address) =>
          isIPv6(address) ? `[${address}]` : address,
        )) {
          if (port !== undefined) urls.add(endpoint(`http://${host}:${port}`))
          if (tlsPort !== undefined) urls.add(endpoint(`https://${host}:${tlsPort}`))
        }
      }
      return { ...(port !== undefined && { port }), ...(tlsPort !== undefined && { tlsPort }) }
    },
    close: () => {
      for (const close of closing.splice(0)) close()
    },
  }
}

function tlsFiles({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Config): TlsFiles | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined
  return {
    certFile: tlsCertFile,
    keyFile: tlsKeyFile,
    ...(tlsClientCaFile !== undefined && { clientCaFile: tlsClientCaFile }),
  }
}

function follow(files: TlsFiles, http: HttpServer, { log }: Observer): () => void {
  return watchTlsFiles(files, {
    onChange: (identity) => {
      http.renewTls(identity)
      log.info({ file: files.certFile }, 'new connections get the changed certificate')
    },
    onFault: (error) => log.warn({ err: error }, 'a changed certificate cannot be used; the last good one stays'),
  })
}

function keepRenewed(authority: LocalAuthority, http: HttpServer, { log }: Observer): () => void {
  const renew = async () => {
    const identity = await authority.renew()
    if (identity === undefined) return
    http.renewTls(identity)
    log.info({ file: authority.caFile }, 'new connections get a new certificate of the same authority')
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) =>
      log.warn({ err: error }, 'the certificate cannot be renewed; the one before stays'),
    )
  }, renewalCheckMs).unref()
  return () => clearInterval(timer)
}

/** One port on every address. An address family the machine lacks is left out as long as one address is served. */
async function listenOn(http: HttpServer, hosts: readonly string[], port: number, tls?: TlsIdentity): Promise<number> {
  let chosen: number | undefined
  for (const host of hosts) {
    try {
      chosen = await http.listen({ host, port: chosen ?? port, ...(tls !== undefined && { tls }) })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (chosen === undefined || (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT')) throw error
    }
  }
  if (chosen === undefined) throw new Error('HOST names no address to listen on')
  return chosen
}
