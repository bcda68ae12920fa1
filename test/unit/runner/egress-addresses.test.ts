import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isLoopback, isNeverByName, isPublic, parseAddress } from '../../../src/runner/child/egress-address.ts'

const of = (text: string) => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`not an address: ${text}`)
  return address
}

describe('an address', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['2001:DB8::00a', '2001:db8:0:0:0:0:0:a'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0:0:0:c000:221'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['0:0:0:0:0:FFFF:7F00:0001', '127.0.0.1'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
  ])('%s is the peer %s', (text, key) => expect(of(text).key).toBe(key))

  test.each([
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.0.0.01',
    '127.0.0.256',
    '127.0.0.1.',
    ' 127.0.0.1',
    '127.0.0.1\0',
    '127.0.0.1\0.8.8.8.8',
    '127.0.0.1/8',
    '１２７.0.0.1',
    'localhost',
    '',
    ':',
    ':::',
    '1::2::3',
    ':1::',
    '1::2:',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    '::g',
    '[::1]',
    '::1%',
    '::1%a%b',
    '::1%a b',
    '::1%lo\0',
    '::1%a/b',
    '::127.0.0.1:1',
    '1:2:3:4:5:6:7:127.0.0.1',
  ])('is not read from "%s"', (text) => expect(parseAddress(text)).toBeUndefined())

  test.each([[undefined], [1], [['127.0.0.1']], [{ toString: () => '8.8.8.8' }], [new String('8.8.8.8')]])(
    'is not read from what is no text',
    (value) => expect(parseAddress(value)).toBeUndefined(),
  )

  test('is read exactly where Node reads one', () => {
    const group = fc.integer({ min: 0, max: 0x1ffff }).map((number) => number.toString(16))
    const byte = fc.integer({ min: 0, max: 300 }).map(String)
    const piece = fc.oneof(group, byte, fc.constantFrom(':', '::', '.', '0', '00', 'ffff', '%1'))
    const ipv6 = fc.array(fc.oneof(group, fc.constant('')), { minLength: 1, maxLength: 9 }).map((all) => all.join(':'))
    const ipv4 = fc.array(byte, { minLength: 3, maxLength: 5 }).map((all) => all.join('.'))
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      ipv4,
      ipv6,
      fc.array(piece, { maxLength: 9 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (some) => {
        expect(parseAddress(some)?.family ?? 0, some).toBe(isIP(some))
      }),
      { numRuns: 5_000 },
    )
  })

  test('is handed on in a spelling that reads the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = of(text)
        expect(of(address.text)).toEqual(address)
        if (address.family === 6)
          expect(new URL(`http://[${address.text}]/`).hostname).toBe(new URL(`http://[${text}]/`).hostname)
      }),
    )
  })
})

describe('the public Internet', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '168.63.129.15',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2a00::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
  ])('holds %s', (text) => expect(isPublic(of(text))).toBe(true))

  test.each([
    ['this machine', '0.0.0.0'],
    ['this machine', '0.1.2.3'],
    ['this machine', '::'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.255'],
    ['loopback', '::1'],
    ['a private network', '10.0.0.0'],
    ['a private network', '10.255.255.255'],
    ['a private network', '172.16.0.0'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.0.0'],
    ['a private network', '192.168.255.255'],
    ["a carrier's network", '100.64.0.0'],
    ["a carrier's network", '100.127.255.255'],
    ['the link', '169.254.0.0'],
    ['the link', '169.254.255.255'],
    ['the link', 'fe80::1'],
    ['the link', 'fe80::1%eth0'],
    ['the link', 'febf::1'],
    ['metadata of AWS, Google, Azure', '169.254.169.254'],
    ['metadata of AWS', 'fd00:ec2::254'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of Azure', '168.63.129.16'],
    ['metadata of Oracle', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['benchmarks', '198.18.0.1'],
    ['benchmarks', '198.19.255.255'],
    ['benchmarks', '2001:2::1'],
    ['relays of 6to4', '192.88.99.1'],
    ['multicast', '224.0.0.1'],
    ['multicast', '239.255.255.255'],
    ['multicast', 'ff02::1'],
    ['what is reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unique local addresses', 'fc00::1'],
    ['unique local addresses', 'fdff::1'],
    ['site-local addresses', 'fec0::1'],
    ['discarded addresses', '100::1'],
    ['what is not given out', '4000::1'],
    ['loopback, mapped', '::ffff:127.0.0.1'],
    ['loopback, mapped', '::ffff:7f00:1'],
    ['metadata, mapped', '::ffff:a9fe:a9fe'],
    ['loopback, compatible', '::127.0.0.1'],
    ['a public address, compatible', '::8.8.8.8'],
    ['loopback behind a translator', '64:ff9b::127.0.0.1'],
    ['a private network behind a translator', '64:ff9b::a00:1'],
    ['a translator of a private network', '64:ff9b:1::8.8.8.8'],
    ['loopback in 6to4', '2002:7f00:1::'],
    ['metadata in 6to4', '2002:a9fe:a9fe::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['ORCHID', '2001:20::1'],
  ])('does not hold %s: %s', (_what, text) => expect(isPublic(of(text))).toBe(false))
})

describe('a name', () => {
  test.each(['8.8.8.8', '10.0.0.5', '172.16.0.1', '192.168.1.1', '100.64.0.1', 'fd12:3456::1', '2606:4700::1'])(
    'may lead to %s',
    (text) => expect(isNeverByName(of(text))).toBe(false),
  )
  test.each([
    '0.0.0.0',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::127.0.0.1',
    '2002:7f00:1::',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2001:0:7f00:1::',
  ])('never leads to %s', (text) => expect(isNeverByName(of(text))).toBe(true))
})

test.each([
  ['127.0.0.1', true],
  ['127.255.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['::', false],
  ['0.0.0.0', false],
])('%s is loopback: %s', (text, expected) => expect(isLoopback(of(text))).toBe(expected))
