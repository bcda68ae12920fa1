/** What kind of thing was dropped. */
export type DropKind = 'claim' | 'scope' | 'event' | 'api' | 'call' | 'cache' | 'denial'

/** Every rule by which something is dropped in silence, and the sentence that explains it to the author. */
export const dropRules = {
  'restricted-name': 'Auth0 reserves this claim name; choose another, or a namespaced one',
  'profile-name-without-scope': 'an OpenID profile claim needs its scope among the granted ones',
  'auth0-namespace': 'namespaces of Auth0 (auth0.com, webtask.io, webtask.run, urn:auth0) are reserved',
  'system-api': 'tokens for the Management API carry no custom claims',
  'scope-claim': 'the scope claim is set by target scopes: use api.transaction',
  'undefined-value': 'the value has no JSON form (undefined, a function or a symbol)',
  'no-name': 'a claim name is a non-empty string',
  'outside-grant': 'the client grant does not hold this scope at the API',
  'event-is-a-copy': 'the event is a copy: writing onto it changes nothing; use api',
  'api-is-closed': 'only the documented methods of api have an effect',
  'handler-settled': 'the call came after the handler had settled',
  'cache-full': 'another execution filled the cache meanwhile',
  'unknown-deny-code': 'deny takes invalid_scope, invalid_request or server_error; the exchange ends as server_error',
} as const

export type DropRule = keyof typeof dropRules

/** One thing an action asked for that had no effect, the action's name, and the rule it fell under. */
export interface Drop {
  readonly kind: DropKind
  readonly action: string
  readonly name: string
  readonly rule: DropRule
}
