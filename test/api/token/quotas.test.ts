import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TokenQuota } from '../../../src/domain/index.ts'
import { type Answer, openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, billing, type GivenTenant, handler } from '../../support/tenant.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

let nowMs = Date.UTC(2026, 0, 1)
let server: TestServer
/** Denies, fails or grants, as the request says. */
const obeying = handler(`
  const { does } = event.request.body
  if (does === 'deny') api.access.deny('invalid_request', 'no')
  if (does === 'throw') throw new Error('broken')
`)

beforeAll(async () => {
  server = await openServer({}, {}, () => nowMs)
})
afterAll(() => server.close())
// A day of its own for every test, so that none finds what another has counted; 12:01 on it.
beforeEach(() => {
  nowMs = (Math.floor(nowMs / dayMs) + 2) * dayMs + 12 * hourMs + 60_000
})

const quota = (of: TokenQuota['client_credentials']): TokenQuota => ({ client_credentials: of })

async function serve(given: GivenTenant): Promise<void> {
  await server.serve({ actions: [obeying], ...given })
}

/** Serves the default client with a quota of its own. */
async function limit(of: TokenQuota['client_credentials']): Promise<void> {
  await serve({ clients: [aClient({ token_quota: quota(of) })] })
}

const ofClient = ({ headers }: Answer) => headers.get('auth0-client-quota-limit')
const ofOrganization = ({ headers }: Answer) => headers.get('auth0-organization-quota-limit')
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status)
/** What is left of the first bucket of a header. */
const left = (header: string | null) => Number(/r=(\d+)/.exec(header ?? '')?.[1])

async function tokens(count: number, parameters: Record<string, unknown> = {}): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let n = 0; n < count; n += 1) answers.push(await server.token(parameters))
  return answers
}

describe('a token that a quota counts', () => {
  test('says how much is left, in Auth0’s spelling to the byte', async () => {
    await limit({ per_hour: 10, per_day: 50 })
    const answers = await tokens(3)
    expect(answers.map(ofClient)).toEqual([
      'b=per_hour;q=10;r=9;t=3540,b=per_day;q=50;r=49;t=43140',
      'b=per_hour;q=10;r=8;t=3540,b=per_day;q=50;r=48;t=43140',
      'b=per_hour;q=10;r=7;t=3540,b=per_day;q=50;r=47;t=43140',
    ])
    expect(answers.map(ofOrganization)).toEqual([null, null, null])
  })

  test('names the bucket that there is alone, and rounds seconds up', async () => {
    await limit({ per_day: 2_147_483_647 })
    nowMs += 1
    expect(ofClient(await server.token())).toBe('b=per_day;q=2147483647;r=2147483646;t=43140')
  })

  test('is one of the client’s: another has its own', async () => {
    const other = { name: 'Other', client_id: 'other', client_secret: 'other' }
    await serve({
      clients: [
        aClient({ token_quota: quota({ per_hour: 1 }) }),
        aClient({ ...other, token_quota: quota({ per_hour: 1 }) }),
      ],
      grants: [aGrant(), aGrant({ client: 'Other' })],
    })
    const { client_id, client_secret } = other
    expect(statuses(await tokens(2))).toEqual([200, 429])
    expect(statuses(await tokens(2, { client_id, client_secret }))).toEqual([200, 429])
  })

  test('counts again from the next full hour on, and from midnight, both UTC', async () => {
    await limit({ per_hour: 1, per_day: 2 })
    expect(statuses(await tokens(2))).toEqual([200, 429])
    nowMs = Math.ceil(nowMs / hourMs) * hourMs - 1
    expect((await server.token()).status).toBe(429)
    nowMs += 1
    expect(ofClient(await server.token())).toBe('b=per_hour;q=1;r=0;t=3600,b=per_day;q=2;r=0;t=39600')
    nowMs += hourMs
    expect((await server.token()).status).toBe(429)
    nowMs = Math.ceil(nowMs / dayMs) * dayMs
    expect(ofClient(await server.token())).toBe('b=per_hour;q=1;r=0;t=3600,b=per_day;q=2;r=1;t=86400')
  })

  test('is counted where it was, when the clock has been away and comes back', async () => {
    await limit({ per_hour: 1_000 })
    await tokens(3)
    const noon = nowMs
    for (const [index, away] of [hourMs, -hourMs, 365 * dayMs, -365 * dayMs].entries()) {
      nowMs = noon + away
      expect(left(ofClient(await server.token()))).toBe(999)
      nowMs = noon
      expect(left(ofClient(await server.token()))).toBe(996 - index)
    }
  })

  test('is counted on when the quota is changed', async () => {
    await limit({ per_hour: 10 })
    await tokens(4)
    await limit({ per_hour: 5 })
    expect(left(ofClient(await server.token()))).toBe(0)
    await limit({ per_hour: 3 })
    expect((await server.token()).status).toBe(429)
    await limit({ per_hour: 20 })
    expect(left(ofClient(await server.token()))).toBe(14)
  })
})

