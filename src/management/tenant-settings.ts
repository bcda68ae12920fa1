import Type, { type Static } from 'typebox'
import { commitPlanned } from '../deployment/index.ts'
import type { SettingsRecord } from '../storage/index.ts'
import { fieldFilter, fieldParameters } from './fields.ts'
import { operation } from './operation.ts'
import { patched } from './patch.ts'
import { TenantSettingsAnswer, UpdateTenantSettings } from './schemas/tenant-settings.ts'

const GetQuery = Type.Object(fieldParameters, { additionalProperties: false })

/** `GET /tenants/settings`. */
export const getTenantSettings = operation(
  { query: GetQuery, answer: TenantSettingsAnswer },
  async ({ query }, { store, tenant }) => {
    const stored = await store.settings.get(tenant)
    return fieldFilter(query)(view(stored ?? { tenant }))
  },
)

/** `PATCH /tenants/settings`: flags one by one, everything else as a whole; `null` takes a setting away. */
export const updateTenantSettings = operation(
  { body: UpdateTenantSettings, answer: TenantSettingsAnswer },
  async ({ body }, { store, tenant }) =>
    commitPlanned(store, "the tenant's settings", async () => {
      const stored = await store.settings.get(tenant)
      const { revision, ...before } = stored ?? { tenant, revision: 0 }
      const replace = settingsAfter(before, body)
      return {
        changes: [
          stored === undefined
            ? { kind: 'settings', create: replace }
            : { kind: 'settings', key: tenant, revision, replace },
        ],
        result: view(replace),
      }
    }),
)

/** What a tenant that sets nothing answers. */
const defaults = {
  enabled_locales: ['en'],
  sandbox_version: '22',
  session_lifetime: 168,
  idle_session_lifetime: 72,
  oidc_logout: { rp_logout_end_session_endpoint_discovery: true },
}

const defaultFlags = {
  allow_changing_enable_sso: false,
  disable_clickjack_protection_headers: false,
  disable_impersonation: true,
  enable_sso: true,
  revoke_refresh_token_grant: false,
  universal_login: true,
}

/** The runtimes of actions, by their numbers. */
const sandboxVersions = ['22', '18']

const lifetimes = [
  'session_lifetime',
  'idle_session_lifetime',
  'ephemeral_session_lifetime',
  'idle_ephemeral_session_lifetime',
] as const

function settingsAfter(before: SettingsRecord, body: Static<typeof UpdateTenantSettings>): SettingsRecord {
  const { flags, ...rest } = body
  const given: Record<string, unknown> = {
    ...rest,
    ...(flags !== undefined && { flags: { ...before.flags, ...flags } }),
  }
  for (const name of lifetimes) {
    const minutes = body[`${name}_in_minutes`]
    // The more exact one counts; answers have hours alone.
    if (minutes !== undefined) given[name] = minutes / 60
    delete given[`${name}_in_minutes`]
  }
  return patched(before, given)
}

function view({ tenant: _tenant, ...settings }: SettingsRecord & { readonly revision?: number }): object {
  const { revision: _revision, ...members } = settings
  return {
    ...defaults,
    ...members,
    flags: { ...defaultFlags, ...settings.flags },
    sandbox_versions_available: sandboxVersions,
  }
}
