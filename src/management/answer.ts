import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import findMyWay from 'find-my-way'
import { DeploymentRefusal } from '../deployment/index.ts'
import { RateBucket } from '../domain/index.ts'
import { authorize, demandScope } from './authorize.ts'
import type { Service } from './operation.ts'
import type { ManagementPorts, ManagementSettings } from './ports.ts'
import { deploymentAnswer, ManagementRefusal } from './refusals.ts'
import { type Route, routes, scopeOfUnserved } from './routes.ts'

const jsonType = 'application/json; charset=utf-8'

/** Longest part of a path: the identifier of an API, escaped twice. */
const longestParam = 8_192

interface Found {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
  readonly query: unknown
}

/** Answers every call under `/api/v2`: limits, finds, authorizes, runs, and serves what was changed before it says so. */
export function managementApi(
  ports: ManagementPorts,
  settings: ManagementSettings,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  const find = finder()
  const bucket = settings.rateLimit === undefined ? undefined : new RateBucket(settings.rateLimit)
  return async (request, reply) => {
    let service: Service = 'classic'
    try {
      if (bucket !== undefined) {
        const { isTaken, headers, retryAfterSeconds } = bucket.take(ports.clock())
        reply.headers(headers)
        if (!isTaken) {
          reply.header('retry-after', String(retryAfterSeconds))
          throw new ManagementRefusal('rate-limited', {})
        }
      }
      const { method } = request
      const url = request.raw.url ?? ''
      const found = find(method, url)
      service = found?.route.operation.service ?? 'classic'
      const caller = await authorize(request.headers.authorization, ports)
      if (found === undefined)
        throw new ManagementRefusal('scope-insufficient', { scopes: [scopeOfUnserved(method, url)] })
      const { route, params, query } = found
      demandScope(caller, route.scopes, route.all)
      const { operation } = route
      const body = readJson(request.body)
      const answer = await operation.run({ params, query, body, request_id: request.id, ...caller }, ports, settings)
      // Also where nothing was found to change: a call before this one may have been cut off between the two.
      if (operation.changes ?? method !== 'GET') await ports.serveStored()
      return send(reply, operation.status ?? 200, answer)
    } catch (error) {
      return refuse(reply, error, { service, request, ports })
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
  const refusal = isUnreadable ? new ManagementRefusal('body-unreadable', { fault: 'it cannot be read' }) : error
  const tooLarge = new ManagementRefusal('body-too-large', { limit: settings.bodyLimitBytes })
  return refuse(reply, status === 413 ? tooLarge : refusal, { service: 'classic', request, ports })
}

function finder(): (method: string, url: string) => Found | undefined {
  const router = findMyWay({ maxParamLength: longestParam, ignoreTrailingSlash: true })
  for (const route of routes) router.on(route.method, `/api/v2${route.path}`, () => undefined, route)
  return (method, url) => {
    const known = methods.find((one) => one === method)
    const found = known === undefined ? null : router.find(known, url)
    if (found === null) return undefined
    const route: Route = found.store
    return { route, params: withValues(found.params), query: found.searchParams }
  }
}

const methods = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const

function withValues(params: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value ?? '']))
}

/** RFC 8259 §8.1: UTF-8. A call without a body has `undefined`. */
function readJson(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new ManagementRefusal('body-unreadable', { fault: error instanceof Error ? error.message : String(error) })
  }
}

function send(reply: FastifyReply, status: number, answer: unknown): FastifyReply {
  if (status === 204) return reply.code(204).send()
  return reply.code(status).header('content-type', jsonType).send(JSON.stringify(answer))
}

function refuse(
  reply: FastifyReply,
  error: unknown,
  {
    service,
    request,
    ports,
  }: { readonly service: Service; readonly request: FastifyRequest; readonly ports: ManagementPorts },
): FastifyReply {
  const { status, message, errorCode } = refusalOf(error, request, ports)
  const body = {
    statusCode: status,
    error: STATUS_CODES[status],
    message,
    ...(errorCode !== undefined && service === 'classic' && { errorCode }),
    ...(status === 401 && { attributes: { error: message } }),
  }
  return reply.code(status).header('content-type', jsonType).send(JSON.stringify(body))
}

function refusalOf(
  error: unknown,
  request: FastifyRequest,
  ports: ManagementPorts,
): { readonly status: number; readonly message: string; readonly errorCode?: string } {
  if (error instanceof ManagementRefusal) return error
  if (error instanceof DeploymentRefusal) return deploymentAnswer(error)
  const path = request.url.split('?', 1)[0] ?? ''
  ports.reportDefect(error, { request_id: request.id, method: request.method, path })
  return new ManagementRefusal('broken', { request_id: request.id })
}
