import Type from 'typebox'
import { commitPlanned } from '../deployment/index.ts'
import { hostOfCustomDomain, managementAudience, newId } from '../domain/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { demandSettable, metadataAfter } from './custom-domain-rules.ts'
import { customDomainView, type KeptCustomDomain } from './custom-domain-view.ts'
import { probeDomain } from './domain-probe.ts'
import { operation } from './operation.ts'
import { patched } from './patch.ts'
import { ManagementRefusal } from './refusals.ts'
import {
  CreateCustomDomain,
  CustomDomainAnswer,
  DefaultDomainAnswer,
  SetDefaultCustomDomain,
  UpdateCustomDomain,
} from './schemas/custom-domain.ts'

/** Custom domains a tenant may have: each is looked up in memory, and is one more audience of the Management API. Ours; at Auth0 the plan says. */
const mostCustomDomains = 100

/** `GET /custom-domains/:id`. */
export const getCustomDomain = operation({ answer: CustomDomainAnswer }, async ({ params }, { store }, { domain }) =>
  customDomainView(await demand(params.id, store), domain),
)

/** `POST /custom-domains`: it waits for its verification. One that is there already is answered with the refusal. */
export const createCustomDomain = operation(
  { body: CreateCustomDomain, status: 201, answer: CustomDomainAnswer },
  async ({ body }, { store, clock, random }, settings) => {
    const {
      domain: given,
      verification_method: _method,
      origin_domain_name: _origin,
      domain_metadata,
      ...members
    } = body
    const domain = given.toLowerCase()
    const host = hostOfCustomDomain(domain, settings.domain)
    demandSettable(body, { domain, type: body.type })
    if (host === settings.domain) throw new ManagementRefusal('custom-domain-own', { domain })
    return commitPlanned(store, 'the custom domain', async () => {
      const [existing] = await store.customDomains.list({ where: { field: 'domain', value: domain } })
      if (existing !== undefined)
        throw new ManagementRefusal('custom-domain-exists', { existing: customDomainView(existing, settings.domain) })
      const audience = managementAudience(host)
      const [taken] = await store.resourceServers.list({ where: { field: 'identifier', value: audience } })
      if (taken !== undefined) throw new ManagementRefusal('custom-domain-audience', { audience })
      const count = await store.customDomains.count()
      if (count >= mostCustomDomains) throw new ManagementRefusal('custom-domains-full', {})
      const metadata = metadataAfter({}, domain_metadata)
      const made: KeptCustomDomain = patched(
        {
          custom_domain_id: newId.customDomain(random),
          domain,
          type: body.type,
          primary: count === 0,
          is_default: false,
          status: 'pending_verification',
          ...(body.type === 'auth0_managed_certs' && { tls_policy: 'recommended' }),
          created_at: new Date(clock()).toISOString(),
          ...(metadata !== undefined && { domain_metadata: metadata }),
        },
        { ...members, domain },
      )
      return {
        changes: [{ kind: 'customDomains', create: made }],
        result: customDomainView(made, settings.domain),
      }
    })
  },
)

/** `PATCH /custom-domains/:id`: metadata key by key, `null` takes away. */
export const updateCustomDomain = operation(
  { body: UpdateCustomDomain, answer: CustomDomainAnswer },
  async ({ params, body }, { store }, { domain }) => {
    const { origin_domain_name: _origin, domain_metadata, ...members } = body
    return change(params.id, store, domain, (before) => {
      demandSettable(body, before)
      const metadata = metadataAfter(before.domain_metadata ?? {}, domain_metadata)
      return patched(before, { ...members, domain_metadata: metadata })
    })
  },
)

/** `DELETE /custom-domains/:id`: tokens under it end with it. One that is gone is deleted already. */
export const deleteCustomDomain = operation({ status: 204 }, async ({ params }, { store }) =>
  commitPlanned(store, 'the custom domain', async () => {
    const found = await store.customDomains.get(params.id ?? '')
    if (found === undefined) return { changes: [], result: undefined }
    if (found.is_default) throw new ManagementRefusal('custom-domain-default', {})
    return { changes: [{ kind: 'customDomains', delete: found.custom_domain_id }], result: undefined }
  }),
)

/**
 * `POST /custom-domains/:id/verify`: takes the word of whoever calls, who runs the server: a name that is not theirs leads nowhere near it.
 * Nothing is looked up; whether the domain leads here, its test tells.
 */
export const verifyCustomDomain = operation(
  { answer: CustomDomainAnswer },
  async ({ params }, { store, clock }, { domain }) =>
    change(params.id, store, domain, (before) => ({
      ...before,
      status: 'ready',
      verified_at: new Date(clock()).toISOString(),
    })),
)

/** `POST /custom-domains/:id/test`: whether the domain leads here, by asking it. Changes nothing. */
export const testCustomDomain = operation(
  { answer: Type.Object({ success: Type.Boolean(), message: Type.Optional(Type.String()) }), changes: false },
  async ({ params }, { store }, { domain }) => {
    const found = await demand(params.id, store)
    if (found.status !== 'ready') throw new ManagementRefusal('custom-domain-unready', {})
    const fault = await probeDomain(hostOfCustomDomain(found.domain, domain))
    return fault === undefined ? { success: true } : { success: false, message: fault }
  },
)

/** `GET /custom-domains/default`. */
export const getDefaultDomain = operation({ answer: DefaultDomainAnswer }, async (_request, { store }, { domain }) => {
  const chosen = (await store.customDomains.list()).find(({ is_default }) => is_default)
  return chosen === undefined ? { domain } : customDomainView(chosen, domain)
})

/** `PATCH /custom-domains/default`: a custom domain that is ready, or the server's own. */
export const setDefaultDomain = operation(
  { body: SetDefaultCustomDomain, answer: DefaultDomainAnswer },
  async ({ body }, { store }, { domain }) =>
    commitPlanned(store, 'the default domain', async () => {
      const named = body.domain.toLowerCase()
      const all = await store.customDomains.list()
      const chosen = all.find((one) => one.domain === named)
      if (chosen === undefined && named !== domain && hostOfCustomDomain(named, domain) !== domain)
        throw new ManagementRefusal('custom-domain-unknown', { id: body.domain })
      if (chosen !== undefined && chosen.status !== 'ready') throw new ManagementRefusal('custom-domain-unverified', {})
      // All of them are written, so that of two calls at once one finds what the other left: there is never a second default.
      const changes = all.map((stored): Change => {
        const { revision, ...one } = stored
        const replace = { ...one, is_default: stored === chosen }
        return { kind: 'customDomains', key: one.custom_domain_id, revision, replace }
      })
      return {
        changes,
        result: chosen === undefined ? { domain } : customDomainView({ ...chosen, is_default: true }, domain),
      }
    }),
)

async function demand(id: string | undefined, store: Store): Promise<Stored<KeptCustomDomain>> {
  const found = await store.customDomains.get(id ?? '')
  if (found === undefined) throw new ManagementRefusal('custom-domain-unknown', { id: id ?? '' })
  return found
}

function change(
  id: string | undefined,
  store: Store,
  domain: string,
  after: (before: KeptCustomDomain) => KeptCustomDomain,
): Promise<object> {
  return commitPlanned(store, 'the custom domain', async () => {
    const { revision, ...before } = await demand(id, store)
    const replace = after(before)
    return {
      changes: [{ kind: 'customDomains', key: before.custom_domain_id, revision, replace }],
      result: customDomainView(replace, domain),
    }
  })
}
