import { type ContentRefusal, type ContentRefusalValues, limits, runtimes } from '../domain/index.ts'

/** What each refusal is filled from: those of content itself, and those that only the store can tell. */
interface RefusalValues extends ContentRefusalValues {
  'too-many-actions': { readonly count: number }
  'too-many-tenant-modules': { readonly count: number }
  'action-name-taken': { readonly name: string }
  'module-name-taken': { readonly name: string }
  'secret-without-value': { readonly name: string }
  'pin-unknown': { readonly module_id: string; readonly module_version_id: string }
  'action-unknown': Nothing
  'action-version-unknown': { readonly version_id: string }
  'module-unknown': { readonly module_id: string }
  'module-version-unknown': { readonly version_id: string }
  'not-built': Nothing
  'build-failed': { readonly name: string; readonly faults: readonly string[] }
  'packages-lost': { readonly number: number; readonly reason: string }
  'action-bound': Nothing
  'module-pinned': { readonly name: string; readonly by: readonly string[] }
  'module-unchanged': Nothing
  'module-draft-is-version': Nothing
  'module-versions-full': { readonly name: string; readonly count: number }
  'trigger-unknown': { readonly trigger_id: string }
  'trigger-not-served': { readonly name: string; readonly id: string }
  'too-many-tries': { readonly name: string }
  'trigger-moved': Nothing
  'too-many-bindings': { readonly count: number }
  'binding-unresolved': { readonly type: string; readonly value: string }
  'bound-undeployed': Nothing
  'bound-incompatible': Nothing
  'bound-twice': { readonly name: string }
  'resource-server-unusable': { readonly identifier: string; readonly fault: string }
  'signing-key-unknown': { readonly kid: string }
  'signing-key-not-previous': { readonly kid: string; readonly state: string }
  'client-unknown': { readonly client_id: string }
  'client-global': Nothing
  'credential-unknown': Nothing
  'credential-unusable': { readonly client_id: string; readonly fault: string }
  'credential-in-use': { readonly id: string }
  'credential-not-own': { readonly id: string; readonly method: string }
  'too-many-credentials': { readonly of: 'client' | 'tenant'; readonly count: number; readonly limit: number }
  'overlap-out-of-bounds': { readonly seconds: number; readonly limit: number }
  'changed-meanwhile': { readonly what: string }
}

type Nothing = Readonly<Record<never, never>>

/** Why something about an action, a module, an API or a signing key was refused. */
export type DeploymentRefusalReason = keyof RefusalValues

/** One row of the table: the status that the Management API answers with, the sentence, and where both are from. */
export interface DeploymentRefusalRow<V> {
  readonly status: 400 | 404 | 409 | 412 | 429
  readonly sentence: (values: V) => string
  /** `observed` at Auth0, `documented` by it, or `ours` where nothing is published. */
  readonly source: 'observed' | 'documented' | 'ours'
}

const quoted = (text: string): string => JSON.stringify(text)

