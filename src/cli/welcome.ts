import { relative } from 'node:path'
import type { IssuableClient, ManagementClient } from '../compose.ts'

/** What a `dev` server says once it is ready: where it is, and a line that gets a token when it is pasted into a POSIX shell. */
export function welcome({
  shown,
  edited,
  http_url,
  clients,
  tookMs,
}: {
  /** What is served, and what its author edits: as they name it. */
  readonly shown: string
  readonly edited: string
  readonly http_url: string
  readonly clients: readonly IssuableClient[]
  readonly tookMs: number
}): string {
  const client = clients.find(({ audiences }) => audiences.length > 0)
  const lines = [`Symbolon serves ${shown} on ${http_url} (ready in ${Math.round(tookMs)} ms)`, '']
  if (client?.audiences[0] === undefined)
    return [...lines, 'No client of the folder holds a client grant yet.'].join('\n')
  const fields = [
    'grant_type=client_credentials',
    `client_id=${client.client_id}`,
    `client_secret=${client.client_secret}`,
    `audience=${client.audiences[0]}`,
  ]
  return [
    ...lines,
    `A token for ${client.name}:`,
    '',
    `  curl -s ${http_url}/oauth/token ${fields.map(curlField).join(' ')}`,
    '',
    `Next: edit ${edited}, save it, and ask again. Ctrl-C stops.`,
    '',
  ].join('\n')
}

/**
 * How Auth0's own clients come to manage the server: whom they are to trust, and as whom they call. The secret of a client
 * that may do everything stays in the file. `ca_file` is null where the operator brought a certificate.
 */
export function managedBy({
  domain,
  ca_file,
  devFile,
  management,
}: {
  readonly domain: string
  readonly ca_file: string | null
  readonly devFile: string
  readonly management: ManagementClient
}): string {
  const trust =
    ca_file === null
      ? []
      : [
          `  export NODE_EXTRA_CA_CERTS=${shellWord(ca_file)}  # the auth0 packages, auth0-deploy-cli`,
          `  export SSL_CERT_FILE=${shellWord(ca_file)}  # terraform, auth0-cli`,
        ]
  const near = relative('', devFile)
  return [
    "Auth0's own clients manage it:",
    '',
    ...trust,
    `  domain ${domain}, client id ${management.client_id}, secret in ${near.startsWith('..') ? devFile : near} under "management"`,
    '',
  ].join('\n')
}

/** A form field as curl's words: encoded and quoted where the field's text needs it. */
function curlField(field: string): string {
  return /^\w+=[\w:./~-]*$/.test(field) ? `-d ${field}` : `--data-urlencode ${quoted(field)}`
}

function shellWord(text: string): string {
  return /^[\w:./~-]+$/.test(text) ? text : quoted(text)
}

/** One word of a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
