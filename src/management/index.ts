/**
 * The Management API under `/api/v2`, as Auth0's own clients drive it: who may call what, what is taken, and what is answered.
 * Decides nothing about tokens (`oauth`) and builds nothing (`deployment`); never answers a client or a management token that is not the
 * tenant's own, and answers nothing before what it changed is stored and served.
 */
import type { FastifyInstance } from 'fastify'
import { readBytes } from '../http/index.ts'
import type { ManagementPorts, ManagementSettings } from './ports.ts'

export type { ManagementPorts, ManagementSettings } from './ports.ts'

/** The path that every call of the API begins with. */
export const managementPath = '/api/v2'

/** Where the API describes itself. Asks for no token: what it says is the same for every tenant, and holds nothing of one. */
export const openApiPath = `${managementPath}/openapi.json`

/** Registers everything under {@link managementPath}. What answers it is loaded with the first request: a server that only issues tokens does without. */
export function registerManagement(
  routes: FastifyInstance,
  ports: ManagementPorts,
  settings: ManagementSettings,
): void {
  let answering: Promise<typeof import('./answer.ts')> | undefined
  let api: ReturnType<typeof import('./answer.ts').managementApi> | undefined
  let describing: Promise<string> | undefined
  routes.register((scope, _options, done) => {
    readBytes(scope)
    scope.get(openApiPath, async (_request, reply) => {
      describing ??= describe(settings.domain)
      return reply.header('content-type', 'application/json; charset=utf-8').send(await describing)
    })
    scope.route({
      method: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
      url: `${managementPath}/*`,
      bodyLimit: settings.bodyLimitBytes,
      handler: async (request, reply) => {
        answering ??= import('./answer.ts')
        const { managementApi } = await answering
        api ??= managementApi(ports, settings)
        return api(request, reply)
      },
      errorHandler: async (error, request, reply) => {
        answering ??= import('./answer.ts')
        return (await answering).answerUnreadable(error, request, reply, { ports, settings })
      },
    })
    done()
  })
}

async function describe(domain: string): Promise<string> {
  const [{ openApiDocument }, table] = await Promise.all([import('./openapi.ts'), import('./routes.ts')])
  return JSON.stringify(openApiDocument(table.routes, domain))
}
