import Type from 'typebox'

const Named = Type.Object({}, { additionalProperties: true })

/** A log entry as it is answered. @see Auth0 Docs, Management API "Get a log event by id"; "Tenant log schemas" */
export const LogEntry = Type.Object({
  _id: Type.Optional(Type.String()),
  log_id: Type.Optional(Type.String()),
  date: Type.Optional(Type.String({ format: 'date-time' })),
  type: Type.Optional(Type.String()),
  description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  connection: Type.Optional(Type.String()),
  connection_id: Type.Optional(Type.String()),
  client_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  client_name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  ip: Type.Optional(Type.String()),
  client_ip: Type.Optional(Type.String()),
  hostname: Type.Optional(Type.String()),
  user_id: Type.Optional(Type.String()),
  user_name: Type.Optional(Type.String()),
  user_agent: Type.Optional(Type.String()),
  audience: Type.Optional(Type.String()),
  scope: Type.Optional(Type.String()),
  organization_id: Type.Optional(Type.String()),
  organization_name: Type.Optional(Type.String()),
  tenant_name: Type.Optional(Type.String()),
  environment_name: Type.Optional(Type.String()),
  strategy: Type.Optional(Type.String()),
  strategy_type: Type.Optional(Type.String()),
  isMobile: Type.Optional(Type.Boolean()),
  details: Type.Optional(Named),
  auth0_client: Type.Optional(Named),
  references: Type.Optional(Named),
  security_context: Type.Optional(
    Type.Object({ ja3: Type.Optional(Type.String()), ja4: Type.Optional(Type.String()) }),
  ),
  location_info: Type.Optional(
    Type.Object({
      country_code: Type.Optional(Type.String()),
      country_code3: Type.Optional(Type.String()),
      country_name: Type.Optional(Type.String()),
      city_name: Type.Optional(Type.String()),
      latitude: Type.Optional(Type.Number()),
      longitude: Type.Optional(Type.Number()),
      time_zone: Type.Optional(Type.String()),
      continent_code: Type.Optional(Type.String()),
    }),
  ),
})

/** `GET /logs`: the bare array, or with `include_totals` an object around it. */
export const LogList = Type.Union([
  Type.Array(LogEntry),
  Type.Object({
    start: Type.Integer(),
    limit: Type.Integer(),
    length: Type.Integer(),
    total: Type.Integer(),
    logs: Type.Array(LogEntry),
  }),
])

/** What happened on one day (UTC). */
export const DayOfStats = Type.Object({
  date: Type.String({ format: 'date-time' }),
  logins: Type.Integer(),
  signups: Type.Integer(),
  leaked_passwords: Type.Integer(),
  updated_at: Type.String({ format: 'date-time' }),
  created_at: Type.String({ format: 'date-time' }),
})
