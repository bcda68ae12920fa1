import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import findMyWay from 'find-my-way'
import { DeploymentRefusal } from '../deployment/index.ts'
import { RateBucket } from '../domain/index.ts'
import { isAudited, recordCall } from './audit.ts'
import { authorize, type Caller, demandScope } from './authorize.ts'
import { readJson } from './json-body.ts'
import type { Service } from './operation.ts'
import type { ManagementPorts, ManagementSettings } from './ports.ts'
import { deploymentAnswer, ManagementRefusal } from './refusals.ts'
import { isWithoutId, type Route, routes, scopeOfUnserved, unservedLists } from './routes.ts'

const jsonType = 'application/json; charset=utf-8'

/** Longest part of a path: the identifier of an API, escaped twice. */
const longestParam = 8_192

interface Found {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
  readonly query: unknown
}

/** Answers every call under `/api/v2`: limits, finds, authorizes, runs, and serves and logs what was changed before it says so. */
export function managementApi(
  ports: ManagementPorts,
  settings: ManagementSettings,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  const find = finder()
  const limit = callLimit(ports, settings)
  // Whoever has no token keeps nobody out who has one.
  const limitStrangers = callLimit(ports, settings)
  return async (request, reply) => {
    // Answers hold secrets, and are another for every token.
    reply.header('cache-control', 'no-store')
    let service: Service = 'classic'
    let called: { readonly route: Route; readonly caller?: Caller } | undefined
    try {
      const { method } = request
      const url = request.raw.url ?? ''
      const found = find(method, url)
      if (found !== undefined) called = { route: found.route }
      const caller = await authorize(request.headers.authorization, ports).catch((refusal: unknown) => {
        limitStrangers(reply)
        throw refusal
      })
      limit(reply)
      if (isWithoutId(url)) throw new ManagementRefusal('id-empty', {})
      if (found === undefined)
        throw new ManagementRefusal('scope-insufficient', { scopes: [scopeOfUnserved(method, url)] })
      const { route, params, query } = found
      called = { route, caller }
      demandScope(caller, route.scopes, route.all)
      const { operation } = route
      const status = operation.status ?? 200
      const body = readJson(request.body)
      // What comes before is not the service's own: it has an `errorCode` whoever answers.
      service = operation.service ?? 'classic'
      const setHeader = (name: string, value: string) => void reply.header(name, value)
      const given = { params, query, body, request_id: request.id, setHeader, ...caller }
      const answer = await operation.run(given, ports, settings)
      // Also where nothing was found to change: a call before this one may have been cut off between the two.
      if (operation.changes ?? method !== 'GET') await ports.serveStored()
      if (isAudited({ request, status })) await recordCall({ request, status, ...called }, ports, settings)
      return send(reply, status, answer)
    } catch (error) {
      const refusal = refusalOf(error, request, ports)
      const { status, message, loggedAs = message } = refusal
      if (called !== undefined && isAudited({ request, status })) {
        await recordCall({ request, status, refusal: loggedAs, ...called }, ports, settings).catch((defect: unknown) =>
          ports.reportDefect(defect, placeOf(request)),
        )
      }
      return refuse(reply, refusal, service)
    }
  }
}

/** Answers a request that Fastify could not read: a body beyond the limit, a length that lies. */
export function answerUnreadable(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { ports, settings }: { readonly ports: ManagementPorts; readonly settings: ManagementSettings },
): FastifyReply {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  const isUnreadable = typeof status === 'number' && status >= 400 && status < 500
  const refusal = isUnreadable
    ? new ManagementRefusal('body-unreadable', { fault: 'it did not come as its headers say' })
    : error
  const tooLarge = new ManagementRefusal('body-too-large', { limit: settings.bodyLimitBytes })
  return refuse(reply, refusalOf(status === 413 ? tooLarge : refusal, request, ports), 'classic')
}

/** Counts one call, and tells the caller how many are left. Throws {@link ManagementRefusal} for one beyond the limit. */
function callLimit({ clock }: ManagementPorts, { rateLimit }: ManagementSettings): (reply: FastifyReply) => void {
  if (rateLimit === undefined) return () => undefined
  const bucket = new RateBucket(rateLimit)
  return (reply) => {
    const { isTaken, headers, retryAfterSeconds } = bucket.take(clock())
    reply.headers(headers)
    if (isTaken) return
    reply.header('retry-after', String(retryAfterSeconds))
    throw new ManagementRefusal('rate-limited', {})
  }
}

function finder(): (method: string, url: string) => Found | undefined {
  const router = findMyWay({ maxParamLength: longestParam, ignoreTrailingSlash: true })
  for (const route of routes) router.on(route.method, `/api/v2${route.path}`, () => undefined, route)
  for (const path of unservedLists) router.on('GET', `/api/v2${path}`, () => undefined)
  return (method, url) => {
    const known = methods.find((one) => one === method)
    const found = known === undefined ? null : router.find(known, url)
    const route: Route | null = found?.store ?? null
    if (found === null || route === null) return undefined
    return { route, params: withValues(found.params), query: found.searchParams }
  }
}

const methods = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const

function withValues(params: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value ?? '']))
}

function send(reply: FastifyReply, status: number, answer: unknown): FastifyReply {
  if (status === 204) return reply.code(204).send()
  return reply.code(status).header('content-type', jsonType).send(JSON.stringify(answer))
}

function refuse(
  reply: FastifyReply,
  { status, message, errorCode, existing }: Refusal,
  service: Service,
): FastifyReply {
  const body = {
    ...existing,
    statusCode: status,
    error: STATUS_CODES[status],
    message,
    ...(errorCode !== undefined && service === 'classic' && { errorCode }),
    ...(status === 401 && { attributes: { error: message } }),
  }
  return reply.code(status).header('content-type', jsonType).send(JSON.stringify(body))
}

/** What a call is refused with. */
interface Refusal {
  readonly status: number
  readonly message: string
  readonly errorCode?: string
  /** Its sentence without what was sent. */
  readonly loggedAs?: string
  /** What is there already: a client that was to make it goes on with that. */
  readonly existing?: object
}

function refusalOf(error: unknown, request: FastifyRequest, ports: ManagementPorts): Refusal {
  if (error instanceof ManagementRefusal) {
    const { status, message, errorCode, values } = error
    if (!('existing' in values)) return error
    return { status, message, ...(errorCode !== undefined && { errorCode }), existing: values.existing }
  }
  if (error instanceof DeploymentRefusal) return deploymentAnswer(error)
  ports.reportDefect(error, placeOf(request))
  return new ManagementRefusal('broken', { request_id: request.id })
}

/** Where a defect showed, for the operator: without the query, which may hold anything. */
function placeOf({ id, method, url }: FastifyRequest): Parameters<ManagementPorts['reportDefect']>[1] {
  return { request_id: id, method, path: url.split('?', 1)[0] ?? '' }
}
