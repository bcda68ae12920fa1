import {
  credentialAlgorithms,
  credentialTypeOf,
  encryptionAlgorithms,
  encryptionFormat,
  isPackageName,
  isPackageVersion,
  limits,
  longestFederatedLifetime,
  runtimes,
  signingAlgorithms,
  tokenDialects,
} from '../domain/index.ts'
import type { ObjectKind } from './known-keys.ts'

/** What a member's value may be. */
export type Shape =
  | 'text'
  | 'boolean'
  | 'integer'
  | 'object'
  | 'texts'
  | 'objects'
  | 'texts by name'
  | 'booleans by name'

/** The rule of one member that the server acts on. A `null` counts as left out. */
export interface MemberRule {
  readonly shape: Shape
  readonly required?: true
  readonly oneOf?: readonly string[]
  /** Characters of a text. */
  readonly maxLength?: number
  /** The bounds of a whole number, both included. */
  readonly range?: readonly [number, number]
  /** What a text must match, and that rule in words. */
  readonly pattern?: readonly [Pick<RegExp, 'test'>, string]
}

/** The rule of one kind of object: its name in a sentence, and its members. */
export interface ObjectRule {
  readonly noun: string
  readonly members: Readonly<Record<string, MemberRule>>
}

const text: MemberRule = { shape: 'text' }
const boolean: MemberRule = { shape: 'boolean' }
const object: MemberRule = { shape: 'object' }
const requiredText: MemberRule = { shape: 'text', required: true }
const withoutBrackets = [/^[^<>]+$/, 'a name without "<" and ">"'] as const
const withoutNul = [{ test: (name: string) => !name.includes('\0') }, 'a name without a NUL character'] as const

/**
 * What the server relies on in each object, as the Management API's schemas have it. Members that are not here are kept as they are:
 * the server does not act on them.
 *
 * @see Auth0 Docs, Management API: the pages that {@link knownKeys} names
 */
