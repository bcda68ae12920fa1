import type { ManagementRefusalRow } from './refusals.ts'

type Nothing = Readonly<Record<never, never>>

/** What each refusal about actions that is not one of `deployment` is filled from. */
export interface ActionRefusalValues {
  'id-empty': Nothing
  'execution-unknown': Nothing
  'secret-name-invalid': { readonly request: string; readonly index: number; readonly limit: number }
  'binding-secrets': Nothing
  'event-too-large': { readonly characters: number; readonly limit: number }
}

/** Every refusal about actions that is not one of `deployment`: rows of the one table of this API. */
export const actionRefusals: {
  readonly [R in keyof ActionRefusalValues]: ManagementRefusalRow<ActionRefusalValues[R]>
} = {
  'id-empty': { status: 404, message: () => 'Not Found', source: 'observed' },
  'execution-unknown': { status: 404, message: () => 'That execution does not exist.', source: 'observed' },
  'event-too-large': {
    status: 400,
    message: (v) =>
      `payload.event has ${v.characters} characters of JSON; that of no exchange has more than ${v.limit}: leave out what the code does not look at`,
    source: 'ours',
  },
  'secret-name-invalid': {
    status: 400,
    message: (v) =>
      `invalid ${v.request}.Draft: embedded message failed validation | caused by: invalid DraftInformation.Secrets[${v.index}]: embedded message failed validation | caused by: invalid NameValueOptional.Name: value length must be between 1 and ${v.limit} runes, inclusive`,
    source: 'observed',
  },
  'binding-secrets': {
    status: 400,
    message: () => 'A binding has no secrets of its own here; give them to the action',
    source: 'ours',
  },
}
