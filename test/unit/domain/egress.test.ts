import { describe, expect, test } from 'vitest'
import { egressText, parseEgressRule } from '../../../src/domain/index.ts'

describe('an egress rule', () => {
  test.each(['open', 'public', 'none'] as const)('is the word %s', (word) => {
    expect(parseEgressRule(word)).toEqual({ kind: word })
    expect(parseEgressRule(` ${word.toUpperCase()} `)).toEqual({ kind: word })
  })

  test.each([
    ['a name', 'api.example.com', [{ host: 'api.example.com' }]],
    ['a name and a port', 'api.example.com:443', [{ host: 'api.example.com', port: 443 }]],
    ['a name in capitals, with the dot of the root', 'API.Example.COM.', [{ host: 'api.example.com' }]],
    ['a name of one label', 'localhost:5432', [{ host: 'localhost', port: 5432 }]],
    ['a service name', '_ldap._tcp.example.com', [{ host: '_ldap._tcp.example.com' }]],
    ['an IPv4 address', '10.0.0.5:5432', [{ host: '10.0.0.5', port: 5432 }]],
    ['an IPv6 address', '[2001:DB8::1]', [{ host: '2001:db8::1' }]],
    ['an IPv6 address and a port', '[::1]:5432', [{ host: '::1', port: 5432 }]],
    ['an IPv6 address with an IPv4 one in it', '[::ffff:10.0.0.5]:80', [{ host: '::ffff:10.0.0.5', port: 80 }]],
    ['all zeros', '[::]', [{ host: '::' }]],
    ['the last port', 'a:65535', [{ host: 'a', port: 65_535 }]],
    ['several, with white space', 'a.example, 10.0.0.5:80', [{ host: 'a.example' }, { host: '10.0.0.5', port: 80 }]],
    ['one that is named twice', 'a.example,A.example.', [{ host: 'a.example' }]],
    [
      'one at two ports',
      'a.example:1,a.example:2',
      [
        { host: 'a.example', port: 1 },
        { host: 'a.example', port: 2 },
      ],
    ],
  ])('may list %s', (_what, text, hosts) => {
    const rule = parseEgressRule(text)
    expect(rule).toEqual({ kind: 'hosts', hosts })
    if (rule === undefined) throw new Error('unreachable')
    expect(parseEgressRule(egressText(rule))).toEqual(rule)
  })

  test.each([
    ['nothing', ''],
    ['white space', '  '],
    ['an empty element', 'a.example,,b.example'],
    ['a comma at the end', 'a.example,'],
    ['a scheme', 'https://a.example'],
    ['a path', 'a.example/token'],
    ['a user', 'me@a.example'],
    ['a wildcard', '*.example.com'],
    ['an empty port', 'a.example:'],
    ['port 0', 'a.example:0'],
    ['a port that is none', 'a.example:65536'],
    ['a port in words', 'a.example:https'],
    ['a signed port', 'a.example:+80'],
    ['a range of ports', 'a.example:80-90'],
    ['two ports', 'a.example:80:81'],
    ['a network', '10.0.0.0/8'],
    ['an IPv6 address without brackets', '::1'],
    ['an IPv6 address of nine groups', '[1:2:3:4:5:6:7:8:9]'],
    ['an IPv6 address with two gaps', '[1::2::3]'],
    ['an IPv6 address with a zone', '[fe80::1%eth0]'],
    ['a name in brackets', '[localhost]'],
    ['a bracket that stays open', '[::1'],
    ['a short IPv4 address', '127.1'],
    ['an IPv4 address as one number', '2130706433'],
    ['an IPv4 address in hexadecimal', '0x7f.0.0.1'],
    ['an IPv4 address in octal', '0177.0.0.1'],
    ['an IPv4 number beyond 255', '10.0.0.256'],
    ['a label that begins with a hyphen', '-a.example'],
    ['two dots', 'a..example'],
    ['a label of 64 characters', `${'a'.repeat(64)}.example`],
    ['a name of 254 characters', `${'a.'.repeat(126)}aa`],
    ['a name in other letters', 'bücher.example'],
    ['white space within', 'a b'],
    ['one of the words in a list', 'public,localhost'],
  ])('is refused with %s', (_what, text) => {
    expect(parseEgressRule(text)).toBeUndefined()
  })

  test.each(['open', 'public', 'none', 'a.example:443,[::1]:80,10.0.0.5'])('reads as it was written: %s', (text) => {
    const rule = parseEgressRule(text)
    expect(rule === undefined ? undefined : egressText(rule)).toBe(text)
  })
})
