import fc from 'fast-check'
import {
  AlreadyExists,
  type Change,
  type RecordKind,
  RevisionConflict,
  recordKinds,
  type Store,
} from '../../../src/storage/index.ts'

/** A record to be there, whatever is there now, or one to be gone. */
type Step = { readonly kind: RecordKind; readonly put: object } | { readonly kind: RecordKind; readonly drop: string }

/** What one commit is to do. */
export type PlannedCommit = readonly Step[]

const time = '2026-01-01T00:00:00.000Z'
const few = (prefix: string, most = 3) => fc.integer({ min: 1, max: most }).map((n) => `${prefix}${n}`)
const client_id = few('client')
const audience = fc.oneof(
  { weight: 4, arbitrary: few('urn:api') },
  few('https://login', 2).map((host) => `${host}.example.com/api/v2/`),
  fc.constant('https://auth.example.com/api/v2/'),
)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

const methods = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.record({
    private_key_jwt: fc.record({ credentials: fc.array(fc.record({ id: few('cred', 4) }), { maxLength: 3 }) }),
  }),
  fc.record({
    federated_jwt: fc.record({
      issuers: fc.array(fc.record({ issuer: few('https://issuer'), subject: fc.constant('x') }), { maxLength: 3 }),
    }),
  }),
)

const records: { readonly [K in RecordKind]?: fc.Arbitrary<object> } = {
  settings: fc.record({ tenant: fc.constantFrom('example', 'another'), friendly_name: few('name') }),
  clients: fc.record({
    client_id,
    name: few('name'),
    grant_types: fc.constant([]),
    client_authentication_methods: methods,
  }),
  clientSecrets: fc.record({
    client_id,
    sealed: fc.constant('x'),
    digest: fc.base64String({ maxLength: 4 }),
    created_at: fc.constant(time),
    expires_at: optional(fc.constantFrom(time, 'never')),
    previous: optional(
      fc.record({ sealed: fc.constant('y'), digest: fc.constant('eQ'), created_at: fc.constant(time) }),
    ),
  }),
  clientCredentials: fc.record({
    id: few('cred', 4),
    client_id,
    credential_type: fc.constantFrom('public_key', 'x509_cert'),
    pem: few('pem'),
  }),
  resourceServers: fc.record({
    id: few('api', 4),
    identifier: audience,
    name: few('name'),
    is_system: fc.constantFrom(false, false, true),
  }),
  clientGrants: fc.record({
    id: few('grant', 6),
    client_id: fc.oneof({ weight: 6, arbitrary: client_id }, fc.constant(undefined)),
    audience,
    scope: fc.array(few('scope'), { maxLength: 2 }),
    subject_type: fc.constantFrom(undefined, 'client', 'user'),
  }),
  organizations: fc.record({ id: few('org'), name: few('acme') }),
  organizationClientGrants: fc.record({ id: fc.tuple(few('org'), few('grant')).map((pair) => pair.join(' ')) }),
  actions: fc.record({ id: few('action'), name: few('action'), deployed_version_id: optional(few('version')) }),
  actionVersions: fc.record({ id: few('version'), action_id: few('action'), number: fc.integer({ min: 1, max: 3 }) }),
  triggerBindings: fc.record({
    trigger_id: fc.constantFrom('credentials-exchange', 'credentials-exchange', 'post-login'),
    bindings: fc.array(fc.record({ id: few('binding'), action_id: few('action') }), { maxLength: 2 }),
  }),
  customDomains: fc.record({
    custom_domain_id: few('cd'),
    domain: few('login', 2).map((host) => `${host}.example.com`),
    status: fc.constantFrom('ready', 'ready', 'pending_verification'),
  }),
  signingKeys: fc.record({ kid: few('kid'), state: fc.constant('next') }),
  meta: fc.record({ name: few('fact'), value: few('value') }),
  revokedTokens: fc.record({ token: few('jti:'), client_id, exp: fc.constant(1) }),
}

function stepOn(kind: RecordKind): fc.Arbitrary<Step> {
  const record = records[kind] ?? fc.constant({})
  return fc.tuple(record, fc.nat(2)).map(([put, fate]): Step => {
    return fate === 0 ? { kind, drop: String(Reflect.get(put, recordKinds[kind].key)) } : { kind, put }
  })
}

/** Two commits in three are on one kind of record, so that what goes together is often there. */
const stepsOfOne = fc
  .constantFrom(...kindsOf(records))
  .chain((kind) => fc.array(stepOn(kind), { minLength: 1, maxLength: 3, size: 'max' }))

/** A commit on a handful of records of every kind that a snapshot is made of, and some that it is not. */
export const plannedCommit: fc.Arbitrary<PlannedCommit> = fc.oneof(
  { weight: 2, arbitrary: stepsOfOne },
  fc.array(fc.constantFrom(...kindsOf(records)).chain(stepOn), { minLength: 1, maxLength: 5, size: 'max' }),
)

/** Commits it, each record created or replaced as it is there or not. What the store refuses changed nothing. */
export async function write(store: Store, commit: PlannedCommit): Promise<void> {
  const changes: Change[] = []
  const revisions = new Map<string, number>()
  for (const planned of commit) {
    const { kind } = planned
    const key = 'put' in planned ? String(Reflect.get(planned.put, recordKinds[kind].key)) : planned.drop
    const name = `${kind} ${key}`
    const revision = revisions.get(name) ?? (await store[kind].get(key))?.revision ?? 0
    if (!('put' in planned)) {
      changes.push(changeOf({ kind, delete: key }))
      revisions.set(name, 0)
    } else {
      const { put } = planned
      changes.push(changeOf(revision === 0 ? { kind, create: put } : { kind, key, revision, replace: put }))
      revisions.set(name, revision + 1)
    }
  }
  try {
    await store.commit(changes)
  } catch (error) {
    if (!(error instanceof AlreadyExists || error instanceof RevisionConflict)) throw error
  }
}

/** As it comes out of a request: nobody has said yet that the kind and the record go together. */
function changeOf(change: object): Change {
  return JSON.parse(JSON.stringify(change))
}

function kindsOf(of: object): readonly RecordKind[] {
  return Object.keys(of).filter((kind): kind is RecordKind => Object.hasOwn(recordKinds, kind))
}
