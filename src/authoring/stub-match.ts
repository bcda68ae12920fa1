import { validateHeaderName, validateHeaderValue } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../compose-try.ts'
import type { OutboundRequest, OutboundStub } from './outbound-stubs.ts'

/** A stub at work: what of a request is not as it asks, `undefined` where it answers it. */
export type StubMatch = (request: OutboundRequest) => 'url' | 'method' | 'headers' | 'body' | undefined

/** Longer than any execution may take. */
const longestDelayMs = 3_600_000

/** What is wrong with a stub, as the rest of a sentence that begins with where it stands; `undefined` when nothing is. */
export function findStubFault({ request: { url }, response, times = 1 }: OutboundStub): string | undefined {
  const shown = JSON.stringify(url)
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    return `request.url ${shown} is no URL: give one like https://api.example.com/users/*`
  if (/^\w+:\/\/[^/?#]*\*/.test(url)) return `request.url ${shown} has a * in its host: name the host`
  if (!Number.isInteger(times) || times < 1) return 'times must be a whole number from 1; leave it out for any number'
  if ('error' in response) return undefined
  const { status = 200, delay_ms = 0, headers = {} } = response
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return `response.status ${status} ends no request: give one from 200 to 599`
  if (!(delay_ms >= 0 && delay_ms <= longestDelayMs))
    return `response.delay_ms ${delay_ms} must be milliseconds from 0 to ${longestDelayMs}`
  const fault = Object.entries(headers)
    .map(headerFault)
    .find((each) => each !== undefined)
  return fault === undefined ? undefined : `response.headers: ${fault}`
}

function headerFault([name, value]: readonly [string, string]): string | undefined {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Puts the request part of a stub to work. The stub must be one without a fault. */
export function stubMatch({ request: { method, url, headers = {}, body } }: OutboundStub): StubMatch {
  const { origin, pathname, search } = new URL(url)
  const wanted = patternOf(`${origin}${pathname}${search}`)
  return (request) => {
    const sent = search === '' ? request.url.replace(/\?.*/s, '') : request.url
    if (!wanted.test(sent)) return 'url'
    if (method !== undefined && method.toUpperCase() !== request.method) return 'method'
    const differs = Object.entries(headers).some(([name, value]) => request.headers[name.toLowerCase()] !== value)
    if (differs) return 'headers'
    return body === undefined || isBody(body, request.body ?? '') ? undefined : 'body'
  }
}

/** Each `*` stands for any run of characters. */
function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}

function isBody(wanted: Json, sent: string): boolean {
  if (typeof wanted === 'string') return wanted === sent
  try {
    return isDeepStrictEqual(JSON.parse(sent), wanted)
  } catch {
    return false
  }
}
