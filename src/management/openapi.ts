import { STATUS_CODES } from 'node:http'
import Type, { type TObject } from 'typebox'
import type { Operation } from './operation.ts'
import type { Route } from './routes.ts'

const json = 'application/json'
const security = 'oAuth2ClientCredentials'

/**
 * The document that describes the API: every route of the table, what it takes and what it answers, made of the schemas that calls are held to.
 * Its schemas of answers say what is always there and what may be; an answer can hold more. Holds nothing of a tenant.
 *
 * @see OpenAPI Specification 3.1
 */
export function openApiDocument(routes: readonly Route[], domain: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route, path) }
  }
  const scopes = [...new Set(routes.flatMap((route) => route.scopes))].toSorted()
  return {
    openapi: '3.1.0',
    info: { title: 'Symbolon Management API', version: '2' },
    servers: [{ url: `https://${domain}/api/v2` }],
    paths,
    components: {
      schemas: { Refusal },
      securitySchemes: {
        [security]: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `https://${domain}/oauth/token`,
              scopes: Object.fromEntries(scopes.map((scope) => [scope, ''])),
            },
          },
        },
      },
    },
  }
}

/** What a call that was refused is answered with. The actions service sends no `errorCode`. */
const Refusal = Type.Object({
  statusCode: Type.Integer(),
  error: Type.String(),
  message: Type.String(),
  errorCode: Type.Optional(Type.String()),
  attributes: Type.Optional(Type.Object({ error: Type.String() })),
})

function describe({ method, path: routed, scopes, all, operation }: Route, path: string): object {
  const { query, body, bodyIsOptional = false } = operation
  const parameters = [...pathParameters(routed), ...(query === undefined ? [] : queryParameters(query))]
  return {
    operationId: operationId(method, path),
    tags: [path.split('/')[1]],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: !bodyIsOptional, content: { [json]: { schema: body } } },
    }),
    responses: {
      ...success(operation),
      default: {
        description: 'The call was refused, or could not be answered.',
        content: { [json]: { schema: { $ref: '#/components/schemas/Refusal' } } },
      },
    },
    // One of the requirements has to be met; one requirement as a whole.
    security: all === true ? [{ [security]: scopes }] : scopes.map((scope) => ({ [security]: [scope] })),
  }
}

function pathParameters(path: string): readonly object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters({ properties, required }: TObject): readonly object[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required?.includes(name) === true && { required: true }),
    schema,
  }))
}

function success({ status = 200, answer }: Operation): object {
  const description = STATUS_CODES[status]
  if (status === 204) return { 204: { description } }
  return { [status]: { description, content: { [json]: { schema: answer ?? {} } } } }
}

/** `patch_clients_by_id`: made of the method and the path, so that it stays what it is. */
function operationId(method: Route['method'], path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const names = parts.filter((part) => !part.startsWith('{')).map((part) => part.replaceAll('-', '_'))
  const last = parts.at(-1)?.match(/^\{(\w+)\}$/)?.[1]
  return [method.toLowerCase(), ...names, ...(last === undefined ? [] : ['by', last])].join('_')
}
