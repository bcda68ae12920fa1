import Type from 'typebox'
import { nullable } from './nullable.ts'

const ClientAddonAzureBlob = Type.Object({
  accountName: Type.Optional(Type.String({ pattern: '^([a-z0-9]){3,24}$' })),
  storageAccessKey: Type.Optional(Type.String({ pattern: '^([A-Za-z0-9+/]){86}==$', format: 'password' })),
  containerName: Type.Optional(Type.String({ pattern: '^([a-z0-9]){1}([a-z0-9-]){2,62}$' })),
  blobName: Type.Optional(Type.String({ pattern: '^(.){1,1024}$' })),
  expiration: Type.Optional(Type.Integer({ minimum: 0 })),
  signedIdentifier: Type.Optional(Type.String()),
  blob_read: Type.Optional(Type.Boolean()),
  blob_write: Type.Optional(Type.Boolean()),
  blob_delete: Type.Optional(Type.Boolean()),
  container_read: Type.Optional(Type.Boolean()),
  container_write: Type.Optional(Type.Boolean()),
  container_delete: Type.Optional(Type.Boolean()),
  container_list: Type.Optional(Type.Boolean()),
})

const ClientAddonSAML = Type.Object({
  mappings: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  audience: Type.Optional(Type.String()),
  recipient: Type.Optional(Type.String()),
  createUpnClaim: Type.Optional(Type.Boolean()),
  mapUnknownClaimsAsIs: Type.Optional(Type.Boolean()),
  passthroughClaimsWithNoMapping: Type.Optional(Type.Boolean()),
  mapIdentities: Type.Optional(Type.Boolean()),
  signatureAlgorithm: Type.Optional(Type.String()),
  digestAlgorithm: Type.Optional(Type.String()),
  issuer: Type.Optional(Type.String()),
  destination: Type.Optional(Type.String()),
  lifetimeInSeconds: Type.Optional(Type.Integer()),
  signResponse: Type.Optional(Type.Boolean()),
  nameIdentifierFormat: Type.Optional(Type.String()),
  nameIdentifierProbes: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  authnContextClassRef: Type.Optional(Type.String()),
})

/** Add-ons of a client: how it signs in to other products. Kept and shown; nothing here acts on them. */
export const ClientAddons = Type.Object(
  {
    aws: Type.Optional(
      Type.Object({
        principal: Type.Optional(Type.String()),
        role: Type.Optional(Type.String()),
        lifetime_in_seconds: Type.Optional(Type.Integer({ minimum: 900, maximum: 43200 })),
      }),
    ),
    azure_blob: Type.Optional(ClientAddonAzureBlob),
    azure_sb: Type.Optional(
      Type.Object({
        namespace: Type.Optional(Type.String()),
        sasKeyName: Type.Optional(Type.String()),
        sasKey: Type.Optional(Type.String()),
        entityPath: Type.Optional(Type.String()),
        expiration: Type.Optional(Type.Integer()),
      }),
    ),
    rms: Type.Optional(Type.Object({ url: Type.String({ format: 'url' }) })),
    mscrm: Type.Optional(Type.Object({ url: Type.String({ format: 'url' }) })),
    slack: Type.Optional(Type.Object({ team: Type.String() })),
    sentry: Type.Optional(
      Type.Object({ org_slug: Type.Optional(Type.String()), base_url: Type.Optional(Type.String()) }),
    ),
    box: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    cloudbees: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    concur: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    dropbox: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    echosign: Type.Optional(Type.Object({ domain: Type.Optional(Type.String()) })),
    egnyte: Type.Optional(Type.Object({ domain: Type.Optional(Type.String()) })),
    firebase: Type.Optional(
      Type.Object({
        secret: Type.Optional(Type.String()),
        private_key_id: Type.Optional(Type.String()),
        private_key: Type.Optional(Type.String()),
        client_email: Type.Optional(Type.String()),
        lifetime_in_seconds: Type.Optional(Type.Integer()),
      }),
    ),
    newrelic: Type.Optional(Type.Object({ account: Type.Optional(Type.String()) })),
    office365: Type.Optional(
      Type.Object({ domain: Type.Optional(Type.String()), connection: Type.Optional(Type.String()) }),
    ),
    salesforce: Type.Optional(Type.Object({ entity_id: Type.Optional(Type.String({ format: 'url' })) })),
    salesforce_api: Type.Optional(
      Type.Object({
        clientid: Type.Optional(Type.String()),
        principal: Type.Optional(Type.String()),
        communityName: Type.Optional(Type.String()),
        community_url_section: Type.Optional(Type.String()),
      }),
    ),
    salesforce_sandbox_api: Type.Optional(
      Type.Object({
        clientid: Type.Optional(Type.String()),
        principal: Type.Optional(Type.String()),
        communityName: Type.Optional(Type.String()),
        community_url_section: Type.Optional(Type.String()),
      }),
    ),
    samlp: Type.Optional(ClientAddonSAML),
    layer: Type.Optional(
      Type.Object({
        providerId: Type.String(),
        keyId: Type.String(),
        privateKey: Type.String(),
        principal: Type.Optional(Type.String()),
        expiration: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ),
    sap_api: Type.Optional(
      Type.Object({
        clientid: Type.Optional(Type.String()),
        usernameAttribute: Type.Optional(Type.String()),
        tokenEndpointUrl: Type.Optional(Type.String({ format: 'url' })),
        scope: Type.Optional(Type.String()),
        servicePassword: Type.Optional(Type.String()),
        nameIdentifierFormat: Type.Optional(Type.String()),
      }),
    ),
    sharepoint: Type.Optional(
      Type.Object({
        url: Type.Optional(Type.String()),
        external_url: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
      }),
    ),
    springcm: Type.Optional(Type.Object({ acsurl: Type.Optional(Type.String()) })),
    wams: Type.Optional(Type.Object({ masterkey: Type.Optional(Type.String()) })),
    wsfed: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    zendesk: Type.Optional(Type.Object({ accountName: Type.Optional(Type.String()) })),
    zoom: Type.Optional(Type.Object({ account: Type.Optional(Type.String()) })),
    sso_integration: Type.Optional(
      Type.Object({ name: Type.Optional(Type.String()), version: Type.Optional(Type.String()) }),
    ),
    oag: Type.Optional(nullable(Type.Object({}, { additionalProperties: false }))),
  },
  { additionalProperties: false },
)
