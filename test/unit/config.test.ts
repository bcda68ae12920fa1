import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { documents, outdated, unargued } from '../../scripts/write-docs.ts'
import { ConfigFault, environment, readConfig, readSealingKey, settings } from '../../src/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'symbolon-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 8))

function fileWith(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

/** The lines a faulty configuration is answered with; none when it is accepted. */
function faultsOf(...given: Parameters<typeof readConfig>): readonly string[] {
  try {
    readConfig(...given)
    return []
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults
    throw error
  }
}

describe('the settings', () => {
  test('have defaults that need nothing from the environment', () => {
    expect(readConfig({})).toMatchObject({
      port: 4400,
      host: ['127.0.0.1', '::1'],
      dataDir: '.symbolon',
      logDurability: 'commit',
      scopeNarrowing: false,
      executionDeadlineMs: 20_000,
      bodyLimitBytes: 65_536,
    })
  })

  test('leave open what a command decides: domain, tenant, error detail, the sealing key', () => {
    const { domain, tenant, errorDetail, sealingKey } = readConfig({})
    expect([domain, tenant, errorDetail, sealingKey]).toEqual([undefined, undefined, undefined, undefined])
  })

  test('are each named after their variable', () => {
    for (const [name, { variable, flag }] of Object.entries(settings)) {
      expect(name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).toBe(variable)
      if (flag !== undefined) expect(flag).toBe(`--${variable.toLowerCase().replaceAll('_', '-')}`)
    }
  })

  test('accept their own defaults as they are documented', () => {
    const documented = Object.values(settings).filter((each) => each.default !== undefined)
    const written = Object.fromEntries(documented.map(({ variable, defaultText }) => [variable, defaultText]))
    expect(documented.length).toBeGreaterThan(10)
    expect(readConfig(written)).toEqual(readConfig({}))
  })

  test('come from the environment of the process', () => {
    expect(environment().PATH).toBe(process.env.PATH)
  })
})

describe('the documents', () => {
  test('that are generated are told from older ones', () => {
    const names = Object.keys(documents())
    expect(names).toEqual(['cli.md', 'configuration.md', 'errors.md'])
    expect(outdated(folder)).toEqual(names)
    for (const [name, text] of Object.entries(documents())) fileWith(name, text)
    expect(outdated(folder)).toEqual([])
    fileWith('errors.md', `${documents()['errors.md']}\n`)
    expect(outdated(folder)).toEqual(['errors.md'])
  })

  test('argue for each runtime dependency, and for none that is gone', () => {
    const manifest = fileWith('package.json', '{"dependencies":{"kept":"1"},"optionalDependencies":{"new":"1"}}')
    const document = fileWith('dependencies.md', '| package | why |\n|---|---|\n| `kept`, `gone` | `other` words |\n')
    expect(unargued(manifest, document)).toEqual([
      `${document}: new has no row; say what it does and what dropping it would cost`,
      `${document}: gone is no runtime dependency any more; remove its row`,
    ])
  })

  test('have a row for every setting', () => {
    const configuration = documents()['configuration.md']
    for (const { variable, sentence } of Object.values(settings)) {
      expect(configuration).toMatch(new RegExp(`^\\| \`${variable}\` \\|`, 'm'))
      expect(configuration).toContain(sentence)
    }
  })
})

describe('reading settings', () => {
  test('a flag wins over the environment, the environment over the default', () => {
    expect(readConfig({ PORT: '5000' }).port).toBe(5000)
    expect(readConfig({ PORT: '5000' }, { port: '6000' }).port).toBe(6000)
  })

  test('an empty variable counts as absent', () => {
    expect(readConfig({ PORT: '', DOMAIN: '' })).toEqual(readConfig({}))
  })

  test('other variables are not looked at', () => {
    expect(faultsOf({ SYMBOLON_PORT: 'x', port: 'x', npm_config_port: 'x' }, { color: 'x' })).toEqual([])
  })

  test('all faults come at once, a line each: where, what was given, what is accepted, what holds without it', () => {
    expect(faultsOf({ PORT: '70000', SCOPE_NARROWING: 'yes' }, { logLevel: 'loud' })).toEqual([
      'PORT is "70000"; it must be an integer from 0 to 65535 (without it: 4400)',
      'SCOPE_NARROWING is "yes"; it must be on or off (without it: off)',
      '--log-level is "loud"; it must be one of debug, info, warn, error, silent (without it: info)',
    ])
  })

  test('a value of many lines still makes one line', () => {
    const [fault] = faultsOf({ TENANT: `a\nb${'c'.repeat(1_000)}` })
    expect(fault).toMatch(/^TENANT is "a\\nbc+"; /)
    expect(fault?.length).toBeLessThan(250)
  })

  test.each(['0', '-1', '1.5', '1e3', '0x10', ' 100', '99', '60001', '١٠٠'])(
    '%j milliseconds are no deadline',
    (text) => {
      expect(faultsOf({ EXECUTION_DEADLINE_MS: text })).toHaveLength(1)
    },
  )

  test('a heap that does not fit into the memory is a contradiction', () => {
    expect(faultsOf({ RUNNER_HEAP_MIB: '256' })).toEqual([
      'RUNNER_HEAP_MIB (256) must be less than RUNNER_MEMORY_MIB (256): the heap is part of the memory',
    ])
    expect(faultsOf({ RUNNER_HEAP_MIB: '256', RUNNER_MEMORY_MIB: '512' })).toEqual([])
  })

  test('a burst without a rate limit is a contradiction', () => {
    expect(faultsOf({ RATE_LIMIT_BURST: '10' })).toEqual([
      'RATE_LIMIT_BURST is given without RATE_LIMIT_PER_SECOND: nothing is limited; give both or none',
    ])
    expect(faultsOf({ RATE_LIMIT_BURST: '10', RATE_LIMIT_PER_SECOND: '5' })).toEqual([])
  })

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['a certificate without its key', { TLS_CERT_FILE: 'a' }, 'TLS_CERT_FILE and TLS_KEY_FILE belong together'],
    ['a key without its certificate', { TLS_KEY_FILE: 'a' }, 'TLS_CERT_FILE and TLS_KEY_FILE belong together'],
    ['an authority of clients without TLS', { TLS_CLIENT_CA_FILE: 'a' }, 'TLS_CLIENT_CA_FILE is given without'],
    ['neither HTTP nor HTTPS', { PLAIN_HTTP: 'off' }, 'PLAIN_HTTP is off and there is no TLS_CERT_FILE'],
    ['a header that nobody is believed by', { CLIENT_CERT_HEADER: 'nginx' }, 'CLIENT_CERT_HEADER is given without'],
    ['a key for no header', { CLIENT_CERT_API_KEY: 'x'.repeat(16) }, 'CLIENT_CERT_API_KEY and'],
    ['a verdict on no header', { CLIENT_CERT_PROXY_VERIFIES: 'on' }, 'CLIENT_CERT_API_KEY and'],
  ])('%s is a contradiction', (_name, environment, sentence) => {
    expect(faultsOf(environment)).toEqual([expect.stringContaining(sentence)])
  })

  test('the key of a proxy is not repeated when it is refused', () => {
    expect(faultsOf({ CLIENT_CERT_API_KEY: 'short secret' })).toEqual([expect.not.stringContaining('short secret')])
  })

  test('algorithms are named once each, and those that are known', () => {
    expect(readConfig({ DPOP_ALGORITHMS: 'PS256, ES256' }).dpopAlgorithms).toEqual(['PS256', 'ES256'])
    for (const text of ['HS256', 'none', 'ES256,ES256', 'ES256,', ',', 'es256'])
      expect(faultsOf({ DPOP_ALGORITHMS: text })).toHaveLength(1)
  })

  test.each([
    ['10.0.0.0/8', ['10.1.2.3'], ['11.0.0.1', '::1']],
    ['192.0.2.1,fd00::/8', ['192.0.2.1', 'fd12::1'], ['192.0.2.2', 'fe80::1']],
    ['::/0', ['2001:db8::1'], []],
  ])('proxies are addresses and ranges: %s', (text, inside, outside) => {
    const ranges = readConfig({ TRUSTED_PROXIES: text }).trustedProxies
    const holds = (address: string) => ranges?.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
    expect(inside.map(holds)).toEqual(inside.map(() => true))
    expect(outside.map(holds)).toEqual(outside.map(() => false))
  })

  test.each(['10.0.0.0/33', '10.0.0/8', 'localhost', '10.0.0.0/', '10.0.0.0/8,', '::/129', '*', '10.0.0.0/-1'])(
    '%j is no range of addresses',
    (text) => {
      expect(faultsOf({ TRUSTED_PROXIES: text })).toHaveLength(1)
    },
  )

  test('several addresses are separated by commas', () => {
    expect(readConfig({ HOST: '0.0.0.0, ::,localhost' }).host).toEqual(['0.0.0.0', '::', 'localhost'])
    expect(faultsOf({ HOST: '127.0.0.1,' })).toHaveLength(1)
    expect(faultsOf({ HOST: 'http://localhost' })).toHaveLength(1)
  })
})

