import type { FastifyInstance } from 'fastify'

/**
 * Makes the routes of this encapsulated scope receive their body as the bytes that came, whatever the content type says: a `Buffer` within
 * the body limit, or `undefined` when the request has none. What the bytes mean is for the route's own parser.
 */
export function readBytes(scope: FastifyInstance): void {
  // Fastify's own parsers come first otherwise, and answer for JSON and text themselves.
  scope.removeAllContentTypeParsers()
  // By name those that come all the time: Fastify takes the name of any other apart with each request.
  const types = ['application/x-www-form-urlencoded', 'application/json', '*']
  scope.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes))
}