describe('a token that no quota counts', () => {
  test('has no header of one', async () => {
    await serve({})
    const answer = await server.token()
    expect([answer.status, ofClient(answer), ofOrganization(answer)]).toEqual([200, null, null])
  })

  test('is that of a client whose quota names no window', async () => {
    await limit({ enforce: true })
    expect(ofClient(await server.token())).toBeNull()
  })
})

describe('a request beyond the quota', () => {
  test('is told so, and when to come again', async () => {
    await limit({ per_hour: 2 })
    await tokens(2)
    const answer = await server.token()
    expect([answer.status, answer.body]).toEqual([
      429,
      { error: 'too_many_requests', error_description: 'Client quota exceeded' },
    ])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'auth0-client-quota-limit': 'b=per_hour;q=2;r=0;t=3540',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String((nowMs + 3_540_000) / 1_000),
      'retry-after': '3540',
      'cache-control': 'no-store',
    })
    expect(await server.logsOf(answer)).toMatchObject([
      { type: 'feccft', description: 'Client quota exceeded', client_id: billing.client_id },
    ])
  })

  test('is told of the window that ends last, when two are used up', async () => {
    await limit({ per_hour: 1, per_day: 1 })
    await server.token()
    const { headers } = await server.token()
    expect(headers.get('retry-after')).toBe('43140')
    expect(headers.get('auth0-client-quota-limit')).toBe('b=per_hour;q=1;r=0;t=3540,b=per_day;q=1;r=0;t=43140')
  })

  test('runs no action', async () => {
    await limit({ per_hour: 1 })
    await server.token()
    expect((await server.token({ does: 'deny' })).status).toBe(429)
  })

  test('gets its token when the quota is only observed', async () => {
    await limit({ per_hour: 2, enforce: false })
    expect((await tokens(4)).map(ofClient)).toEqual([1, 0, 0, 0].map((r) => `b=per_hour;q=2;r=${r};t=3540`))
  })

  test('is refused although others at the same moment are not: no token too many, and none too few', async () => {
    await limit({ per_hour: 23, per_day: 40 })
    const answers = await Promise.all(Array.from({ length: 60 }, () => server.token()))
    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(23)
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(37)
    nowMs += hourMs
    const later = await Promise.all(Array.from({ length: 60 }, () => server.token()))
    expect(statuses(later).filter((status) => status === 200)).toHaveLength(17)
  })
})

describe('an exchange that ends without a token', () => {
  test.each([
    ['denied by an action', { does: 'deny' }, 400],
    ['failed in an action', { does: 'throw' }, 500],
    ['refused for its scopes', { scope: 'none' }, 403],
    ['refused for its secret', { client_secret: 'wrong' }, 401],
  ])('because it was %s consumes nothing, and has no header', async (_why, parameters, status) => {
    await limit({ per_hour: 3 })
    const answers = await tokens(5, parameters)
    expect(statuses(answers)).toEqual([status, status, status, status, status])
    expect(answers.map(ofClient)).toEqual([null, null, null, null, null])
    expect(left(ofClient(await server.token()))).toBe(2)
  })

  test('consumes nothing among others that get theirs', async () => {
    await limit({ per_hour: 100 })
    const does = Array.from({ length: 60 }, (_, n) => ['grant', 'deny', 'throw'][n % 3])
    const answers = await Promise.all(does.map((each) => server.token({ does: each })))
    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(20)
    expect(left(ofClient(await server.token()))).toBe(79)
  })

  test('because the log cannot be written consumes nothing either', async () => {
    await limit({ per_hour: 3 })
    server.alterLogs(`CREATE TRIGGER full BEFORE INSERT ON commits BEGIN SELECT RAISE(ABORT, 'full'); END`)
    expect(statuses(await tokens(5))).toEqual([500, 500, 500, 500, 500])
    server.alterLogs('DROP TRIGGER full')
    const answer = await server.token()
    expect(left(ofClient(answer))).toBe(2)
    expect((await server.logsOf(answer)).map(({ type }) => type)).toEqual(['seccft'])
  })
})

