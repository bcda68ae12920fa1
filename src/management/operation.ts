import type { Static, TObject, TSchema } from 'typebox'
import type { ManagementPorts, ManagementSettings } from './ports.ts'
import { parseBody, parseQuery } from './validate.ts'

/** One call of the API, its token accepted. */
export interface ManagementRequest<Q = unknown, B = unknown> {
  /** The parts of the path, decoded once. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Q
  readonly body: B
  /** What the token carries. */
  readonly scopes: ReadonlySet<string>
  /** The client that the token was issued to. */
  readonly client_id: string
  readonly request_id: string
  /** Sets a header of the answer. */
  readonly setHeader: (name: string, value: string) => void
}

/** Which of the two services an operation belongs to: the actions service words its errors without `errorCode`. */
export type Service = 'classic' | 'actions'

/** What an operation takes and answers, for those who check it and for the published document. */
export interface OperationShape {
  readonly query?: TObject
  readonly body?: TSchema
  /** Whether a call without a body is as good as one with `{}`. */
  readonly bodyIsOptional?: boolean
  /** Of an answer that is no refusal; 200 unless named. A 204 has no body. */
  readonly status?: 200 | 201 | 202 | 204
  readonly answer?: TSchema
  readonly service?: Service
  /** Whether it stores something that exchanges, or the log streams, go by. Every method but GET does unless it says otherwise. */
  readonly changes?: boolean
}

/** An operation as the table of routes has it. */
export interface Operation extends OperationShape {
  /** Checks what came and does it. Throws `ManagementRefusal` and `DeploymentRefusal`; anything else is a defect. Resolves with the answer's body. */
  run(request: ManagementRequest, ports: ManagementPorts, settings: ManagementSettings): Promise<unknown>
}

type Taken<S> = S extends TSchema ? Static<S> : Readonly<Record<never, never>>

/**
 * An operation out of what it takes and what it does: `handle` is given what was checked, and nothing else of the request. A query that is not
 * described takes no parameter; a body that is not described is not looked at, as Auth0's API does.
 */
export function operation<Q extends TObject | undefined = undefined, B extends TSchema | undefined = undefined>(
  shape: Omit<OperationShape, 'query' | 'body'> & { readonly query?: Q; readonly body?: B },
  handle: (
    request: ManagementRequest<Taken<Q>, Taken<B>>,
    ports: ManagementPorts,
    settings: ManagementSettings,
  ) => Promise<unknown>,
): Operation {
  const { query, body, ...rest } = shape
  return {
    ...rest,
    ...(query !== undefined && { query }),
    ...(body !== undefined && { body }),
    run: async (request, ports, settings) => {
      const given = request.body === undefined && shape.bodyIsOptional === true ? {} : request.body
      const taken = {
        ...request,
        query: parseQuery<Taken<Q>>(query, request.query),
        body: parseBody<Taken<B>>(body, given),
      }
      return handle(taken, ports, settings)
    },
  }
}