export const objectRules: Readonly<Record<ObjectKind, ObjectRule>> = {
  tenant: {
    noun: 'the tenant',
    members: {
      friendly_name: text,
      default_audience: text,
      default_token_quota: object,
      allow_organization_name_in_authentication_api: boolean,
      flags: { shape: 'booleans by name' },
      resource_parameter_profile: { shape: 'text', oneOf: ['audience', 'compatibility'] },
    },
  },
  client: {
    noun: 'a client',
    members: {
      name: { shape: 'text', required: true, pattern: withoutBrackets },
      // RFC 6749 §2.3.1 and appendix A.1; a space is kept out because grants are looked up by client id and audience.
      client_id: { shape: 'text', maxLength: 128, pattern: [/^[\x21-\x7e]+$/, 'visible ASCII without spaces'] },
      client_secret: { shape: 'text', pattern: [/^[\x20-\x7e]+$/, 'one or more visible ASCII characters'] },
      app_type: text,
      grant_types: { shape: 'texts' },
      token_endpoint_auth_method: { shape: 'text', oneOf: ['none', 'client_secret_post', 'client_secret_basic'] },
      client_authentication_methods: object,
      client_metadata: { shape: 'texts by name' },
      require_proof_of_possession: boolean,
      is_first_party: boolean,
      is_token_endpoint_ip_header_trusted: boolean,
      resource_server_identifier: text,
      default_organization: object,
      global: boolean,
      token_quota: object,
      jwt_configuration: object,
      token_lifetime: { shape: 'integer', range: [0, limits.maxTokenLifetimeSeconds] },
    },
  },
  jwtConfiguration: {
    noun: "a client's jwt_configuration",
    members: { lifetime_in_seconds: { shape: 'integer', range: [1, limits.maxTokenLifetimeSeconds] } },
  },
  resourceServer: {
    noun: 'an API',
    members: {
      identifier: { shape: 'text', required: true, maxLength: limits.identifierLength },
      name: { shape: 'text', maxLength: 200, pattern: withoutBrackets },
      scopes: { shape: 'objects' },
      signing_alg: { shape: 'text', oneOf: signingAlgorithms },
      signing_secret: {
        shape: 'text',
        pattern: [
          { test: (secret: string) => secret.length >= limits.signingSecretLength },
          `a text of ${limits.signingSecretLength} characters or more`,
        ],
      },
      token_lifetime: { shape: 'integer', range: [0, limits.maxTokenLifetimeSeconds] },
      token_dialect: { shape: 'text', oneOf: tokenDialects },
      token_encryption: object,
      proof_of_possession: object,
      subject_type_authorization: object,
      is_system: boolean,
      scope_narrowing: boolean,
    },
  },
  tokenEncryption: {
    noun: "an API's token_encryption",
    members: {
      format: { shape: 'text', required: true, oneOf: [encryptionFormat] },
      encryption_key: { shape: 'object', required: true },
    },
  },
  encryptionKey: {
    noun: 'an encryption_key',
    members: {
      name: text,
      alg: { shape: 'text', required: true, oneOf: encryptionAlgorithms },
      pem: requiredText,
      kid: { shape: 'text', maxLength: limits.encryptionKeyIdLength },
    },
  },
  scope: { noun: 'a scope', members: { value: requiredText, description: text } },
  clientGrant: {
    noun: 'a client grant',
    members: {
      client_id: requiredText,
      audience: requiredText,
      scope: { shape: 'texts' },
      subject_type: { shape: 'text', oneOf: ['client', 'user'] },
      allow_all_scopes: boolean,
      organization_usage: { shape: 'text', oneOf: ['deny', 'allow', 'require'] },
      allow_any_organization: boolean,
    },
  },
  organization: {
    noun: 'an organization',
    members: {
      name: { shape: 'text', required: true, maxLength: 50 },
      display_name: { shape: 'text', maxLength: 255 },
      metadata: { shape: 'texts by name' },
      client_grants: { shape: 'objects' },
      token_quota: object,
    },
  },
  organizationClientGrant: {
    noun: "an organization's client grant",
    members: { client_id: requiredText, audience: text },
  },
  defaultOrganization: {
    noun: "a client's default_organization",
    members: { organization_id: requiredText, flows: { shape: 'texts', required: true } },
  },
  action: {
    noun: 'an action',
    members: {
      name: { shape: 'text', required: true, pattern: withoutNul },
      code: requiredText,
      runtime: { shape: 'text', oneOf: runtimes },
      dependencies: { shape: 'objects' },
      modules: { shape: 'objects' },
      secrets: { shape: 'objects' },
      supported_triggers: { shape: 'objects', required: true },
      deployed: boolean,
    },
  },
  actionModule: {
    noun: 'an actions module',
    members: {
      name: { shape: 'text', required: true, maxLength: limits.moduleNameLength, pattern: withoutNul },
      code: requiredText,
      dependencies: { shape: 'objects' },
      secrets: { shape: 'objects' },
    },
  },
  dependency: {
    noun: 'a dependency',
    members: {
      name: {
        shape: 'text',
        required: true,
        pattern: [{ test: isPackageName }, 'the name of an npm package, such as "lodash" or "@scope/name"'],
      },
      version: {
        shape: 'text',
        pattern: [
          { test: isPackageVersion },
          `an exact version, a range, a tag or "" for the latest, of at most ${limits.dependencyVersionLength} characters`,
        ],
      },
    },
  },
  pinnedModule: {
    noun: 'a pinned module',
    members: {
      module_name: requiredText,
      module_version_number: { shape: 'integer', range: [1, Number.MAX_SAFE_INTEGER] },
    },
  },
  secret: {
    noun: 'a secret',
    members: {
      // The longer of the two limits; that of an action is checked where an action is read.
      name: { shape: 'text', required: true, maxLength: limits.moduleSecretNameLength, pattern: withoutNul },
      value: { shape: 'text', maxLength: limits.actionSecretValueLength },
    },
  },
  supportedTrigger: { noun: 'a supported trigger', members: { id: requiredText, version: text } },
  credential: {
    noun: 'a credential',
    members: {
      credential_type: { shape: 'text', required: true, oneOf: Object.values(credentialTypeOf) },
      name: text,
      pem: text,
      subject_dn: text,
      alg: { shape: 'text', oneOf: credentialAlgorithms },
      kid: text,
      expires_at: text,
      parse_expiry_from_cert: boolean,
    },
  },
  federatedIssuer: {
    noun: 'a federated issuer',
    members: {
      issuer: requiredText,
      subject: text,
      subject_pattern: text,
      audience: text,
      jwks_uri: text,
      jwks: object,
      algorithms: { shape: 'texts' },
      max_lifetime: { shape: 'integer', range: [1, longestFederatedLifetime] },
      required_claims: object,
      reusable: boolean,
    },
  },
  binding: { noun: 'a binding', members: { action_name: requiredText, display_name: text } },
}
