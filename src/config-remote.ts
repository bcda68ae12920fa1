import { clientId, type Kind, path } from './config-kinds.ts'
import { optional, type Setting, secret } from './config-setting.ts'

/** The address of a running server, without a slash at its end. */
const serverUrl: Kind<string> = {
  accepts: 'an https address without a path, such as https://auth.example.com, or an http one of this machine itself',
  parse(text) {
    const url = URL.parse(text)
    if (url === null || url.username !== '' || url.password !== '' || url.pathname !== '/') return undefined
    if (url.search !== '' || url.hash !== '') return undefined
    // A client secret is sent there.
    const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
    return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? url.origin : undefined
  },
}

/** A client secret: whatever a tenant folder may fix. */
export const clientSecretText: Kind<string> = {
  accepts: 'one or more visible ASCII characters or spaces',
  parse: (text) => (/^[\x20-\x7e]+$/.test(text) ? text : undefined),
}

function named<T>(setting: Setting<T>, flag: string): Setting<T> {
  return { ...setting, flag }
}

/** Where the commands that talk to a running server find it, and as whom they call. A name here is the flag in camelCase. */
export const remoteSettings = {
  url: named(
    optional('SYMBOLON_URL', serverUrl, 'the `dev` server of DATA_DIR', 'The running server that a command talks to.'),
    '--url',
  ),
  clientId: named(
    optional('SYMBOLON_CLIENT_ID', clientId, 'a client of `dev.json`', 'The client that a command calls as.'),
    '--client-id',
  ),
  clientSecret: secret(
    'SYMBOLON_CLIENT_SECRET',
    clientSecretText,
    'SYMBOLON_CLIENT_SECRET_FILE',
    'The secret of SYMBOLON_CLIENT_ID.',
  ),
  clientSecretFile: named(
    optional(
      'SYMBOLON_CLIENT_SECRET_FILE',
      path,
      'no secret',
      'File that holds the secret of SYMBOLON_CLIENT_ID. Give this or SYMBOLON_CLIENT_SECRET.',
    ),
    '--client-secret-file',
  ),
  caFile: named(
    optional(
      'SYMBOLON_CA_FILE',
      path,
      'the authorities that Node trusts, and that of `dev.json`',
      'File of certificates, PEM, of the authority to trust.',
    ),
    '--ca-file',
  ),
} as const