describe('quotas of the tenant and of organizations', () => {
  const acme = (of?: TokenQuota) => ({ name: 'acme', ...(of !== undefined && { token_quota: of }) })
  const grants = [aGrant({ organization_usage: 'allow', allow_any_organization: true })]
  const byName = { allow_organization_name_in_authentication_api: true }
  const forAcme = { organization: 'acme' }

  test('a tenant’s default holds for every client without a quota of its own, and is replaced as a whole by that', async () => {
    const settings = { default_token_quota: { clients: quota({ per_hour: 5, per_day: 50 }) } }
    await serve({ settings })
    expect(ofClient(await server.token())).toBe('b=per_hour;q=5;r=4;t=3540,b=per_day;q=50;r=49;t=43140')
    await serve({ settings, clients: [aClient({ token_quota: quota({ per_day: 9 }) })] })
    expect(ofClient(await server.token())).toBe('b=per_day;q=9;r=7;t=43140')
  })

  test('a tenant’s default for organizations holds for each of them, and not for clients', async () => {
    await serve({
      settings: { ...byName, default_token_quota: { organizations: quota({ per_hour: 5 }) } },
      organizations: [acme(), { name: 'beta', token_quota: quota({ per_hour: 7 }) }],
      grants,
    })
    const answers = [await server.token(forAcme), await server.token({ organization: 'beta' }), await server.token()]
    expect(answers.map(ofOrganization)).toEqual(['b=per_hour;q=5;r=4;t=3540', 'b=per_hour;q=7;r=6;t=3540', null])
    expect(answers.map(ofClient)).toEqual([null, null, null])
  })

  test('an exchange for an organization counts for both, and for neither when one of them refuses it', async () => {
    await serve({
      settings: byName,
      clients: [aClient({ token_quota: quota({ per_hour: 10 }) })],
      organizations: [acme(quota({ per_hour: 2 }))],
      grants,
    })
    const [first] = await tokens(2, forAcme)
    expect([first && ofClient(first), first && ofOrganization(first)]).toEqual([
      'b=per_hour;q=10;r=9;t=3540',
      'b=per_hour;q=2;r=1;t=3540',
    ])
    const refused = await server.token(forAcme)
    expect([refused.status, refused.body]).toEqual([
      429,
      { error: 'too_many_requests', error_description: 'Organization quota exceeded' },
    ])
    expect([ofClient(refused), ofOrganization(refused)]).toEqual([null, 'b=per_hour;q=2;r=0;t=3540'])
    expect(refused.headers.get('x-ratelimit-limit')).toBe('2')
    const without = await server.token()
    expect([without.status, left(ofClient(without))]).toEqual([200, 7])
  })

  test('the default organization counts like one that was named', async () => {
    const default_organization = { organization_id: 'acme', flows: ['client_credentials'] }
    await serve({
      clients: [aClient({ default_organization })],
      organizations: [acme(quota({ per_hour: 1 }))],
      grants: [aGrant({ organization_usage: 'require', allow_any_organization: true })],
    })
    expect(statuses(await tokens(2))).toEqual([200, 429])
  })
})

describe('the tenant’s log', () => {
  /** The warnings since a count of entries, each as it reads. */
  async function warningsSince(count: number) {
    return (await server.logs()).slice(count).filter(({ type }) => type === 'token_quota_consumption_warning')
  }

  test('warns at 60, 80 and 100 %, once a window, with the token that reached it', async () => {
    await limit({ per_hour: 10, per_day: 1_000 })
    const before = (await server.logs()).length
    const answers = await tokens(12)
    const warnings = await warningsSince(before)
    expect(warnings.map(({ description }) => description)).toEqual([
      '60% of client per_hour quota consumed',
      '80% of client per_hour quota consumed',
      '100% of client per_hour quota consumed',
    ])
    expect(warnings[0]).toMatchObject({
      client_id: billing.client_id,
      details: {
        bucket: 'per_hour',
        entity_type: 'client',
        entity_id: billing.client_id,
        quota: 10,
        quota_consumption_percentage: 60,
        quota_consumption: 6,
      },
    })
    const [sixth] = answers.slice(5)
    expect(sixth && (await server.logsOf(sixth)).map(({ type }) => type)).toEqual([
      'token_quota_consumption_warning',
      'seccft',
    ])
    nowMs += hourMs
    await tokens(6)
    expect(await warningsSince(before)).toHaveLength(4)
  })

  test('warns of a quota that is only observed, and of none that denied exchanges alone have tried', async () => {
    await limit({ per_hour: 2, enforce: false })
    const before = (await server.logs()).length
    await tokens(4, { does: 'deny' })
    expect(await warningsSince(before)).toEqual([])
    await tokens(4)
    expect((await warningsSince(before)).map(({ description }) => description)).toEqual([
      '100% of client per_hour quota consumed',
    ])
  })
})
