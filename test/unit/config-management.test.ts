import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigFault, readConfig } from '../../src/config.ts'

const client_id = 'ManagementClientId00000000000001'
const client_secret = 'a-secret-of-management'

function faultsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults
    throw error
  }
  throw new Error('nothing was wrong')
}

test('the client that manages a server is named by its id and secret, or by a file that holds the secret', async () => {
  expect(readConfig({}).managementClient).toBeUndefined()
  const given = { client_id, client_secret }
  const named = { MANAGEMENT_CLIENT_ID: client_id }
  expect(readConfig({ ...named, MANAGEMENT_CLIENT_SECRET: client_secret }).managementClient).toEqual(given)
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-secret-'))
  const file = join(folder, 'secret')
  await writeFile(file, `${client_secret}\n`)
  expect(readConfig({ ...named, MANAGEMENT_CLIENT_SECRET_FILE: file }).managementClient).toEqual(given)
  await writeFile(file, 'hunter2')
  const [fault, ...others] = faultsOf({ ...named, MANAGEMENT_CLIENT_SECRET_FILE: file })
  expect(others).toEqual([])
  expect(fault).toBe(
    `MANAGEMENT_CLIENT_SECRET_FILE: ${file} does not hold a secret; it must be 16 or more visible ASCII characters`,
  )
  await rm(folder, { recursive: true })
})

test.each([
  ['an id without a secret', { MANAGEMENT_CLIENT_ID: client_id }, /belong together; give both or none/],
  ['a secret without an id', { MANAGEMENT_CLIENT_SECRET: client_secret }, /belong together; give both or none/],
  [
    'two secrets',
    { MANAGEMENT_CLIENT_ID: client_id, MANAGEMENT_CLIENT_SECRET: client_secret, MANAGEMENT_CLIENT_SECRET_FILE: 'x' },
    /are both given; give one of them/,
  ],
  [
    'a file that is not there',
    { MANAGEMENT_CLIENT_ID: client_id, MANAGEMENT_CLIENT_SECRET_FILE: '/nowhere/secret' },
    /\/nowhere\/secret cannot be read \(ENOENT\)/,
  ],
  [
    'a short secret, which is not repeated',
    { MANAGEMENT_CLIENT_ID: client_id, MANAGEMENT_CLIENT_SECRET: 'hunter2' },
    /^MANAGEMENT_CLIENT_SECRET is malformed; it must be 16 or more visible ASCII characters/,
  ],
  [
    'an id with a space',
    { MANAGEMENT_CLIENT_ID: 'a b', MANAGEMENT_CLIENT_SECRET: client_secret },
    /^MANAGEMENT_CLIENT_ID is "a b"/,
  ],
])('%s is one fault', (_what, environment, said) => {
  expect(faultsOf(environment)).toEqual([expect.stringMatching(said)])
})
