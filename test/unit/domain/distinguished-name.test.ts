import { describe, expect, test } from 'vitest'
import { isSameName, parseDistinguishedName } from '../../../src/domain/index.ts'

function isSame(one: string, other: string): boolean {
  const [left, right] = [parseDistinguishedName(one), parseDistinguishedName(other)]
  return left !== undefined && right !== undefined && isSameName(left, right)
}

/** As Node prints a certificate's subject. */
const subject = 'C=US\nO=Example, Inc.\nCN=billing'

describe('a name is the same', () => {
  test.each([
    ['as RFC 4514 writes it', 'CN=billing,O=Example\\, Inc.,C=US'],
    ['as RFC 2253 quotes it', 'CN=billing,O="Example, Inc.",C=US'],
    ['with spaces around separators, as OpenSSL prints it', 'C = US, O = Example\\, Inc., CN = billing'],
    ['with types in another case', 'cn=billing,o=Example\\, Inc.,c=US'],
    ['with types as numbers', '2.5.4.3=billing,OID.2.5.4.10=Example\\, Inc.,2.5.4.6=US'],
    ['with a character as its bytes', 'CN=b\\69lling,O=Example\\2c Inc.,C=US'],
    ['line by line', 'C=US\nO=Example, Inc.\nCN=billing'],
    ['line by line, escaped as Node escapes', 'C=US\nO=Example\\, Inc.\nCN=billing'],
  ])('%s', (_name, text) => {
    expect(isSame(subject, text)).toBe(true)
  })

  test.each([
    ['a relative name of two attributes in either order', 'CN=a+UID=1,O=x', 'O=x\nUID=1 + CN=a'],
    ['e-mail addresses by either type', 'E=a@example.com,CN=a', 'CN=a\nemailAddress=a@example.com'],
    ['letters beyond ASCII', 'CN=M\\C3\\BCller', 'CN=Müller'],
    ['letters beyond the first plane', 'CN=\\F0\\9F\\94\\91', 'CN=🔑'],
    ['a space at the end that is escaped', 'CN=a\\ ,O=x', 'O=x\nCN=a\\ '],
  ])('%s', (_name, one, other) => {
    expect(isSame(one, other)).toBe(true)
  })
})

describe('a name is another', () => {
  test.each([
    ['with a value in another case', 'CN=Billing,O=Example\\, Inc.,C=US'],
    ['with an attribute less', 'CN=billing,O=Example\\, Inc.'],
    ['with an attribute more', 'CN=billing,OU=x,O=Example\\, Inc.,C=US'],
    ['with an attribute twice', 'CN=billing,CN=billing,O=Example\\, Inc.,C=US'],
    ['in another order', 'O=Example\\, Inc.,CN=billing,C=US'],
    ['with two attributes joined to one relative name', 'CN=billing+O=Example\\, Inc.,C=US'],
    ['with a separator that is not escaped', 'CN=billing,O=Example, Inc.,C=US'],
    ['with another attribute inside of a value', 'CN=billing\\,O\\=Example\\, Inc.,C=US'],
    ['with white space inside of a value', 'CN=billing,O=Example\\,  Inc.,C=US'],
  ])('%s', (_name, text) => {
    expect(isSame(subject, text)).toBe(false)
  })

  test('with a NUL in a value', () => {
    expect(isSame('CN=billing', 'CN=billing\\00')).toBe(false)
  })
})

test.each([
  ['nothing', ''],
  ['white space', '  '],
  ['no attribute', 'billing'],
  ['an empty value', 'CN='],
  ['a value of spaces', 'CN=   '],
  ['no type', '=billing'],
  ['a value in hexadecimal', 'CN=#04024869'],
  ['a broken escape', 'CN=a\\'],
  ['an escape of a letter', 'CN=\\za'],
  ['bytes that are no UTF-8', 'CN=\\FF'],
  ['a comma at the end', 'CN=a,'],
  ['slashes', '/C=US/CN=billing'],
])('%s is no name', (_name, text) => {
  expect(parseDistinguishedName(text)).toBeUndefined()
})
