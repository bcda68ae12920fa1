import { expect, test } from 'vitest'
import { startFault } from '../../src/cli/running.ts'

const config = { port: 80, tlsPort: 443 }

/** An error as Node's `listen` gives it. */
function listening(code: string, port: number): Error {
  return Object.assign(new Error(`listen ${code}`), { code, port })
}

test.each([
  ['EADDRINUSE', 80, 'port 80 is taken: stop what listens there, or give another one with --port'],
  ['EADDRINUSE', 443, 'port 443 is taken: stop what listens there, or give another one with --tls-port'],
  ['EADDRINUSE', 9229, 'port 9229 is taken: stop what listens there, or give another one with --inspect'],
  ['EACCES', 80, 'port 80 may not be used by this user: give one above 1023 with --port'],
  ['EACCES', 443, 'port 443 may not be used by this user: give one above 1023 with --tls-port'],
])('%s at port %i is told with the option that mends it', (code, port, said) => {
  expect(startFault(listening(code, port), config).message).toBe(said)
})

test('a file that may not be read is not taken for a port', () => {
  const unreadable = Object.assign(new Error('EACCES: permission denied, open tls.key'), { code: 'EACCES' })
  expect(startFault(unreadable, config).message).toBe('EACCES: permission denied, open tls.key')
})