/** Every refusal of the life of actions, modules and keys. Clients match on the sentences that are Auth0's. */
export const deploymentRefusals: { readonly [R in DeploymentRefusalReason]: DeploymentRefusalRow<RefusalValues[R]> } = {
  'name-missing': {
    status: 400,
    sentence: (v) => `the ${v.of} has no name; give one`,
    source: 'ours',
  },
  'name-too-long': {
    status: 400,
    sentence: (v) => `the name of the ${v.of} has ${v.length} characters; the limit is ${v.limit}: shorten it`,
    source: 'documented',
  },
  'nul-character': {
    status: 400,
    sentence: (v) => `${v.where} holds a NUL character: ${quoted(v.text)}; take it out`,
    source: 'documented',
  },
  'code-too-large': {
    status: 400,
    sentence: (v) =>
      `the code of the ${v.of} has ${v.size} ${v.unit}; the limit is ${v.limit}: move a part of it to an npm package or a module`,
    source: 'documented',
  },
  'too-many-secrets': {
    status: 400,
    sentence: (v) => `the ${v.of} has ${v.count} secrets; the limit is ${v.limit}: join some or take some out`,
    source: 'documented',
  },
  'secret-name-length': {
    status: 400,
    // What Auth0 answers after a chain of its own type names.
    sentence: (v) =>
      `invalid Secrets[${v.index}].Name: value length must be between 1 and ${v.limit} runes, inclusive; it is ${v.length}`,
    source: 'observed',
  },
  'secret-named-twice': {
    status: 400,
    sentence: (v) => `the secret ${quoted(v.name)} is named twice; give each its own name`,
    source: 'ours',
  },
  'secret-value-too-long': {
    status: 400,
    sentence: (v) => `the secret ${quoted(v.name)} has ${v.length} characters; the limit is ${v.limit}: shorten it`,
    source: 'documented',
  },
  'secret-without-value': {
    status: 400,
    sentence: (v) => `the secret ${quoted(v.name)} has no value and none is stored to keep; give it a value`,
    source: 'ours',
  },
  'too-many-dependencies': {
    status: 400,
    sentence: (v) => `the ${v.of} has ${v.count} dependencies; the limit is ${v.limit}: take some out`,
    source: 'documented',
  },
  'dependency-name': {
    status: 400,
    sentence: (v) =>
      `${quoted(v.name)} cannot be the name of an npm package; give one such as "lodash" or "@scope/name"`,
    source: 'ours',
  },
  'dependency-named-twice': {
    status: 400,
    sentence: (v) => `the dependency ${quoted(v.name)} is named twice; keep one`,
    source: 'ours',
  },
  'dependency-version': {
    status: 400,
    sentence: (v) =>
      `the version ${quoted(v.version)} of the dependency ${quoted(v.name)} is none that a registry has, of at most ${limits.dependencyVersionLength} characters; give an exact version, a range, a tag, or nothing for the latest`,
    source: 'documented',
  },
  'runtime-unknown': {
    status: 400,
    sentence: (v) => `runtime is not supported: ${quoted(v.runtime)}; use one of ${runtimes.map(quoted).join(', ')}`,
    source: 'observed',
  },
  'trigger-count': {
    status: 400,
    sentence: (v) => `supported_triggers must name exactly one trigger; found ${v.count}`,
    source: 'documented',
  },
  'supported-trigger-unknown': {
    status: 400,
    sentence: (v) => `there is no trigger ${quoted(v.id)}; give one of those that the list of triggers has`,
    source: 'ours',
  },
  'trigger-v1': {
    status: 400,
    sentence: () =>
      'version "v1" of credentials-exchange is not served; rewrite the action as exports.onExecuteCredentialsExchange = async (event, api) => {…} and set "v2"',
    source: 'ours',
  },
  'trigger-version-unknown': {
    status: 400,
    sentence: (v) => `version ${quoted(v.version)} of ${v.id} is unknown; set ${quoted(v.current)}`,
    source: 'ours',
  },
  'too-many-modules': {
    status: 400,
    sentence: (v) => `the action pins ${v.count} modules; the limit is ${v.limit}: join some or take some out`,
    source: 'documented',
  },
  'module-pinned-twice': {
    status: 400,
    sentence: (v) => `the module ${quoted(v.module_id)} is pinned twice; keep one of its versions`,
    source: 'ours',
  },
  'module-nested': {
    status: 400,
    sentence: (v) =>
      `the code of the module requires ${quoted(`actions:${v.name}`)}: a module cannot use another one; copy what it needs into it`,
    source: 'documented',
  },
  'pin-unknown': {
    status: 400,
    sentence: (v) =>
      `the module ${quoted(v.module_id)} has no version ${quoted(v.module_version_id)}; pin one that it has published`,
    source: 'ours',
  },
  'too-many-actions': {
    status: 400,
    sentence: (v) => `the tenant has ${v.count} actions; the limit is ${limits.actions}: delete one first`,
    source: 'documented',
  },
  'too-many-tenant-modules': {
    status: 400,
    sentence: (v) => `the tenant has ${v.count} modules; the limit is ${limits.modules}: delete one first`,
    source: 'documented',
  },
  'action-name-taken': {
    status: 409,
    sentence: (v) => `an action named ${quoted(v.name)} exists already; give another name`,
    source: 'ours',
  },
  'module-name-taken': {
    status: 409,
    sentence: (v) => `a module named ${quoted(v.name)} exists already; give another name`,
    source: 'documented',
  },
  'action-unknown': { status: 404, sentence: () => 'That action does not exist.', source: 'observed' },
  'action-version-unknown': {
    status: 404,
    sentence: (v) => `the action has no version ${quoted(v.version_id)}; its versions are listed under it`,
    source: 'ours',
  },
  'module-unknown': {
    status: 404,
    sentence: (v) => `there is no module ${quoted(v.module_id)}`,
    source: 'ours',
  },
  'module-version-unknown': {
    status: 404,
    sentence: (v) => `the module has no version ${quoted(v.version_id)}; its versions are listed under it`,
    source: 'ours',
  },
  'not-built': {
    status: 400,
    sentence: () => "A draft must be in the 'built' state before it can be deployed.",
    source: 'observed',
  },
  'build-failed': {
    status: 400,
    // Not Auth0's words for a draft that is not built: its Deploy CLI asks again for two minutes when it reads them.
    sentence: (v) => `${quoted(v.name)} cannot be built: ${v.faults.join(' ')} Mend that and try again`,
    source: 'ours',
  },
  'packages-lost': {
    status: 400,
    sentence: (v) =>
      `the npm packages of version ${v.number} are lost and cannot be made again: ${v.reason}; nothing was changed`,
    source: 'ours',
  },
  'action-bound': { status: 409, sentence: () => 'Unable to delete an action bound to a trigger.', source: 'observed' },
  'module-pinned': {
    status: 412,
    sentence: (v) =>
      `the module ${quoted(v.name)} is pinned by ${v.by.map(quoted).join(', ')}, in a draft or a version that is kept; take it out there first`,
    source: 'documented',
  },
  'module-unchanged': {
    status: 409,
    sentence: () => 'No draft version is available to publish.',
    source: 'documented',
  },
  'module-draft-is-version': {
    status: 409,
    sentence: () => 'The specified version is already the current draft version.',
    source: 'documented',
  },
  'module-versions-full': {
    status: 412,
    sentence: (v) =>
      `the module ${quoted(v.name)} has ${v.count} versions; the limit is ${limits.moduleVersions}: publish under another name`,
    source: 'documented',
  },
  'trigger-unknown': {
    status: 404,
    sentence: (v) => `there is no trigger ${quoted(v.trigger_id)}; the list of triggers has those there are`,
    source: 'ours',
  },
  'trigger-not-served': {
    status: 400,
    sentence: (v) =>
      `the action ${quoted(v.name)} is for the trigger ${quoted(v.id)}, whose actions are kept here and never run; try it at Auth0, or an action of "credentials-exchange" here`,
    source: 'ours',
  },
  'too-many-tries': {
    status: 429,
    sentence: (v) =>
      `the action ${quoted(v.name)} was not run: too many test runs wait for theirs; repeat it when they have ended`,
    source: 'ours',
  },
  'trigger-moved': { status: 400, sentence: () => "can't upgrade to this trigger.", source: 'observed' },
  'too-many-bindings': {
    status: 400,
    sentence: (v) => `the trigger has ${v.count} bindings; the limit is ${limits.bindings}: take some out`,
    source: 'documented',
  },
  'binding-unresolved': {
    status: 400,
    sentence: (v) => `the ${v.type} ${quoted(v.value)} leads to no action; nothing was bound`,
    source: 'ours',
  },
  'bound-undeployed': {
    status: 400,
    sentence: () => 'Trying to create a binding for an action that has not been deployed yet',
    source: 'observed',
  },
  'bound-incompatible': {
    status: 400,
    sentence: () => 'Trying to create a binding between an incompatible action and trigger.',
    source: 'observed',
  },
  'bound-twice': {
    status: 400,
    sentence: (v) => `the action ${quoted(v.name)} is bound twice; bind it once`,
    source: 'ours',
  },
  'resource-server-unusable': {
    status: 400,
    sentence: (v) => `no token can be made for the API ${quoted(v.identifier)}: ${v.fault}`,
    source: 'ours',
  },
  'signing-key-unknown': {
    status: 404,
    sentence: (v) => `there is no signing key ${quoted(v.kid)}; those there are stand in the list of keys`,
    source: 'ours',
  },
  'signing-key-not-previous': {
    status: 400,
    sentence: (v) => `the signing key ${quoted(v.kid)} is ${v.state}; only a previous one can be revoked: rotate first`,
    source: 'documented',
  },
  'client-unknown': {
    status: 404,
    sentence: (v) => `there is no client ${quoted(v.client_id)}`,
    source: 'ours',
  },
  'client-global': { status: 400, sentence: () => 'Global client cannot be deleted.', source: 'documented' },
  'credential-unknown': { status: 404, sentence: () => 'Credential does not exist', source: 'documented' },
  'credential-unusable': {
    status: 400,
    sentence: (v) => `the credential of the client ${quoted(v.client_id)} proves nothing: ${v.fault}`,
    source: 'ours',
  },
  'credential-in-use': {
    status: 400,
    // Auth0's Terraform provider looks for these words.
    sentence: () => 'Cannot delete credential still associated with a client',
    source: 'observed',
  },
  'credential-not-own': {
    status: 400,
    sentence: (v) =>
      `${v.method} names the credential ${quoted(v.id)}, which the client does not have for it; make one with POST /api/v2/clients/ID/credentials first`,
    source: 'ours',
  },
  'too-many-credentials': {
    status: 400,
    sentence: (v) => `the ${v.of} has ${v.count} credentials; the limit is ${v.limit}: delete one first`,
    source: 'documented',
  },
  'overlap-out-of-bounds': {
    status: 400,
    sentence: (v) => `a client secret cannot go on for ${v.seconds} seconds; give a whole number from 0 to ${v.limit}`,
    source: 'ours',
  },
  'changed-meanwhile': {
    status: 409,
    sentence: (v) => `${v.what} was changed meanwhile; read it again and repeat the change`,
    source: 'ours',
  },
}

/**
 * Refuses a change to an action, a module, a trigger's bindings, an API or a key: nothing was stored. The message is the sentence of
 * `deploymentRefusals[reason]`, filled from `values`.
 */
export class DeploymentRefusal<R extends DeploymentRefusalReason = DeploymentRefusalReason> extends Error {
  readonly reason: R
  readonly values: RefusalValues[R]
  readonly status: number

  constructor(reason: R, values: RefusalValues[R]) {
    const row: DeploymentRefusalRow<RefusalValues[R]> = deploymentRefusals[reason]
    super(row.sentence(values))
    this.name = 'DeploymentRefusal'
    this.reason = reason
    this.values = values
    this.status = row.status
  }
}

/** Throws the first of the rules that content breaks. */
export function demandSound([first]: readonly ContentRefusal[]): void {
  if (first !== undefined) throw new DeploymentRefusal(first.reason, first.values)
}
