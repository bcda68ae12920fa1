import Type, { type TSchema } from 'typebox'
import type { Geoip, JsonObject } from '../../domain/index.ts'
import { byName } from './by-name.ts'

const texts = byName(Type.String())
const values = Type.Unsafe<JsonObject>({ type: 'object' })
const scopes = Type.Array(Type.String())
const text = Type.Optional(Type.String())

/** An object some of whose members are known: a client may send what it was shown, whole. */
function open<P extends Record<string, TSchema>>(properties: P) {
  return Type.Object(properties)
}

const GivenEvent = open({
  accessToken: Type.Optional(open({ customClaims: Type.Optional(values), scope: Type.Optional(scopes) })),
  client: Type.Optional(open({ client_id: text, name: text, metadata: Type.Optional(texts) })),
  custom_domain: Type.Optional(open({ domain: Type.String(), domain_metadata: Type.Optional(texts) })),
  organization: Type.Optional(
    open({ id: text, name: Type.String(), display_name: text, metadata: Type.Optional(texts) }),
  ),
  request: Type.Optional(
    open({
      body: Type.Optional(values),
      geoip: Type.Optional(Type.Unsafe<Geoip>({ type: 'object' })),
      hostname: text,
      ip: text,
      language: text,
      method: text,
      user_agent: text,
    }),
  ),
  resource_server: Type.Optional(open({ identifier: text })),
  tenant: Type.Optional(open({ id: text })),
  transaction: Type.Optional(
    open({
      correlation_id: text,
      requested_scopes: Type.Optional(scopes),
      target_scopes: Type.Optional(scopes),
    }),
  ),
})

/** The body of `POST /actions/actions/:id/test`: an event, as far as it is to be other than empty. */
export const TestAction = Type.Object(
  { payload: open({ event: Type.Optional(GivenEvent) }) },
  { additionalProperties: false },
)

const durations = Type.Object({
  total_request_duration_ms: Type.Integer(),
  total_runtime_execution_duration_ms: Type.Integer(),
  runtime_processing_duration_ms: Type.Integer(),
  action_duration_ms: Type.Integer(),
  runtime_external_call_duration_ms: Type.Integer(),
  boot_duration_ms: Type.Integer(),
  network_duration_ms: Type.Integer(),
})

/** What a try answers. Of `payload`, Auth0 is seen to send `error` and `stats`; the other members are ours. */
export const TestedAction = Type.Object({
  payload: Type.Object({
    error: Type.Optional(Type.Object({ name: Type.String(), message: Type.String(), stack: Type.String() })),
    logs: Type.Array(Type.String()),
    commands: Type.Array(Type.Object({ type: Type.String() })),
    result: Type.Object({
      kind: Type.Enum(['granted', 'denied', 'failed']),
      claims: Type.Optional(values),
      scopes: Type.Optional(scopes),
      error: text,
      reason: text,
      dropped: Type.Array(
        Type.Object({ kind: Type.String(), name: Type.String(), rule: Type.String(), explanation: Type.String() }),
      ),
    }),
    stats: durations,
  }),
})
