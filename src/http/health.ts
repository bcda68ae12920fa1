import type { FastifyInstance } from 'fastify'

/** What the health routes ask. */
export interface Health {
  /** Whether the server can answer what it is there for. */
  readonly isReady: () => boolean
  /** What whoever looks into its state should know beside that: no secret. */
  readonly detail: () => Readonly<Record<string, unknown>>
  /** Counters in Prometheus' text format, and its content type. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

/** `/healthz` (the process is alive), `/readyz` (it can serve; 503 until then) and `/metrics`. */
export function registerHealth(routes: FastifyInstance, health: Health): void {
  routes.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }))
  routes.get('/readyz', (_request, reply) =>
    health.isReady()
      ? reply.send({ status: 'ready', ...health.detail() })
      : reply.code(503).send({ status: 'not ready', ...health.detail() }),
  )
  routes.get('/metrics', async (_request, reply) => {
    const { type, text } = await health.metrics()
    return reply.header('content-type', type).send(text)
  })
}
