import Type from 'typebox'

export const LogStreamFilter = Type.Object({
  type: Type.Optional(Type.Enum(['category'])),
  name: Type.Optional(
    Type.Enum([
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
    ]),
  ),
})

export const LogStreamPiiConfig = Type.Object(
  {
    log_fields: Type.Array(Type.Enum(['first_name', 'last_name', 'username', 'email', 'phone', 'address']), {
      minItems: 1,
    }),
    method: Type.Optional(Type.Enum(['mask', 'hash'])),
    algorithm: Type.Optional(Type.Enum(['xxhash'])),
  },
  { additionalProperties: false },
)

export const LogStreamHttpSink = Type.Object(
  {
    httpAuthorization: Type.Optional(Type.String()),
    httpContentFormat: Type.Optional(Type.Enum(['JSONARRAY', 'JSONLINES', 'JSONOBJECT'])),
    httpContentType: Type.Optional(Type.String()),
    httpEndpoint: Type.String({ pattern: '^https://.*' }),
    httpCustomHeaders: Type.Optional(
      Type.Array(Type.Object({ header: Type.Optional(Type.String()), value: Type.Optional(Type.String()) })),
    ),
  },
  { additionalProperties: false },
)

export const CreateLogStreamHttp = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['http']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: LogStreamHttpSink,
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const CreateLogStreamEventBridge = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['eventbridge']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: Type.Object(
      {
        awsAccountId: Type.String({ pattern: '^\\d{12}$' }),
        awsRegion: Type.Enum([
          'af-south-1',
          'ap-east-1',
          'ap-east-2',
          'ap-northeast-1',
          'ap-northeast-2',
          'ap-northeast-3',
          'ap-south-1',
          'ap-south-2',
          'ap-southeast-1',
          'ap-southeast-2',
          'ap-southeast-3',
          'ap-southeast-4',
          'ap-southeast-5',
          'ap-southeast-6',
          'ap-southeast-7',
          'ca-central-1',
          'ca-west-1',
          'eu-central-1',
          'eu-central-2',
          'eu-north-1',
          'eu-south-1',
          'eu-south-2',
          'eu-west-1',
          'eu-west-2',
          'eu-west-3',
          'il-central-1',
          'me-central-1',
          'me-south-1',
          'mx-central-1',
          'sa-east-1',
          'us-gov-east-1',
          'us-gov-west-1',
          'us-east-1',
          'us-east-2',
          'us-west-1',
          'us-west-2',
        ]),
        awsPartnerEventSource: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const LogStreamEventGridSink = Type.Object(
  {
    azureSubscriptionId: Type.String({
      pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
    }),
    azureRegion: Type.Enum([
      'australiacentral',
      'australiaeast',
      'australiasoutheast',
      'brazilsouth',
      'canadacentral',
      'canadaeast',
      'centralindia',
      'centralus',
      'eastasia',
      'eastus',
      'eastus2',
      'francecentral',
      'germanywestcentral',
      'japaneast',
      'japanwest',
      'koreacentral',
      'koreasouth',
      'northcentralus',
      'northeurope',
      'norwayeast',
      'southafricanorth',
      'southcentralus',
      'southeastasia',
      'southindia',
      'swedencentral',
      'switzerlandnorth',
      'uaenorth',
      'uksouth',
      'ukwest',
      'westcentralus',
      'westeurope',
      'westindia',
      'westus',
      'westus2',
    ]),
    azureResourceGroup: Type.String(),
    azurePartnerTopic: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const CreateLogStreamEventGrid = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['eventgrid']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: LogStreamEventGridSink,
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const LogStreamDatadogSink = Type.Object(
  { datadogApiKey: Type.String(), datadogRegion: Type.Enum(['us', 'eu', 'us3', 'us5']) },
  { additionalProperties: false },
)

export const CreateLogStreamDatadog = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['datadog']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: LogStreamDatadogSink,
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const LogStreamSplunkSink = Type.Object(
  {
    splunkDomain: Type.String(),
    splunkPort: Type.String({ pattern: '^[0-9]*$' }),
    splunkToken: Type.String(),
    splunkSecure: Type.Boolean(),
  },
  { additionalProperties: false },
)

export const CreateLogStreamSplunk = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['splunk']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: LogStreamSplunkSink,
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const LogStreamSumoSink = Type.Object({ sumoSourceAddress: Type.String() }, { additionalProperties: false })

export const CreateLogStreamSumo = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['sumo']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: LogStreamSumoSink,
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const CreateLogStreamSegment = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['segment']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: Type.Object({ segmentWriteKey: Type.String() }, { additionalProperties: false }),
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const LogStreamMixpanelSink = Type.Object(
  {
    mixpanelRegion: Type.Enum(['us', 'eu']),
    mixpanelProjectId: Type.String({ pattern: '^\\d+$' }),
    mixpanelServiceAccountUsername: Type.String({ pattern: '^[^:]+$' }),
    mixpanelServiceAccountPassword: Type.String({ pattern: '^[^:]+$' }),
  },
  { additionalProperties: false },
)

export const CreateLogStreamMixpanel = Type.Object(
  {
    name: Type.Optional(Type.String()),
    type: Type.Enum(['mixpanel']),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: LogStreamMixpanelSink,
    startFrom: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const CreateLogStream = Type.Union([
  CreateLogStreamHttp,
  CreateLogStreamEventBridge,
  CreateLogStreamEventGrid,
  CreateLogStreamDatadog,
  CreateLogStreamSplunk,
  CreateLogStreamSumo,
  CreateLogStreamSegment,
  CreateLogStreamMixpanel,
])

export const LogStreamMixpanelSinkPatch = Type.Object(
  {
    mixpanelRegion: Type.Enum(['us', 'eu']),
    mixpanelProjectId: Type.String({ pattern: '^\\d+$' }),
    mixpanelServiceAccountUsername: Type.String({ pattern: '^[^:]+$' }),
    mixpanelServiceAccountPassword: Type.Optional(Type.String({ pattern: '^[^:]+$' })),
  },
  { additionalProperties: false },
)

export const UpdateLogStream = Type.Object(
  {
    name: Type.Optional(Type.String()),
    status: Type.Optional(Type.Enum(['active', 'paused', 'suspended'])),
    isPriority: Type.Optional(Type.Boolean()),
    filters: Type.Optional(Type.Array(LogStreamFilter)),
    pii_config: Type.Optional(LogStreamPiiConfig),
    sink: Type.Optional(
      Type.Union([
        LogStreamHttpSink,
        LogStreamDatadogSink,
        LogStreamSplunkSink,
        LogStreamSumoSink,
        Type.Object({ segmentWriteKey: Type.Optional(Type.String()) }, { additionalProperties: false }),
        LogStreamMixpanelSinkPatch,
      ]),
    ),
  },
  { additionalProperties: false },
)
