import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Json } from '../compose-try.ts'
import type { PassingAuthority } from '../http/index.ts'
import { openAnyHostServer } from './any-host-server.ts'
import { FormFault } from './fault.ts'
import { findStubFault, type StubMatch, stubMatch } from './stub-match.ts'

/** One outbound request that a case answers in place of the network. */
export interface OutboundStub {
  readonly request: {
    /** In any case of letters; any method when absent. */
    readonly method?: string
    /**
     * `http` or `https`, to the letter but for `*`, which stands for any run of characters in the path and in the query. Without a query the
     * request may have any.
     */
    readonly url: string
    /** Each must be there with this value; in any case of names. */
    readonly headers?: Readonly<Record<string, string>>
    /** A text must be the body to the letter; anything else must be equal to the body read as JSON. */
    readonly body?: Json
  }
  readonly response:
    | {
        /** 200 when absent. */
        readonly status?: number
        readonly headers?: Readonly<Record<string, string>>
        /** A text is sent as it is, anything else as JSON; what it is called, unless `headers` say, follows from that. */
        readonly body?: Json
        /** Milliseconds that it is kept back. */
        readonly delay_ms?: number
      }
    /** It fails as a network does: the connection is reset, or nothing ever comes. */
    | { readonly error: 'connection-reset' | 'timeout' }
  /** How many requests it answers; any number when absent. */
  readonly times?: number
}

/** An outbound request as an action made it. What was no HTTP/1.1 has the method `NOT-HTTP`, and as URL what could be told of where it was meant for. */
export interface OutboundRequest {
  readonly method: string
  readonly url: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Its bytes read as UTF-8. Absent where there were none, or more than 1 MiB. */
  readonly body?: string
  /** Place of the stub that answered it, from 0; absent where none did. */
  readonly answeredBy?: number
  /** Why no stub did, in one sentence. */
  readonly unanswered?: string
}

/** The network that a case's actions find: `port` and `certificates` are for the try. */
export interface Outbound {
  /** Of this machine's loopback. */
  readonly port: number
  /** PEM: whom the actions' process must trust for HTTPS. */
  readonly certificates: string
  /** What was asked for so far, in order. */
  readonly requests: readonly OutboundRequest[]
  /** Ends every connection. Nothing is open once it resolves. */
  close(): Promise<void>
}

const longestBody = 1_048_576

let authority: Promise<PassingAuthority> | undefined

/** Begins with what the first {@link openOutbound} of this process would wait for. */
export function prepareOutbound(): void {
  // It is told of when it is waited for.
  authorityOfProcess().catch(() => undefined)
}

/**
 * Opens what answers outbound requests with stubs: the first that fits and has answers left. A request that none answers gets a 501 that says so.
 * HTTP/1.1 alone, over TLS or not; WebSockets, tunnels and HTTP/2 are unanswered. The caller closes it. Throws for a stub that is none.
 */
export async function openOutbound(stubs: readonly OutboundStub[]): Promise<Outbound> {
  for (const [index, stub] of stubs.entries()) {
    const fault = findStubFault(stub)
    if (fault !== undefined) throw new FormFault(`stub ${index + 1}: ${fault}`)
  }
  const { certificate: certificates, pairOf } = await authorityOfProcess()
  const rules = stubs.map((stub) => ({ match: stubMatch(stub), left: stub.times ?? Number.POSITIVE_INFINITY }))
  const requests: OutboundRequest[] = []
  const server = await openAnyHostServer(hostsOf(stubs), pairOf, {
    onRequest: (scheme, incoming, response) => {
      take(scheme, incoming, response).catch(() => response.destroy())
    },
    onOther: (method, url) => {
      requests.push({ method, url, headers: {}, unanswered: 'stubs answer requests of HTTP/1.1 alone' })
    },
  })
  const take = async (scheme: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(scheme, incoming)
    const answeredBy = rules.findIndex(({ match, left }) => left > 0 && match(request) === undefined)
    const [rule, stub] = [rules[answeredBy], stubs[answeredBy]]
    if (rule === undefined || stub === undefined) {
      const unanswered = missOf(request, rules)
      requests.push({ ...request, unanswered })
      answer(response, { status: 501, body: { error: 'no_stub', error_description: unanswered } })
      return
    }
    rule.left -= 1
    requests.push({ ...request, answeredBy })
    if (!('error' in stub.response)) answer(response, stub.response)
    else if (stub.response.error === 'connection-reset') server.reset(incoming)
  }
  return { port: server.port, certificates, requests, close: server.close }
}

function authorityOfProcess(): Promise<PassingAuthority> {
  authority ??= import('../http/index.ts').then(({ makePassingAuthority }) => makePassingAuthority(Date.now))
  return authority
}

/** The hosts that stubs answer for over TLS, each once. */
function hostsOf(stubs: readonly OutboundStub[]): readonly string[] {
  const secure = stubs.map(({ request }) => new URL(request.url)).filter(({ protocol }) => protocol === 'https:')
  return [...new Set(secure.map(({ hostname }) => hostname.replace(/^\[|\]$/g, '')))]
}

async function readRequest(scheme: string, incoming: IncomingMessage): Promise<OutboundRequest> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    bytes += chunk.length
    if (bytes <= longestBody) chunks.push(chunk)
  }
  const { method = '', url = '', headers } = incoming
  const origin = `${scheme}://${headers.host ?? 'unknown'}`
  return {
    method,
    url: URL.parse(url, origin)?.href ?? `${origin}${url}`,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(bytes > 0 && bytes <= longestBody && { body: Buffer.concat(chunks).toString('utf8') }),
  }
}

/** Why no stub answered a request, and what was near. */
function missOf(
  request: OutboundRequest,
  rules: readonly { readonly match: StubMatch; readonly left: number }[],
): string {
  const near = rules.flatMap(({ match }, index) => {
    const difference = match(request)
    if (difference === 'url') return []
    return `stub ${index + 1} ${difference === undefined ? 'has given all its answers' : `asks for another ${difference}`}`
  })
  const why = near.length === 0 ? '' : `: ${near.join(', ')}`
  return `no stub of this case answers ${request.method} ${request.url}${why}`
}

type Answer = Exclude<OutboundStub['response'], { readonly error: unknown }>

function answer(response: ServerResponse, { status = 200, headers = {}, body, delay_ms = 0 }: Answer): void {
  const send = (): void => {
    response.statusCode = status
    if (body !== undefined)
      response.setHeader('content-type', typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json')
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  }
  if (delay_ms === 0) {
    send()
    return
  }
  const timer = setTimeout(send, delay_ms)
  response.once('close', () => clearTimeout(timer))
}
