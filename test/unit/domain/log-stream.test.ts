import { describe, expect, test } from 'vitest'
import { filterCondition, logFileFault, meets, personalDataMask } from '../../../src/domain/index.ts'

describe('what a log stream lets through', () => {
  test.each([
    ['auth.token_exchange.success', 'seccft'],
    ['auth.token_exchange.fail', 'feccft'],
    ['management.success', 'sapi'],
    ['management.fail', 'fapi'],
    ['actions', 'actions_execution_failed'],
    ['system.notification', 'api_limit'],
    ['other', 'api_limit_warning'],
    ['other', 'token_quota_consumption_warning'],
  ])('%s has %s', (name, type) => {
    const condition = filterCondition({ filters: [{ type: 'category', name }] })
    expect(condition !== undefined && meets({ type }, condition)).toBe(true)
    const others = filterCondition({ filters: [{ type: 'category', name: 'auth.login.fail' }] })
    expect(others !== undefined && meets({ type }, others)).toBe(false)
  })

  test('without filters, and with an empty list of them, everything', () => {
    expect(filterCondition({})).toBeUndefined()
    expect(filterCondition({ filters: [] })).toBeUndefined()
  })
})

describe('what a log stream keeps back', () => {
  test('the values of those names at any depth, and nothing else', () => {
    const mask = personalDataMask({ pii_config: { log_fields: ['email', 'phone', 'username'], method: 'mask' } })
    const entry = {
      user_name: 'jane',
      email: '',
      details: { list: [{ phone_number: '+1', email: ['a', 1] }], name: 'kept', username: { name: 'kept' } },
    }
    expect(mask(entry)).toEqual({
      user_name: '*****',
      email: '',
      details: { list: [{ phone_number: '*****', email: ['*****', 1] }], name: 'kept', username: { name: 'kept' } },
    })
    expect(personalDataMask({})(entry)).toBe(entry)
  })
})

test('a file is written below its folder, or not at all', () => {
  for (const path of ['tokens.log', 'a/b c/d-e_f@g.jsonl', '...']) expect(logFileFault(path, true)).toBeUndefined()
  for (const path of ['', '/a', 'a/', '..', 'a/../b', './a', 'a\\b', 'a\nb', '~:/x'])
    expect(logFileFault(path, true)).toContain('relative to LOG_STREAM_DIR')
  expect(logFileFault('tokens.log', false)).toContain('need the setting LOG_STREAM_DIR')
})
