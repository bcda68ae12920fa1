import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { rootCertificates } from 'node:tls'
import { CommandFault } from './exit.ts'
import { printable } from './printable.ts'

/** Nothing answers there, or not in time: it may be that the server starts again. */
export class ServerUnreachable extends CommandFault {}

/** What a server answered. */
export interface Answer {
  readonly status: number
  readonly retryAfterSeconds: number
  /** The body, read as JSON; `undefined` where there is none. */
  readonly body: unknown
}

/** One call of a server. */
export interface Call {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Certificates, PEM, of authorities to trust beside those that Node brings. */
  readonly ca?: string
  readonly signal?: AbortSignal | undefined
}

/** Longest time one call may take, in milliseconds: a deployment waits for its build. */
const longestMs = 240_000

/**
 * Sends one call over a connection of its own. Throws {@link ServerUnreachable} when there is no answer, and {@link CommandFault} when what answers is no
 * server of ours or is not trusted, each in one line.
 */
export async function call({ method, url, headers = {}, body, ca, signal }: Call): Promise<Answer> {
  const { origin, protocol } = new URL(url)
  const deadline = AbortSignal.timeout(longestMs)
  const options = {
    method,
    agent: false as const,
    headers: {
      accept: 'application/json',
      'user-agent': 'symbolon',
      ...headers,
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
    },
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  }
  const { response, content } = await new Promise<{ response: IncomingMessage; content: string }>((resolve, reject) => {
    const sent =
      protocol === 'https:'
        ? requestHttps(url, { ...options, ...(ca !== undefined && { ca: [...rootCertificates, ca] }) })
        : requestHttp(url, options)
    sent.once('error', reject)
    sent.once('response', (response) => {
      text(response).then((content) => resolve({ response, content }), reject)
    })
    sent.end(body)
  }).catch((error: unknown) => {
    throw connectionFault(error, origin)
  })
  const status = response.statusCode ?? 0
  return {
    status,
    retryAfterSeconds: Number(response.headers['retry-after'] ?? 1),
    body: parse(content, `${origin} answered ${status}, and no JSON: it is no Symbolon server; check --url`),
  }
}

function parse(content: string, otherwise: string): unknown {
  if (content === '') return undefined
  try {
    return JSON.parse(content)
  } catch {
    throw new CommandFault(otherwise)
  }
}

/** By their codes, those of OpenSSL among them. */
function connectionFault(error: unknown, origin: string): CommandFault {
  const code = codeOf(error)
  if (/CERT|ALTNAME|SIGNATURE|ISSUER/.test(code))
    return new CommandFault(
      `the certificate of ${origin} is not trusted (${code}): give the file of its authority with --ca-file`,
      { cause: error },
    )
  if (/^ERR_SSL|EPROTO/.test(code))
    return new CommandFault(`${origin} does not speak TLS (${code}): check --url`, { cause: error })
  return new ServerUnreachable(`nothing answers on ${origin} (${printable(code)})`, { cause: error })
}

function codeOf(error: unknown): string {
  // Of several addresses that were tried each has its own.
  const one = error instanceof AggregateError ? error.errors[0] : error
  if (one instanceof Error && 'code' in one && typeof one.code === 'string') return one.code
  return one instanceof Error ? one.message : String(one)
}
