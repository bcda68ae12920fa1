/**
 * Every numeric limit that Auth0 publishes for what this server does, each with the page it comes from.
 *
 * A limit that is ours alone is a setting (`config.ts`); one that Auth0 has not published is a guess (`guesses.ts`).
 */
export const limits = {
  /** Characters of one scope value. Auth0 Docs, "credentials-exchange API object". */
  scopeLength: 280,
  /** Scopes of one API, and target scopes of one transaction. Auth0 Docs, "Entity Limit Policy"; changelog of 2026-05-28. */
  scopes: 1_000,
  /** Milliseconds that all actions of one execution may take together. Auth0 Docs, "Actions Limitations". */
  executionDeadlineMs: 20_000,
  /** Bytes of one action's source, npm packages excluded. Auth0 Docs, "Actions Limitations". */
  actionCodeBytes: 100_000,
  /** Actions of one tenant. Auth0 Docs, "Entity Limit Policy". */
  actions: 100,
  /** Actions bound to one trigger. Auth0 Docs, "Entity Limit Policy". */
  bindings: 20,
  /** Versions kept of one action. Auth0 Docs, "Entity Limit Policy". */
  actionVersions: 50,
  /** Secrets of one action. Auth0 Docs, "Entity Limit Policy". */
  actionSecrets: 30,
  /** Characters of an action secret's name. Auth0 Docs, "Actions Limitations". */
  actionSecretNameLength: 128,
  /** Characters of an action secret's value. Auth0 Docs, "Actions Limitations". */
  actionSecretValueLength: 4_096,
  /** npm packages an action may declare. Auth0 Docs, "Entity Limit Policy". */
  actionDependencies: 10,
  /** Characters of a dependency's version. Management API schema, "Create an actions module". */
  dependencyVersionLength: 50,
  /** Modules an action may pin. Auth0 Docs, "Entity Limit Policy". */
  actionModules: 3,
  /** Modules of one tenant. Auth0 Docs, "Entity Limit Policy". */
  modules: 100,
  /** Versions kept of one module. Auth0 Docs, "Entity Limit Policy". */
  moduleVersions: 50,
  /** Secrets of one module, and npm packages it may declare. Auth0 Docs, "Entity Limit Policy". */
  moduleSecrets: 30,
  moduleDependencies: 10,
  /** Characters of a module's name, of its code and of the name of one of its secrets. Management API schema, "Create an actions module". */
  moduleNameLength: 255,
  moduleCodeLength: 65_536,
  moduleSecretNameLength: 255,
  /** Characters of console output kept with an execution, per action. Auth0 Docs, "Actions Limitations". */
  consoleKeptCharacters: 256,
  /** Bytes of console output an execution may hold in flight before it is cut. Auth0's published test helper. */
  consoleBytes: 256 * 1024,
  /** Bytes (UTF-8) of a trigger cache key. Auth0 Docs, "Actions Limitations". */
  cacheKeyBytes: 64,
  /** Bytes (UTF-8) of a trigger cache value. Auth0 Docs, "Actions Limitations". */
  cacheValueBytes: 4_096,
  /** Entries of one trigger's cache. Auth0 Docs, "Actions Limitations". */
  cacheEntries: 20,
  /** Milliseconds an entry lives when neither `ttl` nor `expires_at` is given. Auth0 Docs, "credentials-exchange API object". */
  cacheDefaultLifetimeMs: 15 * 60 * 1_000,
  /** Longest life of an entry in milliseconds. Auth0 Docs, "Actions Limitations". */
  cacheLifetimeMs: 24 * 60 * 60 * 1_000,
  /** Seconds an access token lives unless its API says otherwise. Auth0 Docs, "Update Access Token Lifetime". */
  tokenLifetimeSeconds: 86_400,
  /** Seconds an access token of a third-party client lives unless its `jwt_configuration` says otherwise. Auth0 Docs, "Third-Party Applications". */
  thirdPartyTokenLifetimeSeconds: 3_600,
  /** Characters of the secret that an API's tokens are signed with (HS256), at least. Management API schema, "Create a resource server". */
  signingSecretLength: 16,
  /** Characters of the `kid` of the key that an API's tokens are encrypted for. Management API schema, "Create a resource server". */
  encryptionKeyIdLength: 128,
  /** Longest access token lifetime in seconds. Auth0 Docs, "Update Access Token Lifetime". */
  maxTokenLifetimeSeconds: 2_592_000,
  /** Characters of an API's identifier. Management API schema. */
  identifierLength: 600,
  /** Client grants that one organization may be associated with. Management API schema, "Associate a client grant with an organization". */
  organizationClientGrants: 100,
  /** Characters of a correlation id. Auth0 Docs, "Configure Correlation ID". */
  correlationIdLength: 64,
  /** Keys of `client_metadata`, and characters of one of its keys or values. Auth0 Docs, "Configure Application Metadata". */
  clientMetadataKeys: 10,
  clientMetadataLength: 255,
  /** Characters of a forwarded client certificate in Auth0's header form. Auth0 Docs, "Authenticate with mTLS". */
  clientCertificateHeaderLength: 4_096,
  /** Bytes of a client assertion; characters of its `iss`, `sub` and `jti`, and of its `alg`. Auth0 Docs, "Authenticate with Private Key JWT". */
  clientAssertionBytes: 2_048,
  clientAssertionClaimLength: 64,
  clientAssertionAlgLength: 16,
  /** Seconds a client assertion may live, and the clocks may differ. Auth0 Docs, "Authenticate with Private Key JWT". */
  clientAssertionLifetimeSeconds: 300,
  clientAssertionSkewSeconds: 10,
  /** Credentials of one client, and of one tenant. Auth0 Docs, "Configure Private Key JWT"; "Entity Limit Policy". */
  clientCredentials: 2,
  tenantCredentials: 2_000,
  /** Characters of a credential's name and of its subject. Management API schema, "Create a client credential". */
  credentialNameLength: 128,
  credentialSubjectLength: 256,
  /** Bits of an RSA key that verifies client assertions, least and most. Auth0 Docs, "Configure Private Key JWT". */
  credentialRsaBits: [2_048, 4_096],
} as const
