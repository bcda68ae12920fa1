import type { FastifyInstance } from 'fastify'

/**
 * Makes the routes of this encapsulated scope receive their body as the bytes that came, whatever the content type says: a `Buffer` within
 * the body limit, or `undefined` when the request has none. What the bytes mean is for the route's own parser.
 */
export function readBytes(scope: FastifyInstance): void {
  // Fastify's own parsers come first otherwise, and answer for JSON and text themselves.
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes))
}
