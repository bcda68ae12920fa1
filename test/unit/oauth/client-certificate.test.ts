import { BlockList, Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certificateReader } from '../../../src/oauth/forwarded-certificate.ts'

const proxies = new BlockList()
proxies.addSubnet('10.0.0.0', 8)
proxies.addSubnet('fd00::', 8, 'ipv6')

function socketFrom(remoteAddress: string | undefined): Socket {
  return Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress })
}

const headerOf = {
  nginx: 'ssl-client-cert',
  auth0: 'client-certificate',
  envoy: 'x-forwarded-client-cert',
  rfc9440: 'client-cert',
} as const
const formNames = ['nginx', 'auth0', 'envoy', 'rfc9440'] as const

describe.each(formNames)('the header form %s', (form) => {
  const read = certificateReader({ ownTls: false, forwarded: { form, proxies, proxyVerifies: true } })
  const from = (address: string | undefined, value: string) =>
    read({ headers: { [headerOf[form]]: value }, socket: socketFrom(address) })

  test('never throws and never finds a certificate where there is none', () => {
    const pem = fc.constantFrom(
      '-----BEGIN CERTIFICATE-----',
      '-----END CERTIFICATE-----',
      'Cert="',
      '"',
      ';',
      ',',
      ':',
      '%0A',
      'MIIB',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pem, { maxLength: 12 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (value) => {
        const presented = from('10.0.0.1', value)
        expect(presented?.certificate).toBeUndefined()
        expect(presented?.fault === undefined).toBe(value.trim() === '')
      }),
    )
  })

  test.each([
    ['an IPv4 proxy', '10.1.2.3', 'fault'],
    ['the same as an IPv6 socket sees it', '::ffff:10.1.2.3', 'fault'],
    ['an IPv6 proxy', 'fd12::1', 'fault'],
    ['a neighbour', '11.0.0.1', 'ignored'],
    ['this machine', '127.0.0.1', 'ignored'],
    ['this machine by IPv6', '::1', 'ignored'],
    ['a socket that is gone', undefined, 'ignored'],
    ['an address that is none', 'proxy', 'ignored'],
  ] as const)('from %s', (_name, address, member) => {
    expect(Object.keys(from(address, 'x') ?? {})).toEqual([member])
  })

  test('sent without a value is not there', () => {
    expect(from('10.0.0.1', ' ')).toBeUndefined()
    expect(from('127.0.0.1', '')).toBeUndefined()
  })
})
