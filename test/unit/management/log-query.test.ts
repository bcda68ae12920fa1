import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meets, requiredTexts, timesOf } from '../../../src/domain/index.ts'
import { parseLogQuery, parseLogSearch } from '../../../src/management/log-query.ts'
import { ManagementRefusal } from '../../../src/management/refusals.ts'

const entry = {
  date: '2026-03-10T12:30:15.250Z',
  type: 'seccft',
  description: 'Client Credentials for Access Token',
  client_id: 'BillingClient01',
  client_name: 'Billing (EU): "nightly"',
  ip: '2001:db8::1',
  user_name: '',
  connection: '',
  log_id: '900202603101230150000000000000042',
  details: {
    request: { method: 'patch', path: '/api/v2/clients/x' },
    response: { statusCode: 404 },
    actions: { executions: ['one', 'two'] },
    hit: true,
  },
}

function meant(query: string): boolean {
  const condition = parseLogQuery(query)
  return condition === undefined || meets(entry, condition)
}

describe('what a log query means', () => {
  test.each([
    'type:seccft',
    'type:"seccft"',
    'type: seccft',
    'seccft',
    'BillingClient01 OR seccft',
    'client_id:Billing*',
    'client_id:*Client*',
    'client_id:Bill*01',
    'client_id:*',
    'client_name:"Billing (EU): \\"nightly\\""',
    'client_name:Billing\\ \\(EU\\)*',
    'description:"Client Credentials for Access Token"',
    'description:*Access\\ Token',
    'ip:2001:db8::1',
    'client_id:"BillingClient01" AND type:seccft',
    'type:seccft AND NOT type:feccft',
    'NOT type:feccft',
    'NOT NOT type:seccft',
    'type:seccft NOT type:feccft',
    'NOT type:feccft type:seccft',
    'type:feccft type:seccft',
    'type:(feccft OR seccft)',
    'type:(seccft NOT feccft)',
    '(type:feccft OR (type:seccft AND client_id:Bill*))',
    'type:feccft AND type:none OR type:seccft',
    'type:seccft OR type:feccft AND type:none',
    'details.request.path:/api/v2/clients/*',
    'details.response.statusCode:404',
    'details.response.statusCode:[400 TO 499]',
    'details.response.statusCode:[400 TO *]',
    'details.response.statusCode:{403 TO 404]',
    'details.actions.executions:two',
    'details.hit:true',
    'date:2026-03-10',
    'date:"2026-03-10T12:30"',
    'date:2026*',
    'date:*',
    'date:[2026-03-10 TO 2026-03-10]',
    'date:[2026-03 TO 2026-04-01}',
    'date:[2026 TO *]',
    'date:[* TO 2026-03-11}',
    'date:{2026-03-09 TO 2026-03-11}',
    'date:[2026-03-10T12:30:15 TO 2026-03-10T12:30:16}',
    'date:[2026-03-10T13:30:15+01:00 TO *]',
    'log_id:[900202603101230150000000000000042 TO *]',
    'log_id:900202603101230150000000000000042',
    'log_id:{900202603101230150000000000000041 TO 900202603101230150000000000000043}',
    'type:[seccfs TO seccfu]',
    '',
    '   ',
  ])('%s is that entry', (query) => {
    expect(meant(query)).toBe(true)
  })

  test.each([
    'type:feccft',
    'type:SECCFT',
    'type:secc',
    'type:"sec*"',
    'Credentials',
    'description:Client',
    'user_agent:*',
    'client_id:Bill*Bill*',
    'client_id:*01*1',
    'NOT type:seccft',
    'type:seccft AND NOT client_id:Billing*',
    'type:seccft NOT client_id:Billing*',
    'NOT client_id:Billing* type:seccft',
    'type:seccft type:feccft NOT client_id:Billing*',
    'type:(feccft OR sapi)',
    'type:feccft OR type:none AND type:seccft',
    '(type:feccft OR type:seccft) AND type:none',
    'details.request:patch',
    'details.request.constructor.name:*',
    '__proto__.type:*',
    'details.response.statusCode:[405 TO 499]',
    'details.response.statusCode:{404 TO *]',
    'date:2026-03-11',
    'date:[2026-03-11 TO *]',
    'date:{2026-03-10 TO *]',
    'date:[* TO 2026-03-10}',
    'date:[* TO 2026-03-10T12:30:14]',
    'log_id:{900202603101230150000000000000042 TO *]',
    'log_id:[* TO 900202603101230150000000000000042}',
  ])('%s is not that entry', (query) => {
    expect(meant(query)).toBe(false)
  })

  test.each([
    ['type:', 6, 'a field has no value'],
    ['type:"open', 6, 'a quote is never closed'],
    ['(type:a', 1, 'a parenthesis is never closed'],
    ['type:a)', 7, '")" closes nothing'],
    ['type:[a TO b', 6, 'a range is never closed'],
    ['type:[a b]', 9, 'a range is written [MIN TO MAX]'],
    ['[a TO b]', 1, '"[" stands where a term is expected'],
    ['type:a AND', 11, 'a term is missing at the end'],
    ['NOT', 4, 'a term is missing at the end'],
    ['AND type:a', 1, 'AND has no term before it'],
    ['type:a OR OR type:b', 11, 'OR has no term before it'],
    ['()', 2, '")" stands where a term is expected'],
    ['-type:a', 1, 'write AND, OR and NOT; signs are none'],
    ['type:a && type:b', 8, 'write AND, OR and NOT; signs are none'],
    ['a..b:c', 1, '"a..b" is no field'],
    [':c', 1, '"" is no field'],
    ['date:yesterday', 15, '"yesterday" is no date; write one as 2026-01-31, with or without a time'],
    ['date:[2026-02-30 TO *]', 7, '"2026-02-30" is no date; write one as 2026-01-31, with or without a time'],
    [`${'('.repeat(21)}a${')'.repeat(21)}`, 21, 'more than 20 parentheses are within each other'],
    [Array.from({ length: 101 }, () => 'a').join(' '), 201, 'it has more than 100 terms'],
    ['a'.repeat(4_097), 4_097, 'it is longer than 4096 characters'],
  ])('%s is refused, with the place', (query, at, fault) => {
    expect(() => parseLogQuery(query)).toThrow(new ManagementRefusal('log-query-unreadable', { at, fault }))
  })

  test('whatever is asked is read or refused, soon, and what is left out beforehand is never meant', () => {
    const word = fc.constantFrom(
      'type',
      ':',
      '"',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ' ',
      'TO',
      'AND',
      'OR',
      'NOT',
      '*',
      '\\',
      'seccft',
      '404',
      'date',
      '2026-03',
      '.',
      'details',
      '\u{1F600}',
      '\uD83D',
      '\0',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
        ),
        (query) => {
          for (const parse of [parseLogQuery, parseLogSearch]) {
            let condition: ReturnType<typeof parse>
            try {
              condition = parse(query)
            } catch (error) {
              expect(error).toBeInstanceOf(ManagementRefusal)
              continue
            }
            if (condition === undefined || !meets(entry, condition)) continue
            const text = JSON.stringify({ ...entry, log_id: undefined })
            for (const required of requiredTexts(condition)) expect(text).toContain(required)
            const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = timesOf(condition)
            expect(Date.parse(entry.date)).toBeGreaterThanOrEqual(fromMs)
            expect(Date.parse(entry.date)).toBeLessThanOrEqual(toMs)
          }
        },
      ),
      { numRuns: 5_000 },
    )
  })

  test('the older parameter looks for beginnings in any case, and for all of its terms', () => {
    const found = (search: string) => {
      const condition = parseLogSearch(search)
      return condition !== undefined && meets(entry, condition)
    }
    expect(['billing', 'application:BILLING', 'client_id:billing type:SECC', 'type:"SECCFT"'].map(found)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['seccft', 'user:billing', 'client_id:billing type:fecc', 'type:"SECC"'].map(found)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})
