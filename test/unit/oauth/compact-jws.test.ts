import { describe, expect, test } from 'vitest'
import { readCompactJws } from '../../../src/oauth/compact-jws.ts'

const segment = (text: string) => Buffer.from(text).toString('base64url')
const jws = (header: string, payload: string) => `${segment(header)}.${segment(payload)}.AAAA`

test('a compact JWS is taken apart', () => {
  expect(readCompactJws(jws('{"alg":"ES256"}', '{"a":{"b":[{"c":"d:e"}]}}'), 1_000)).toEqual({
    header: { alg: 'ES256' },
    payload: { a: { b: [{ c: 'd:e' }] } },
  })
})

test('a member may be called anything that is called so once', () => {
  const payload = '{"__proto__":{"a":1},"constructor":2,"":3,"a:b":4,"\\"":5}'
  const read = readCompactJws(jws('{}', payload), 1_000)
  expect('payload' in read && Object.keys(read.payload)).toEqual(['__proto__', 'constructor', '', 'a:b', '"'])
})

describe('is not read', () => {
  test.each([
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, once by an escape', '{"a":1,"\\u0061":1}'],
    ['a member twice, deep down', '{"x":[{"y":{"a":1,"a":2}}]}'],
    ['a prototype twice', '{"__proto__":1,"__proto__":2}'],
    ['a list', '[]'],
    ['a text', '"a"'],
    ['null', 'null'],
    ['nothing', ''],
    ['a comma too much', '{"a":1,}'],
    ['a byte order mark', '\uFEFF{}'],
    ['17 levels', `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`],
    ['what is written after it', '{} {}'],
  ])('a header or payload with %s', (_name, text) => {
    expect(readCompactJws(jws(text, '{}'), 1_000)).toHaveProperty('fault')
    expect(readCompactJws(jws('{}', text), 1_000)).toHaveProperty('fault')
  })

  test.each([
    ['two segments', 'e30.e30'],
    ['four segments', 'e30.e30.AAAA.AAAA'],
    ['an empty signature', 'e30.e30.'],
    ['padding', 'e30=.e30.AAAA'],
    ['white space', 'e30.e30.AAAA\n'],
    ['white space in front', ' e30.e30.AAAA'],
    ['unused bits', 'e31.e30.AAAA'],
    ['the other alphabet', 'e30.e30.++//'],
    ['invalid UTF-8', `${Buffer.from('{"a":"ÿ"}', 'latin1').toString('base64url')}.e30.AAAA`],
    ['one character too many', `e30.e30.${'A'.repeat(1_000)}`],
  ])('a text with %s', (_name, text) => {
    expect(readCompactJws(text, 1_000)).toHaveProperty('fault')
  })
})
