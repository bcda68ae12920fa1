/**
 * What Auth0 has not published, and what this server does instead: one entry a guess, so that one observation of the
 * real service changes one line. `docs/compatibility.md` lists them for readers.
 */
export const guesses = {
  /** HTTP status of `api.access.deny(code)`. Documented for the Hook that the trigger replaced. */
  denyStatus: { invalid_scope: 400, invalid_request: 400, server_error: 500 },
  /** `error_description` when an action denies without a reason; Auth0's SDKs read the key, so it is never left out. */
  denyDefaultReason: 'The exchange was denied by an Action.',
  /** The second of two `deny` calls in one action counts. */
  lastDenyWins: true,
  /** `event.accessToken.customClaims` shows what earlier actions set, as it stood when the action began. */
  customClaimsShowEarlierActions: true,
  /** `event.accessToken.scope` shows the target scopes as they stood when the action began. */
  accessTokenScopeFollowsTarget: true,
  /** `event.transaction.target_scopes` is always present: it is early access at Auth0. */
  targetScopesAlwaysPresent: true,
  /** Bytes (UTF-8, as JSON) of all custom claim names and values of a token: the documented 100 KB read as KiB. */
  customClaimsBytes: 102_400,
  /** Bytes (UTF-8) of all keys and values of a trigger's cache: documented as 8 kB, enforced by Auth0's helper as 16 KiB + 256. */
  cacheBytes: 16 * 1024 + 256,
  /** A twenty-first entry is refused with this code; nothing is evicted. */
  cacheFullCode: 'MaxSideEffectsExceeded',
  /** Commands one execution may record; a cache write beyond it answers `MaxSideEffectsExceeded`, any other call throws. */
  commandsPerExecution: 4_000,
  /** Names withheld from `event.request.body`: the five of the 2025 deprecation notice, and two that carry credentials elsewhere. */
  withheldBodyNames: [
    'auth_session',
    'authn_response',
    'client_secret',
    'client_assertion',
    'refresh_token',
    'password',
    'assertion',
  ],
  /** Names an action may not set although Auth0's list lacks them: claims of agent tokens. */
  alsoRestrictedClaims: ['sub_profile', 'client_profile'],
  /** Status of an unknown `grant_type`: 400 as in RFC 6749 §5.2; Auth0's older table says 501. */
  unsupportedGrantTypeStatus: 400,
  /** Status of a request without `client_id`. */
  missingClientIdStatus: 401,
  /** Status of a client assertion that is rejected. Its code is documented, its sentence is in an example. */
  assertionRejectedStatus: 401,
  /** What the `typ` of a client assertion may say, in lower case: rfc7523bis asks for the second, and none may be said. */
  assertionTypes: ['jwt', 'client-authentication+jwt'],
  /** Header members that a client assertion must not have: they bring a key, change what is signed, or belong to an encrypted token. */
  assertionRefusedHeaders: ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc', 'epk'],
  /** `error_class` of the log entry of an execution that ended badly. */
  errorClassOf: {
    threw: 'action_error',
    'not-loadable': 'action_error',
    'out-of-memory': 'action_error',
    'timed-out': 'action_timeout',
    exited: 'platform_error',
    overloaded: 'rate_limited',
    unavailable: 'platform_error',
    'oversized-claims': 'action_error',
  },
  /** `error_description` when an organization's quota is used up: the client's sentence with another noun. */
  organizationQuotaSentence: 'Organization quota exceeded',
  /** `details.limit.bucket` of a log entry about the tenant's rate limit. */
  rateLimitBucket: 'oauth-token',
  /** Characters of an access token's `jti`. */
  tokenIdLength: 22,
  /** `cty` of an encrypted token. */
  encryptedTokenContentType: 'JWT',
  /** Where `event.transaction.correlation_id` is read from in a token request. */
  correlationIdParameter: 'correlation_id',
  /** Which version of its trigger an action is for that names none: the one of this status. */
  triggerVersion: 'CURRENT',
  /** The version of the two triggers that come after an identifier is typed in. */
  identifierTriggerVersion: 'v1',
  /** What a token with `read:organizations_summary` alone is told of an organization. */
  organizationSummary: ['id', 'name', 'display_name'],
  /** Fields of a client that `read:client_summary` alone shows. */
  clientSummary: ['client_id', 'name', 'app_type', 'description'],
  /** Scopes of which one shows the client secret and keys in the answer to a change of the client. */
  clientKeysAfterUpdate: ['read:client_keys', 'update:client_keys'],
  /** `errorCode` where the members of a client exclude each other: the sentences were seen, without it. */
  clientRuleErrorCode: 'invalid_body',
  /** What an API's identifier may not be, below each of the server's hosts: the audiences of Auth0's own APIs. */
  reservedAudiencePaths: ['api/v2/', 'userinfo', 'mfa/', 'me/', 'my-org/'],
  /** `resource_parameter_profile` of a tenant that sets none: as the schema says; the settings page has another one for new tenants. */
  resourceParameterProfile: 'audience',
  /** Seconds that the `iat` of a DPoP proof may lie before or after the server's clock. */
  dpopWindowSeconds: 60,
  /** Characters of a DPoP proof, and of its `jti`: an RSA key of 4,096 bits with its signature takes half of it. */
  dpopProofLength: 4_096,
  dpopJtiLength: 256,
  /** `errorCode` of a signing key that is not there. The Management API's document has the sentence alone. */
  signingKeyUnknownCode: 'inexistent_signing_key',
  /** `errorCode` beside the custom domain that is there already, which Auth0's 409 is seen to answer. */
  customDomainExistsCode: 'custom_domain_exists',
  /** `token_type` of a certificate-bound token: as RFC 8705 has it; Auth0's mTLS page shows `DPoP`. `MTLS_TOKEN_TYPE` changes it. */
  mtlsTokenType: 'Bearer',
  /** Terms of a log search side by side, without a word between them: `any` of them is enough, as in the syntax that Auth0's page refers to. */
  logTermsSideBySide: 'any',
  /** Log streams a tenant may have; one more is refused. Auth0 says that there is a most, and not which. */
  logStreams: 20,
  /** Days that the daily statistics tell of when none are named. */
  statsDays: 30,
  /** `Content-Type` of what a log stream sends where it names none. */
  logStreamContentType: 'application/json',
} as const
