import Type from 'typebox'
import type { PlacedRecord } from '../storage/index.ts'
import { customDomainView, type KeptCustomDomain } from './custom-domain-view.ts'
import { fieldFilter, fieldParameters } from './fields.ts'
import { operation } from './operation.ts'
import { answerPage, checkpointParameters } from './page.ts'
import { ManagementRefusal } from './refusals.ts'
import { CustomDomainAnswer } from './schemas/custom-domain.ts'

const ListQuery = Type.Object(
  {
    ...checkpointParameters,
    ...fieldParameters,
    q: Type.Optional(Type.String({ maxLength: 1_000 })),
    sort: Type.Optional(Type.String({ maxLength: 15 })),
  },
  { additionalProperties: false },
)

const Page = Type.Object({ custom_domains: Type.Array(CustomDomainAnswer), next: Type.Optional(Type.String()) })

/** `GET /custom-domains`: a bare array, or a part with `take` or `from`. There are few: what is asked of them is looked for in memory. */
export const listCustomDomains = operation(
  { query: ListQuery, answer: Type.Union([Type.Array(CustomDomainAnswer), Page]) },
  async ({ query }, { store }, { domain }) => {
    const matches = matcher(query.q)
    const rows = await store.customDomains.page({ limit: 1_000 })
    const shown = sorted(
      rows.filter(({ record }) => matches(record)),
      query.sort,
    )
    const filter = fieldFilter(query)
    const source = {
      page: async ({ after = 0, limit }: { readonly after?: number; readonly limit: number }) => {
        const begin = after === 0 ? 0 : shown.findIndex(({ position }) => position === after) + 1
        if (after !== 0 && begin === 0) throw new ManagementRefusal('paging-lost', { from: String(after) })
        return shown.slice(begin, begin + limit)
      },
      count: async () => shown.length,
    }
    const page = query.take === undefined && query.from === undefined ? { per_page: shown.length } : query
    return answerPage('custom_domains', source, page, (record) => filter(customDomainView(record, domain)))
  },
)

/** Fields that `q` may name. */
const searchable = ['custom_domain_id', 'domain', 'is_default', 'primary', 'status', 'type'] as const

/** `field:value` once or several times, joined by AND; a value may end with `*`, or stand in quotes. */
function matcher(q = ''): (record: KeptCustomDomain) => boolean {
  const terms = q
    .split(/\s+AND\s+/)
    .filter((term) => term.trim() !== '')
    .map((term) => {
      const [, name, quoted, bare] = /^\s*(\w+):(?:"([^"]*)"|(\S+))\s*$/.exec(term) ?? []
      const field = searchable.find((one) => one === name)
      if (field === undefined) throw new ManagementRefusal('custom-domains-unsearchable', { fields: searchable })
      const value = quoted ?? bare ?? ''
      return (record: KeptCustomDomain) => {
        const own = String(record[field])
        return quoted === undefined && value.endsWith('*') ? own.startsWith(value.slice(0, -1)) : own === value
      }
    })
  return (record) => terms.every((term) => term(record))
}

/** By `domain:1` or `domain:-1`; in order of creation without it. */
function sorted(
  rows: readonly PlacedRecord<KeptCustomDomain>[],
  sort: string | undefined,
): readonly PlacedRecord<KeptCustomDomain>[] {
  if (sort === undefined) return rows
  const direction = /^domain:(1|-1)$/.exec(sort)?.[1]
  if (direction === undefined) throw new ManagementRefusal('custom-domains-unsortable', {})
  const inOrder = rows.toSorted((a, b) => (a.record.domain < b.record.domain ? -1 : 1))
  return direction === '1' ? inOrder : inOrder.toReversed()
}
