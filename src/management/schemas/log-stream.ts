import Type, { type Static, type TObject, type TProperties } from 'typebox'
import type { LogStreamStatus, LogStreamType } from '../../domain/index.ts'

/** Regions of Amazon that an event bus may be in. */
const awsRegions = (
  'af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ' +
  'ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 ' +
  'eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me- ' +
  'central-1 me-south-1 mx-central-1 sa-east-1 us-gov-east-1 us-gov-west-1 us-east-1 us-east-2 us-west-1 us-west-2'
).split(' ')

/** Regions of Azure that an event grid may be in. */
const azureRegions = (
  'australiacentral australiaeast australiasoutheast brazilsouth canadacentral canadaeast centralindia centralus ' +
  'eastasia eastus eastus2 francecentral germanywestcentral japaneast japanwest koreacentral koreasouth ' +
  'northcentralus northeurope norwayeast southafricanorth southcentralus southeastasia southindia swedencentral ' +
  'switzerlandnorth uaenorth uksouth ukwest westcentralus westeurope westindia westus westus2'
).split(' ')

const closed = { additionalProperties: false } as const

/** @see Auth0 Docs, "Log Stream Filters". The two of `ancillary` stand in Auth0's clients and not in its schema. */
const categories = [
  'auth.ancillary.fail',
  'auth.ancillary.success',
  'auth.login.fail',
  'auth.login.notification',
  'auth.login.success',
  'auth.logout.fail',
  'auth.logout.success',
  'auth.signup.fail',
  'auth.signup.success',
  'auth.silent_auth.fail',
  'auth.silent_auth.success',
  'auth.token_exchange.fail',
  'auth.token_exchange.success',
  'management.fail',
  'management.success',
  'scim.event',
  'system.notification',
  'user.fail',
  'user.notification',
  'user.success',
  'actions',
  'other',
]

const PiiConfig = Type.Object(
  {
    log_fields: Type.Array(Type.Enum(['first_name', 'last_name', 'username', 'email', 'phone', 'address']), {
      minItems: 1,
    }),
    method: Type.Optional(Type.Enum(['mask', 'hash'])),
    algorithm: Type.Optional(Type.Enum(['xxhash'])),
  },
  closed,
)

/** What every type of stream has beside its sink. */
const members = {
  name: Type.Optional(Type.String()),
  isPriority: Type.Optional(Type.Boolean()),
  filters: Type.Optional(
    Type.Array(
      Type.Object({ type: Type.Optional(Type.Enum(['category'])), name: Type.Optional(Type.Enum(categories)) }),
    ),
  ),
  pii_config: Type.Optional(PiiConfig),
}

/** Where a stream of type `http` goes. Plain HTTP is for the operation to refuse: a setting allows it. */
const HttpSink = Type.Object(
  {
    httpAuthorization: Type.Optional(Type.String()),
    httpContentFormat: Type.Optional(Type.Enum(['JSONARRAY', 'JSONLINES', 'JSONOBJECT'])),
    httpContentType: Type.Optional(Type.String()),
    httpEndpoint: Type.String({ pattern: '^https?://.*' }),
    httpCustomHeaders: Type.Optional(
      Type.Array(Type.Object({ header: Type.Optional(Type.String()), value: Type.Optional(Type.String()) })),
    ),
  },
  closed,
)

/** Where a stream of type `file` goes, which is this server's own: a path below the folder of `LOG_STREAM_DIR`. */
const FileSink = Type.Object({ path: Type.String({ minLength: 1, maxLength: 1_024 }) }, closed)

