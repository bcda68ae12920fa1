import { refusal, replace } from './replace.ts'

// Taken before any action runs.
const loadBuiltin = process.getBuiltinModule

/**
 * The built-ins that are locked down when they are first asked for, in both spellings: they take longer to load than everything else this
 * program needs, and few actions ask for them.
 */
const guards: { [id: string]: (() => void) | undefined } = Object.assign(Object.create(null), {
  http2: guardServers,
  'node:http2': guardServers,
  tls: guardCertificates,
  'node:tls': guardCertificates,
})

/** To be called with the id of every built-in before it is handed out, by whichever way. Locks down the few that need it then. */
export function guardBuiltin(id: string): void {
  guards[id]?.()
}

/** A stream of such a server reads from any descriptor, past `fs` and past the permission model. */
function guardServers(): void {
  guards.http2 = guards['node:http2'] = undefined
  const http2 = loadBuiltin('http2')
  for (const name of ['createServer', 'createSecureServer', 'performServerHandshake']) {
    replace(http2, name, refusal(`http2.${name}`))
  }
}

/** The certificates of the system are those of files that the environment may name, whatever the permission model says of them. */
function guardCertificates(): void {
  guards.tls = guards['node:tls'] = undefined
  const tls = loadBuiltin('tls')
  const { getCACertificates } = tls
  const refuse = refusal('tls.getCACertificates("system")')
  replace(tls, 'getCACertificates', (type: unknown = 'default') =>
    type === 'default' || type === 'bundled' || type === 'extra' ? getCACertificates(type) : refuse(),
  )
}