describe("the issuer's domain", () => {
  test.each([
    'localhost',
    'localhost:4443',
    'auth.example.com',
    '10.0.0.1:8443',
    '[::1]:4400',
    'xn--bcher-kva.example',
  ])('%s is accepted as it is', (domain) => {
    expect(readConfig({ DOMAIN: domain }).domain).toBe(domain)
  })

  test.each([
    'https://auth.example.com',
    'auth.example.com/',
    'Auth.Example.com',
    'auth.example.com:443',
    'auth.example.com:0443',
    'auth.example.com:99999',
    'user@auth.example.com',
    'a,b',
    'a b',
    '..',
    'auth.example.com.',
    '[::1',
    '010.0.0.1',
    'bücher.example',
  ])('%s is refused: the issuer is compared byte by byte', (domain) => {
    expect(faultsOf({ DOMAIN: domain })).toEqual([expect.stringContaining('host[:port] in lower case')])
  })
})

describe('the sealing key', () => {
  test.each(['hex', 'base64', 'base64url'] as const)('is read from %s text', (encoding) => {
    expect(readConfig({ SEALING_KEY: key.toString(encoding) }).sealingKey).toEqual(key)
    const file = fileWith(encoding, `${key.toString(encoding)}\n`)
    expect(readConfig({ SEALING_KEY_FILE: file }).sealingKey).toEqual(key)
  })

  test('is read from a file of 32 raw bytes', () => {
    expect(readSealingKey(fileWith('raw', key))).toEqual(key)
  })

  test('is not taken from a password of 32 characters', () => {
    expect(() => readSealingKey(fileWith('password', 'x'.repeat(32)))).toThrow('does not hold a sealing key')
  })

  test('given twice is a contradiction', () => {
    const text = key.toString('hex')
    expect(faultsOf({ SEALING_KEY: text, SEALING_KEY_FILE: fileWith('twice', text) })).toEqual([
      'SEALING_KEY and SEALING_KEY_FILE are both given; give one of them',
    ])
  })

  test('is never a flag and never repeated in a message', () => {
    const [fault] = faultsOf({ SEALING_KEY: 'half-a-secret' }, { sealingKey: key.toString('hex') })
    expect(fault).toMatch(/^SEALING_KEY is malformed; it must be 32 bytes/)
    expect(fault).not.toContain('half')
    const [inFile] = faultsOf({ SEALING_KEY_FILE: fileWith('half', 'half-a-secret') })
    expect(inFile).toContain(join(folder, 'half'))
    expect(inFile).not.toContain('half-a-secret')
  })

  test('in a file that is not there stops the start', () => {
    expect(faultsOf({ SEALING_KEY_FILE: join(folder, 'absent') })).toEqual([
      `SEALING_KEY_FILE: ${join(folder, 'absent')} cannot be read (ENOENT); give a file this user may read`,
    ])
    expect(faultsOf({ SEALING_KEY_FILE: folder })).toEqual([expect.stringContaining('EISDIR')])
  })
})