const sinks = {
  http: HttpSink,
  file: FileSink,
  eventbridge: Type.Object(
    {
      awsAccountId: Type.String({ pattern: '^\\d{12}$' }),
      awsRegion: Type.Enum(awsRegions),
      awsPartnerEventSource: Type.Optional(Type.String()),
    },
    closed,
  ),
  eventgrid: Type.Object(
    {
      azureSubscriptionId: Type.String({
        pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
      }),
      azureRegion: Type.Enum(azureRegions),
      azureResourceGroup: Type.String(),
      azurePartnerTopic: Type.Optional(Type.String()),
    },
    closed,
  ),
  datadog: Type.Object({ datadogApiKey: Type.String(), datadogRegion: Type.Enum(['us', 'eu', 'us3', 'us5']) }, closed),
  splunk: Type.Object(
    {
      splunkDomain: Type.String(),
      splunkPort: Type.String({ pattern: '^[0-9]*$' }),
      splunkToken: Type.String(),
      splunkSecure: Type.Boolean(),
    },
    closed,
  ),
  sumo: Type.Object({ sumoSourceAddress: Type.String() }, closed),
  segment: Type.Object({ segmentWriteKey: Type.String() }, closed),
  mixpanel: Type.Object(
    {
      mixpanelRegion: Type.Enum(['us', 'eu']),
      mixpanelProjectId: Type.String({ pattern: '^\\d+$' }),
      mixpanelServiceAccountUsername: Type.String({ pattern: '^[^:]+$' }),
      mixpanelServiceAccountPassword: Type.String({ pattern: '^[^:]+$', format: 'password' }),
    },
    closed,
  ),
} as const satisfies Readonly<Record<LogStreamType, TObject>>

const none = Type.Object({}, closed)

/** What a stream's sink may be replaced by, by its type: its secret may be left out. Those at Amazon and Azure stay as they were made. */
const sinkPatches: Readonly<Record<LogStreamType, TObject>> = {
  ...sinks,
  eventbridge: none,
  eventgrid: none,
  datadog: without(sinks.datadog, 'datadogApiKey'),
  splunk: without(sinks.splunk, 'splunkToken'),
  segment: without(sinks.segment, 'segmentWriteKey'),
  mixpanel: without(sinks.mixpanel, 'mixpanelServiceAccountPassword'),
}

/** An object of which one member may be left out. */
function without({ properties }: TObject, name: string): TObject {
  const member = properties[name]
  return Type.Object({ ...properties, ...(member !== undefined && { [name]: Type.Optional(member) }) }, closed)
}

/** The sink of a `PATCH /log-streams/:id`, once it is known of which type the stream is. */
export function sinkPatchOf(type: LogStreamType): TObject {
  return Type.Object({ sink: sinkPatches[type] })
}

/** The members of every sink: which of them belong together is known with the stream's type. */
const anySinkPatch = Type.Object(
  Object.fromEntries(
    Object.values(sinkPatches)
      .flatMap(({ properties }) => Object.entries(properties))
      .map(([name, member]) => [name, Type.Optional(member)]),
  ),
  closed,
)

/** One schema for each type, of those members that `of` gives it. */
function eachType<P extends TProperties>(of: (type: LogStreamType, sink: TObject) => P): readonly TObject<P>[] {
  const types = Object.entries(sinks) as readonly (readonly [LogStreamType, TObject])[]
  return types.map(([type, sink]) => Type.Object(of(type, sink), closed))
}

const startFrom = Type.Optional(Type.String())

type AnyLogStream = Static<TObject<typeof members>> & {
  readonly type: LogStreamType
  readonly sink: Readonly<Record<string, unknown>>
  readonly startFrom?: string
}

/** `POST /log-streams`, told apart by `type`. @see Auth0 Docs, Management API "Create a log stream" */
export const CreateLogStream = Type.Unsafe<AnyLogStream>({
  type: 'object',
  required: ['type', 'sink'],
  properties: { type: { type: 'string' }, sink: { type: 'object' } },
  discriminator: { propertyName: 'type' },
  // That there is a sink is said once.
  oneOf: eachType((type, sink) => ({ ...members, type: Type.Enum([type]), sink: Type.Optional(sink), startFrom })),
})

const Status = Type.Enum(['active', 'paused', 'suspended'] as const satisfies readonly LogStreamStatus[])

/** `PATCH /log-streams/:id`. Its `sink` is looked at anew by {@link sinkPatchOf}. @see Auth0 Docs, Management API "Update a log stream" */
export const UpdateLogStream = Type.Object(
  {
    ...members,
    status: Type.Optional(Status),
    sink: Type.Optional(anySinkPatch),
  },
  closed,
)

/** A log stream as it is answered. */
export const LogStreamAnswer = Type.Unsafe<unknown>({
  type: 'object',
  required: ['type'],
  properties: { type: { type: 'string' } },
  discriminator: { propertyName: 'type' },
  oneOf: eachType((type, sink) => ({
    id: Type.String({ format: 'log-stream-id' }),
    ...members,
    type: Type.Enum([type]),
    status: Status,
    sink,
    startFrom,
  })),
})
