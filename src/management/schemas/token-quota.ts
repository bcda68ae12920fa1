import Type from 'typebox'

export const TokenQuotaClientCredentials = Type.Object(
  {
    enforce: Type.Optional(Type.Boolean()),
    per_day: Type.Optional(Type.Integer({ minimum: 1, maximum: 2147483647 })),
    per_hour: Type.Optional(Type.Integer({ minimum: 1, maximum: 2147483647 })),
  },
  { minProperties: 1, additionalProperties: false },
)

export const CreateTokenQuota = Type.Object(
  { client_credentials: TokenQuotaClientCredentials },
  { additionalProperties: false },
)
