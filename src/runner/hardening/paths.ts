import { readFileSync, realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** What the system must let every Node read: names, certificates, time zones, and the little it asks about itself. */
const systemFiles: readonly string[] = [
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/nsswitch.conf',
  '/etc/host.conf',
  '/etc/gai.conf',
  '/etc/localtime',
  '/etc/ld.so.cache',
  '/etc/ld.so.preload',
  '/etc/ssl/certs',
  '/etc/ssl/cert.pem',
  '/etc/ssl/openssl.cnf',
  '/usr/local/ssl/openssl.cnf',
  '/etc/pki/tls/openssl.cnf',
  '/etc/pki/tls/certs',
  '/etc/pki/ca-trust/extracted',
  '/etc/crypto-policies',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
  '/usr/share/zoneinfo',
  '/dev/urandom',
  '/proc/meminfo',
  '/proc/cpuinfo',
  '/proc/stat',
  '/proc/loadavg',
  '/proc/uptime',
  '/proc/self/stat',
]

/** Files and folders outside of its own that a sandboxed Node may read. */
export function readableSystemFiles(): readonly string[] {
  return [...systemFiles, ...resolverFolder()]
}

/** The one file that takes what is written and keeps nothing. */
export const writableSystemFiles: readonly string[] = ['/dev/null']

/** Where a resolver on this machine replaces its file by another: a rule on the file alone would end with it. */
function resolverFolder(): readonly string[] {
  try {
    const folder = dirname(realpathSync('/etc/resolv.conf'))
    return folder.startsWith('/run/') ? [folder] : []
  } catch {
    return []
  }
}

/** Files that this very Node runs from: which loader starts it, and the folders its libraries and those they load later lie in. */
export function runningProgram(): { readonly loaders: readonly string[]; readonly libraryFolders: readonly string[] } {
  const mapped = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
  const libraries = [...new Set(mapped)].filter((path) => /^\/.*\.so(\.[\d.]+)?$/.test(path))
  return {
    loaders: libraries.filter((path) => /^ld[-.0-9]/.test(basename(path))),
    libraryFolders: [...new Set(libraries.map((path) => dirname(path)))],
  }
}
